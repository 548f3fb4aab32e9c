/**
 * What a plan says of its topic: whether the samples have what their records are made of, and, asked of the cluster,
 * whether the topic can hold them.
 */

import { fieldIndex } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { KafkaOutputJob } from '../job/index.ts'
import { openBrokerLinks } from '../live/index.ts'
import type { Plan } from '../plan/index.ts'
import type { OpenSink } from '../sinks/index.ts'
import { loadKafkaSink } from '../sinks/index.ts'

type Facts = Pick<Plan, 'job' | 'output' | 'totals'>

export function openSinkOf(plan: Facts, kafka: KafkaOutputJob, nowMs: number): OpenSink {
  const stream = plan.job.streams.find(({ name }) => name === plan.job.samples)!
  return {
    kafka,
    partitions: stream.partitions,
    // where a history's beginning is not known, it may be any time
    fromMs: plan.totals.fromMs ?? (stream.history === undefined ? null : 0),
    maxFutureMs: stream.maxFutureMs,
    nowMs,
  }
}

/**
 * Checks a plan against its topic; nothing where the job writes files. Raises `column-missing`, `sink-refused` with what
 * to type, `remote-failed`.
 */
export async function checkKafkaOutput(plan: Facts, nowMs: number): Promise<void> {
  const { kafka } = plan.job.output
  if (kafka === undefined) return
  checkColumns(plan, kafka)
  const sink = await loadKafkaSink()
  const { topic, late, quarantine } = kafka
  const names = [topic, sink.positionsTopic(topic), late, quarantine].filter(name => name !== undefined)
  const brokers = new sink.SinkBrokers(await openBrokerLinks(kafka), names)
  try {
    await sink.openSinkTopics(brokers, openSinkOf(plan, kafka, nowMs), false)
  } finally {
    brokers.close()
  }
}

function checkColumns({ job, output }: Facts, kafka: KafkaOutputJob): void {
  const stream = job.streams.find(({ name }) => name === job.samples)!
  const needed = [
    ...(kafka.key ?? stream.key).map(column => ({ column, use: 'the key of records' })),
    { column: stream.time.column, use: 'the timestamp of records' },
  ]
  for (const { column, use } of needed) {
    if (fieldIndex(output, column) >= 0) continue
    throw new HindcastError('column-missing', `the samples have no column ${column}, which is ${use}`, {
      where: { path: kafka.key === null ? 'output.columns' : 'output.kafka.key', column },
      advice: `Columns of the samples are: ${output.map(field => field.name).join(', ')}.`,
    })
  }
}
