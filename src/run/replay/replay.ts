/**
 * `hindcast replay`: the history of a stream as a topic of Kafka, with the times of the events as timestamps, in the order
 * and the partitions of `stream()` (C1), at the speed of a clock.
 *
 *     job ─► its history alone ─► plan (files pinned, checked) ─► emissions ─► paced ─► idempotent producers, a partition each
 *
 * At least once: a failure within a send can bring rows again, and so does a replay that is begun again. Nothing is kept:
 * a replay that is stopped says up to where each partition is, and `from` goes on there.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isoOfMs } from '../../core/time.ts'
import { HindcastError } from '../../errors.ts'
import type { Job, StreamJob } from '../../job/index.ts'
import type { Plan } from '../../plan/index.ts'
import { openHistories } from '../histories.ts'
import { pumpHistory } from '../history-pump.ts'
import { memoryBudget } from '../memory-budget.ts'
import type { RunProgress } from '../outcome.ts'
import { planJob } from '../plan-job.ts'
import { quarantinedRows } from '../quarantine.ts'
import { EventPace } from './event-pace.ts'
import { type HistoryBounds, historyOnlyJob, replayedStream } from './history-only.ts'
import { type Clock, PacedSending } from './paced-sending.ts'
import type { PartitionRows } from './partition-rows.ts'
import { ReplayTopic, type ReplayTopicPlace } from './replay-topic.ts'

const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}), // an abort only ends the wait
}

export interface ReplayOptions extends HistoryBounds, ReplayTopicPlace {
  /** Stream to replay; may be left out where one has a history. */
  readonly stream?: string
  /** Event time a time of the clock: 60 is a minute a second. Default, and Infinity: as fast as the brokers take it. */
  readonly speed?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RunProgress) => void
}

export interface ReplayedPartition {
  readonly partition: number
  /** Rows that the topic is known to have. */
  readonly rows: number
  /** Newest event time among them, ISO 8601; null: there are none. */
  readonly lastTime: string | null
}

export interface ReplayOutcome {
  /** `interrupted`: asked to stop, and did when what was under way was acknowledged. */
  readonly state: 'complete' | 'interrupted'
  readonly rows: number
  readonly partitions: readonly ReplayedPartition[]
  /** Rows of history that cannot be used, and are not in the topic: a run has them in `quarantine/`. */
  readonly quarantined: number
  readonly seconds: number
}

/**
 * Sends the history of a stream to a topic. Raises what `plan` and reading history raise; `sink-refused` where the topic
 * is not there, or cannot hold events of that age, with what to type; `remote-failed` after the last try.
 */
export async function replayHistory(job: Job, options: ReplayOptions): Promise<ReplayOutcome> {
  const startedAt = performance.now()
  const signal = options.signal ?? new AbortController().signal
  const stream = replayedStream(job, options.stream)
  refuseOwnTopic(stream, options)
  const plan = await planJob(historyOnlyJob(job, stream, options), { signal })
  const topic = await ReplayTopic.open(plan, options, signal)
  const directory = mkdtempSync(join(tmpdir(), 'hindcast-replay-'))
  try {
    await sendHistory(plan, topic, directory, { ...options, signal }, startedAt)
    const partitions = topic.partitions.map(({ partition, rows, lastMs }) => {
      return { partition, rows, lastTime: lastMs === null ? null : isoOfMs(lastMs) }
    })
    return {
      state: signal.aborted ? 'interrupted' : 'complete',
      rows: rowsOf(topic.partitions),
      partitions,
      quarantined: quarantinedRows(directory),
      seconds: (performance.now() - startedAt) / 1000,
    }
  } finally {
    topic.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function sendHistory(
  plan: Plan,
  topic: ReplayTopic,
  directory: string,
  options: ReplayOptions & { readonly signal: AbortSignal },
  startedAt: number,
): Promise<void> {
  const { partitions } = topic
  const { signal, speed = Number.POSITIVE_INFINITY, onProgress } = options
  const owners = partitions.map(({ partition }) => ({ first: partition, end: partition + 1 }))
  const budget = memoryBudget(plan.job.limits.memoryBytes, 1)
  const histories = await openHistories(plan, { sliceStartMs: null }, { directory, owners }, budget)
  const sending = new PacedSending({
    partitions,
    timeline: plan.timeline,
    pace: new EventPace(speed),
    clock: CLOCK,
    createEncoder: () => topic.createEncoder(),
    signal,
    onStep: () => onProgress?.(progressOf(plan, partitions, startedAt)),
  })
  try {
    await pumpHistory(histories.streams, sending, signal)
  } catch (error) {
    if (!isOfAbort(error, signal)) throw advised(error, plan, partitions)
  } finally {
    await histories.close()
  }
}

/** Tries to send once more were ended; what is acknowledged is known all the same. */
function isOfAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  return error === signal.reason || (error instanceof HindcastError && error.kind === 'transient')
}

function progressOf(plan: Plan, partitions: readonly PartitionRows[], startedAt: number): RunProgress {
  const seconds = (performance.now() - startedAt) / 1000
  const rows = rowsOf(partitions)
  const newest = partitions.flatMap(({ lastMs }) => lastMs ?? [])
  const left = plan.totals.rows - rows
  const rowsPerSecond = seconds > 0 ? rows / seconds : 0
  return {
    rows,
    rowsTotal: plan.totals.rows,
    watermarkMs: newest.length === 0 ? null : Math.max(...newest),
    rowsPerSecond,
    secondsLeft: seconds < 1 || rowsPerSecond === 0 || left < 0 ? null : left / rowsPerSecond,
    phase: 'history',
  }
}

function rowsOf(partitions: readonly PartitionRows[]): number {
  return partitions.reduce((sum, { rows }) => sum + rows, 0)
}

/** A failure with what to do about it here: bad rows are not kept, and a replay of events in order of time can go on. */
function advised(error: unknown, plan: Plan, partitions: readonly PartitionRows[]): unknown {
  if (!(error instanceof HindcastError)) return error
  const { code, message, where } = error
  const advice =
    code === 'quarantine-limit'
      ? 'See which: hindcast run keeps them in quarantine/. Then mend the files or raise limits.quarantine.'
      : `${error.advice} ${placeToGoOn(plan, partitions)}`.trim()
  return new HindcastError(code, message, { where, advice, cause: error })
}

/** Where events go out in the order of their time, all before the first that is missing is there. */
function placeToGoOn(plan: Plan, partitions: readonly PartitionRows[]): string {
  const missingMs = Math.min(...partitions.map(rows => rows.missingMs))
  if (!Number.isFinite(missingMs) || plan.job.streams[0]!.order !== 'time') return ''
  return `What is earlier than ${isoOfMs(Math.floor(missingMs))} is in the topic: --from that goes on from there.`
}

/** History that goes into the topic it was made of would come out of it once more. */
function refuseOwnTopic({ name, live }: StreamJob, { topic, access }: ReplayOptions): void {
  if (live?.place.kind !== 'kafka' || live.place.topic !== topic) return
  const { brokers } = live.place
  if (!access.brokers.some(broker => brokers.includes(broker))) return
  throw new HindcastError('argument-invalid', `${topic} is the live topic of stream ${name} itself`, {
    where: { topic },
    advice: 'Replay into another topic.',
  })
}
