/**
 * The topics of a sink as a plan or a run finds them: whether they can hold the samples (C6), and the topic of the
 * positions, which is made where it is not there. A plan makes nothing.
 */

import { HindcastError } from '../../errors.ts'
import type { KafkaOutputJob } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import { answered, CODES } from './answer-codes.ts'
import { createTopicCall, settingsCall } from './calls.ts'
import { positionsTopic } from './position.ts'
import type { SinkBrokers, TopicView } from './sink-brokers.ts'
import { FITNESS_SETTINGS, misfitsOf, positionsMisfit } from './topic-fitness.ts'

/** Brokers answer when all of them know the new topic, or after it, ms. */
const CREATE_MS = 15_000
/** Compaction leaves the newest segment alone: it is what a resumed run reads, so it is small. */
const SEGMENT_BYTES = 16 * 1024 * 1024

export interface OpenSink {
  readonly kafka: Pick<KafkaOutputJob, 'topic' | 'late' | 'quarantine' | 'delivery'>
  readonly partitions: number
  /** Event time of the first sample, ms; null: not known. */
  readonly fromMs: number | null
  readonly maxFutureMs: number
  readonly nowMs: number
}

/** What a run has to know of them. */
export interface SinkTopics {
  /** Batches that are sent, bytes: all topics take them. */
  readonly batchBytes: number
  /** Largest batch that the topic of the samples takes, bytes: one of a single record may be longer than the others. */
  readonly recordBytesMax: number
}

/**
 * Checks the topics. Raises `sink-refused` with all that is wrong and what to type, also where a topic is not there.
 * `make`: the topic of the positions is made if it is not there.
 */
export async function openSinkTopics(
  brokers: SinkBrokers,
  sink: OpenSink,
  make: boolean,
): Promise<SinkTopics> {
  const { topic, late, quarantine, delivery } = sink.kafka
  const samples = await checkedTopic(brokers, topic, sink, sink.fromMs)
  let { batchBytes } = samples
  for (const name of [late, quarantine]) {
    if (name === undefined) continue
    const aside = await checkedTopic(brokers, name, sink, null)
    batchBytes = Math.min(batchBytes, aside.batchBytes)
  }
  if (delivery === 'exactly-once') {
    const replicas = Math.min(...samples.view.partitions.map(each => each.replicaNodes.length))
    await positions(
      brokers,
      sink,
      { replicas, inSync: samples.settings.get('min.insync.replicas') ?? '1' },
      make,
    )
  }
  return { batchBytes, recordBytesMax: samples.bytesMax }
}

interface CheckedTopic {
  readonly view: TopicView
  readonly settings: ReadonlyMap<string, string | null>
  readonly batchBytes: number
  readonly bytesMax: number
}

async function checkedTopic(
  brokers: SinkBrokers,
  topic: string,
  sink: OpenSink,
  fromMs: number | null,
): Promise<CheckedTopic> {
  const view = await brokers.describe(topic)
  if (view === null) {
    throw new HindcastError('sink-refused', `there is no topic ${topic}`, {
      where: { topic },
      advice: `Make it. Type: kafka-topics --bootstrap-server … --create --topic ${topic} --partitions ${sink.partitions} --config retention.ms=-1`,
    })
  }
  const call = settingsCall(topic, FITNESS_SETTINGS)
  const { errorCode, values } = await brokers.askAny(call)
  if (errorCode !== CODES.none) throw answered(errorCode, call.name, { topic })
  const misfits = misfitsOf({
    topic,
    partitions: view.partitions.length,
    settings: values,
    partitionsWanted: sink.partitions,
    fromMs,
    maxFutureMs: sink.maxFutureMs,
    nowMs: sink.nowMs,
  })
  if (misfits.length > 0) {
    const text = misfits.map(misfit => misfit.text).join('; ')
    const advice = misfits.map(misfit => misfit.advice).join(' ')
    throw new HindcastError('sink-refused', `topic ${topic} cannot hold the samples as they are: ${text}`, {
      where: { topic },
      advice,
    })
  }
  const bytesMax = Number(values.get('max.message.bytes') ?? LIMITS.kafkaSendBatchBytes)
  return { view, settings: values, batchBytes: Math.min(LIMITS.kafkaSendBatchBytes, bytesMax), bytesMax }
}

/** The topic of the positions: compacted, and with as many partitions, so that one transaction never waits for another. */
async function positions(
  brokers: SinkBrokers,
  { kafka, partitions }: OpenSink,
  { replicas, inSync }: { readonly replicas: number; readonly inSync: string },
  make: boolean,
): Promise<void> {
  const name = positionsTopic(kafka.topic)
  let view = await brokers.describe(name)
  if (view === null && make) {
    const settings = {
      'cleanup.policy': 'compact',
      'segment.bytes': String(SEGMENT_BYTES),
      'min.insync.replicas': inSync,
    }
    const call = createTopicCall({ name, partitions, replicas, settings }, CREATE_MS)
    const { errorCode, message } = await brokers.askAny(call)
    if (errorCode !== CODES.none && errorCode !== CODES.topicExists)
      throw answered(errorCode, call.name, { topic: name }, message)
    view = await brokers.describe(name)
  }
  if (view !== null && view.partitions.length !== partitions) {
    throw new HindcastError(
      'sink-refused',
      `topic ${name} has ${view.partitions.length} partitions, and ${kafka.topic} has ${partitions}`,
      { where: { topic: name }, advice: 'Choose another topic for the samples; this one had others before.' },
    )
  }
  if (view !== null) await checkPolicy(brokers, name)
}

/** A position that is deleted for its age would have samples sent again; without compaction they pile up. */
async function checkPolicy(brokers: SinkBrokers, name: string): Promise<void> {
  const call = settingsCall(name, ['cleanup.policy'])
  const { errorCode, values } = await brokers.askAny(call)
  if (errorCode !== CODES.none) throw answered(errorCode, call.name, { topic: name })
  const misfit = positionsMisfit(name, values.get('cleanup.policy') ?? 'delete')
  if (misfit === null) return
  throw new HindcastError('sink-refused', `topic ${name} cannot hold the positions: ${misfit.text}`, {
    where: { topic: name },
    advice: misfit.advice,
  })
}
