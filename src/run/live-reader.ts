/**
 * Reads the live side of a stream for a lane: records of a log → event columns, with event times, and the check that
 * live keys lie in the partition their bytes hash to (C1 "at the seam live keys are hashed again").
 */

import type { EventBatch } from '../core/batch/index.ts'
import { fieldIndex, gatherEvents, valueAt } from '../core/batch/index.ts'
import { eventTimes, keyPartitions } from '../core/order/index.ts'
import { ticksFromMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { StreamJob } from '../job/index.ts'
import type { BadRecord, LiveRead, LiveReader } from '../lanes/index.ts'
import type { LiveSource, ValueDecoder } from '../live/index.ts'
import { createValueDecoder, openLogSource } from '../live/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'

/** Bytes of one read: enough to amortise, little enough that a lane with many partitions stays small. */
const READ_BYTES = 1024 * 1024

export async function openLiveReader(plan: Plan, stream: StreamPlan): Promise<LiveReader> {
  const job = plan.job.streams[stream.ordinal]!
  const source = await openLogSource(job.live!.log)
  if (source.id !== stream.live!.logId) {
    await source.close()
    throw new HindcastError('file-changed', 'the log was made anew since the plan', {
      where: { uri: job.live!.log, stream: stream.name },
      advice: 'Make a new plan.',
    })
  }
  const side = { plan, stream, job, source, values: createValueDecoder(stream.reads) }
  return {
    read: request => readOnce(side, request),
    close: () => source.close(),
  }
}

interface LiveSide {
  readonly plan: Plan
  readonly stream: StreamPlan
  readonly job: StreamJob
  readonly source: LiveSource
  readonly values: ValueDecoder
}

async function readOnce(side: LiveSide, request: Parameters<LiveReader['read']>[0]): Promise<LiveRead> {
  const { plan, stream, job, source, values } = side
  const { partition, offset, offsetMax, waitMs, signal } = request
  const raw = await source.read({ partition, offset, bytesMax: READ_BYTES, waitMs, signal })
  const decoded = values.decode(raw)
  const times = eventTimes(decoded.batch.columns[fieldIndex(stream.reads, job.time.column)]!, {
    column: job.time.column,
    type: stream.reads[fieldIndex(stream.reads, job.time.column)]!.type,
    unit: job.time.unit,
    timeline: plan.timeline,
    latest: Number.MAX_SAFE_INTEGER,
  })
  const whole: EventBatch = {
    ...decoded.batch,
    stream: stream.ordinal,
    partition,
    time: times.time,
    sub: times.sub,
    sourceOffset: decoded.offset,
  }
  const badTimes = new Map(times.bad.map(bad => [bad.row, bad.reason]))
  const keep = Int32Array.from(
    Array.from({ length: whole.rows }, (_, row) => row).filter(
      row => !badTimes.has(row) && decoded.offset[row]! < offsetMax,
    ),
  )
  const events = keep.length === whole.rows ? whole : gatherEvents(whole, keep)
  checkPartition(events, job, partition)
  const bad: BadRecord[] = decoded.bad.filter(record => record.offset < offsetMax)
  for (const [row, reason] of badTimes) {
    if (decoded.offset[row]! < offsetMax) bad.push({ offset: decoded.offset[row]!, reason, text: '' })
  }
  bad.sort((a, b) => a.offset - b.offset)
  return {
    events,
    timestamp: timestampsOf(decoded.timestampMs, keep, plan),
    bad,
    offsetNext: Math.min(raw.offsetNext, offsetMax),
    atEnd: raw.offsetNext >= raw.endOffset,
  }
}

function timestampsOf(timestampMs: Float64Array, keep: Int32Array, plan: Plan): Float64Array {
  return Float64Array.from(keep, row => ticksFromMs(timestampMs[row]!, plan.timeline))
}

/** A live event in another partition than its key hashes to would be joined with the wrong history. */
function checkPartition(events: EventBatch, job: StreamJob, partition: number): void {
  if (job.history === undefined || events.rows === 0) return
  const { key, keyEncoding, partitioner, partitions } = job
  const hashed = keyPartitions(events, { key, keyEncoding, partitioner, partitions })
  for (let row = 0; row < events.rows; row++) {
    if (hashed.partition[row] === partition) continue
    const example = key.map(name => {
      const c = fieldIndex(events.schema, name)
      return `${name}=${String(valueAt(events.columns[c]!, events.schema[c]!.type, row))}`
    })
    throw new HindcastError(
      'key-partition-mismatch',
      `live event with ${example.join(', ')} lies in partition ${partition}, but its key hashes to ${hashed.partition[row]}`,
      {
        where: { uri: job.live!.log, stream: job.name, partition, offset: events.sourceOffset![row]! },
        advice: `Set \`partitioner\` and \`keyEncoding\` of stream ${job.name} to what the producers use.`,
      },
    )
  }
}
