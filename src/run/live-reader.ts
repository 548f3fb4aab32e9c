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
import type { BadRecord, Explanation, LiveCounts, LiveRead, LiveReader } from '../lanes/index.ts'
import type { LiveSource, RecordBatch, SpooledSource, ValueDecoder } from '../live/index.ts'
import { createValueDecoder, spooledSource } from '../live/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import { explainHoles, type HoleQuestion } from './explain-holes.ts'
import { HoleBelief } from './hole-belief.ts'
import { liveWhere, openPinned, pinnedEnds } from './live-side.ts'
import { rangesWithout } from './live-spool-gaps.ts'
import { checkValueSchema, valueFormatOf } from './live-values.ts'
import { SharedTurn } from './shared-turn.ts'

/** Bytes of one read: enough to amortise, little enough that a lane with many partitions stays small. */
const READ_BYTES = 1024 * 1024

/** `spool`: the folder in which the topic is being copied (C3), and from which it is read as far as that goes; null: none. */
export async function openLiveReader(
  plan: Plan,
  stream: StreamPlan,
  spool: string | null = null,
): Promise<LiveReader> {
  const job = plan.job.streams[stream.ordinal]!
  const pinned = stream.live!
  await checkValueSchema(job, pinned.valuePin)
  const topic = await openPinned(job, pinned)
  const spooled = spool === null ? null : spooledSource(topic, spool, liveWhere(job).topic!)
  const source = spooled ?? topic
  const values = createValueDecoder(valueFormatOf(job), stream.reads)
  const counts = { records: 0, bytes: 0, bad: 0, fetchMs: 0, decodeMs: 0 }
  const belief = new HoleBelief(source)
  const side = { plan, stream, job, source, values, counts, belief }
  const identity = new SharedTurn(async () => (await openPinned(job, pinned)).close())
  return {
    counts,
    read: request => readOnce(side, request),
    handOver: async partition => {
      await identity.ask()
      return pinnedEnds(job, pinned, source, partition)
    },
    explain: async question => {
      const told = await (spooled === null
        ? explainHoles(source, question)
        : explainSpooled(spooled, question))
      return { ...told, holes: await belief.judged(told.holes) }
    },
    close: async () => {
      await values.close()
      await source.close()
    },
  }
}

/**
 * What was asked when the copy began is what the topic had then; by now it may hold nothing of it. Names of files do not
 * foretell every gap: of the rest the copy, or the topic, may still say.
 */
async function explainSpooled(spooled: SpooledSource, question: HoleQuestion): Promise<Explanation> {
  const survey = await spooled.survey(question.partition, question.signal)
  const ranges = rangesWithout(question.ranges, survey.holes)
  const last = ranges.at(-1)?.last ?? -1
  if (last < survey.first) return survey
  const now = await explainHoles(spooled, { ...question, ranges })
  const holes = [...survey.holes, ...now.holes].sort((a, b) => a.first - b.first)
  // Named as what is held no more only where nobody can say.
  const isAnswered = rangesWithout(ranges, now.holes).length === 0
  return { holes, first: isAnswered ? survey.first : now.first }
}

interface LiveSide {
  readonly plan: Plan
  readonly stream: StreamPlan
  readonly job: StreamJob
  readonly source: LiveSource
  readonly values: ValueDecoder
  readonly counts: Counting
  readonly belief: HoleBelief
}

type Counting = { -readonly [Name in keyof LiveCounts]: LiveCounts[Name] }

async function readOnce(side: LiveSide, request: Parameters<LiveReader['read']>[0]): Promise<LiveRead> {
  const { plan, stream, job, source, values, counts, belief } = side
  const { partition, offset, leaderEpoch, offsetMax, waitMs, signal } = request
  const askedAt = performance.now()
  const raw = before(
    offsetMax,
    await source.read({
      partition,
      offset,
      bytesMax: READ_BYTES,
      waitMs,
      signal,
      ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
    }),
  )
  const fetchedAt = performance.now()
  await values.prepare(raw, signal)
  const preparedAt = performance.now()
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
  const keep = rowsWithout(badTimes, whole.rows)
  const events = keep.length === whole.rows ? whole : gatherEvents(whole, keep)
  checkPartition(events, job, partition)
  const bad: BadRecord[] = [...decoded.bad]
  for (const [row, reason] of badTimes) bad.push({ offset: decoded.offset[row]!, reason, text: '' })
  bad.sort((a, b) => a.offset - b.offset)
  counts.records += raw.rows
  counts.bytes += bytesOf(raw)
  counts.bad += bad.length
  counts.fetchMs += fetchedAt - askedAt
  counts.decodeMs += performance.now() - preparedAt
  return {
    events,
    timestamp: timestampsOf(decoded.timestampMs, keep, plan),
    bad,
    holes: job.seam?.by === 'offset' ? await belief.judged(raw.holes) : raw.holes,
    offsetNext: Math.min(raw.offsetNext, offsetMax),
    endOffset: raw.endOffset,
    ...(raw.leaderEpoch === undefined ? {} : { leaderEpoch: raw.leaderEpoch }),
    atEnd: raw.offsetNext >= raw.endOffset,
  }
}

/** Without the records at `offsetMax` and behind it: no schema of theirs is looked for, whatever it is. */
function before(offsetMax: number, records: RecordBatch): RecordBatch {
  if (records.offsetNext <= offsetMax) return records
  const { offset } = records
  let { rows } = records
  while (rows > 0 && offset[rows - 1]! >= offsetMax) rows--
  return { ...records, rows }
}

function rowsWithout(left: ReadonlyMap<number, unknown>, rows: number): Int32Array {
  const keep = new Int32Array(rows - left.size)
  let at = 0
  for (let row = 0; row < rows; row++) if (!left.has(row)) keep[at++] = row
  return keep
}

/** Of keys and values: the arenas may be those of a whole fetch. */
function bytesOf({ rows, keyOffsets, valueOffsets }: RecordBatch): number {
  return keyOffsets[rows]! - keyOffsets[0]! + valueOffsets[rows]! - valueOffsets[0]!
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
        where: { ...liveWhere(job), partition, offset: events.sourceOffset![row]! },
        advice: `Set \`partitioner\` and \`keyEncoding\` of stream ${job.name} to what the producers use.`,
      },
    )
  }
}
