/**
 * Which part of a history lanes may read side by side, each a span of time of its own. Pure.
 *
 *     slices   │ 1 │ 2 │ 3 │ 4 │ 5 │ 6 │ 7 │ 8 │ 9 …        behind the last span the lanes own partitions, as ever
 *     spans    └── lane 0 ─┘└ lane 1 ┘└ lane 0 ┘
 *
 * That is right where no event needs to know of another: a single stream in order of time, stages without state, up to
 * where a seam begins to compare. It is worth it where few rows lie across the cuts, since a row group that does is
 * decoded on both sides. (Lanes that own partitions need every row group split and sent to them instead.)
 */

import { heldBytes, peakOpenBytes } from '../history/index.ts'
import type { StreamJob } from '../job/index.ts'
import type { Span } from '../lanes/index.ts'
import { decodeOffsetNext, isFreshSnapshot } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { FileUnit, Plan } from '../plan/index.ts'
import { sliceStart } from '../plan/index.ts'
import { historyRange } from './history-range.ts'
import type { ResumePoint } from './run-state.ts'

export interface SpanPlan {
  /** Neighbours, in order of time, of whole slices. */
  readonly spans: readonly Span[]
  /** End of the last one, ms. */
  readonly untilMs: number
  /** Next counted offset of each partition at the beginning. */
  readonly offsets: readonly number[]
}

export interface SpanOptions {
  /** Memory of one lane for open units, bytes. */
  readonly historyBytes: number
  /** Rows of a span, whatever is decoded twice for it; 0: no spans. Default: what pays. */
  readonly spanRows?: number | undefined
}

/** Rows of a span: enough that starting it costs nothing, few enough that a kill does not cost much. */
const SPAN_ROWS_MAX = 2_000_000
/** Share of the rows that may be decoded twice: from a local disk, and where their bytes would be fetched twice. */
const TWICE_MAX = { local: 0.5, remote: 0.02 }

/**
 * Spans behind the resume point; null where lanes had better own partitions from the start: also where units overlap
 * so widely that a lane would have to sort its span on disk.
 */
export function planSpans(
  plan: Plan,
  point: Pick<ResumePoint, 'sliceStartMs' | 'snapshots'>,
  lanes: number,
  options: SpanOptions,
): SpanPlan | null {
  const { spanRows, historyBytes } = options
  const [stream] = plan.streams
  if (stream === undefined || plan.streams.length > 1 || spanRows === 0) return null
  const job = plan.job.streams[stream.ordinal]!
  if (!isEligible(job) || !point.snapshots.every(snapshot => snapshot === null || isFreshSnapshot(snapshot)))
    return null
  const planned = stream.files.flatMap(file => file.units.map(unit => ({ unit })))
  if (spanRows === undefined && peakOpenBytes(planned) + heldBytes(planned) > historyBytes) return null
  const units = timedUnits(
    planned.map(({ unit }) => unit),
    plan.plannedAtMs + job.maxFutureMs,
  )
  const range = units === null ? null : rangeOf(plan, job, units, point.sliceStartMs)
  if (units === null || range === null) return null
  const weights = rowsBySlice(units, range, plan.job.output.sliceMs)
  const slicesMax = Math.floor(LIMITS.spanFilesMax / (job.partitions * lanes))
  const target = spanRows ?? spanRowsOf(weights, lanes)
  if (slicesMax < 1 || target === 0) return null
  const twiceMax = job.history?.access === undefined ? TWICE_MAX.local : TWICE_MAX.remote
  const cuts = cutsOf(weights, range, plan.job.output.sliceMs, target, slicesMax)
  if (spanRows === undefined && rowsAcross(units, cuts.slice(1, -1)) > twiceMax * sum(weights)) return null
  const spans = cuts.slice(1).map((untilMs, index) => ({ index, fromMs: cuts[index]!, untilMs }))
  const offsets = point.snapshots.map(snapshot => (snapshot === null ? 0 : decodeOffsetNext(snapshot)))
  return { spans, untilMs: range.untilMs, offsets }
}

function isEligible(job: StreamJob): boolean {
  return job.order === 'time' && job.history !== undefined && job.seam?.by !== 'offset'
}

interface TimedUnit {
  readonly rows: number
  readonly minMs: number
  readonly maxMs: number
  /** Up to where spans count on it: not to times that will be quarantined, of which one row is enough. */
  readonly lastMs: number
}

/** Null where the times of one are not known: it would have to be read for every span. */
function timedUnits(units: readonly FileUnit[], latestMs: number): TimedUnit[] | null {
  const timed: TimedUnit[] = []
  for (const { rows, timeMinMs: minMs, timeMaxMs: maxMs } of units) {
    if (minMs === null || maxMs === null) return null
    if (minMs <= latestMs) timed.push({ rows, minMs, maxMs, lastMs: maxMs <= latestMs ? maxMs : minMs })
  }
  return timed
}

interface TimeRange {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Whole slices of history that nothing but history decides; null where there is none. They may end early: lanes that own
 * partitions read the rest. (So a bound that was rounded up does not make a slice of its own.)
 */
function rangeOf(
  plan: Plan,
  job: StreamJob,
  units: readonly TimedUnit[],
  resumeMs: number | null,
): TimeRange | null {
  const { sliceMs } = plan.job.output
  const history = historyRange(plan.job, job)
  const fromMs = resumeMs ?? plan.slices[0]?.startMs ?? null
  if (fromMs === null) return null
  const lastMs = units.reduce((last, unit) => Math.max(last, unit.lastMs), Number.NEGATIVE_INFINITY)
  const isBounded = history.untilMs <= lastMs
  const decidedMs =
    job.seam?.by === 'time' ? Math.min(history.untilMs, job.seam.atMs - job.seam.overlapMs) : history.untilMs
  const untilMs =
    job.live === undefined && !isBounded
      ? sliceStart(lastMs - 1, sliceMs) + sliceMs
      : sliceStart(Math.min(decidedMs, lastMs + 1), sliceMs)
  const slices = (untilMs - fromMs) / sliceMs
  return slices >= 1 && slices <= LIMITS.slicesMax ? { fromMs, untilMs } : null
}

/** Rows of a span: the lanes get as many of them each, of nearly equal length. */
function spanRowsOf(weights: readonly number[], lanes: number): number {
  const rows = sum(weights)
  return rows / (lanes * Math.max(1, Math.ceil(rows / (lanes * SPAN_ROWS_MAX))))
}

/** Where spans begin and, last, where the last one ends. */
function cutsOf(
  weights: readonly number[],
  { fromMs, untilMs }: TimeRange,
  sliceMs: number,
  target: number,
  slicesMax: number,
): number[] {
  const cuts = [fromMs]
  let weight = 0
  let count = 0
  for (let s = 0; s + 1 < weights.length; s++) {
    weight += weights[s]!
    count++
    if (weight + weights[s + 1]! / 2 <= target && count < slicesMax) continue
    cuts.push(fromMs + (s + 1) * sliceMs)
    weight = 0
    count = 0
  }
  cuts.push(untilMs)
  return cuts
}

/** Rows of each slice, as if those of a unit were spread evenly over its time. */
function rowsBySlice(units: readonly TimedUnit[], { fromMs, untilMs }: TimeRange, sliceMs: number): number[] {
  const slices = Math.round((untilMs - fromMs) / sliceMs)
  const weights = new Array<number>(slices).fill(0)
  for (const { rows, minMs, lastMs } of units) {
    const first = Math.max(0, Math.floor((minMs - fromMs) / sliceMs))
    const last = Math.min(slices - 1, Math.floor((lastMs - fromMs) / sliceMs))
    for (let s = first; s <= last; s++) {
      const start = fromMs + s * sliceMs
      const overlap = Math.min(lastMs + 1, start + sliceMs) - Math.max(minMs, start)
      if (overlap > 0) weights[s]! += (rows * overlap) / (lastMs - minMs + 1)
    }
  }
  return weights
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Rows of units on both sides of a cut: they are decoded once more for each. */
function rowsAcross(units: readonly TimedUnit[], cuts: readonly number[]): number {
  let across = 0
  for (const { rows, minMs, maxMs } of units) {
    for (const cut of cuts) if (minMs < cut && maxMs >= cut) across += rows
  }
  return across
}
