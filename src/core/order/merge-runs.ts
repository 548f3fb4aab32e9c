/**
 * K-way merge of sorted runs below a bound, straight into partition-major destinations.
 *
 * A run is one unit of history in C1 order. Runs are given in order of their ordinal (file, then unit), so the
 * lowest run wins where everything else is equal: that is C1's file ordinal and row ordinal without carrying them.
 */

import type { ScatterSource } from './scatter.ts'

export interface SortedRun {
  /** Time of each row of the unit. */
  readonly time: Float64Array
  /** Rows of the unit in C1 order. */
  readonly order: Int32Array
  /** Partition of each row of the unit. */
  readonly partition: Int32Array
  /** First and one past the last entry of `order` that is still to be emitted. */
  readonly from: number
  readonly to: number
}

/** Compares row a of run i with row b of run j where their times are equal; 0 leaves it to the run's rank. */
export type CompareTie = (runA: number, rowA: number, runB: number, rowB: number) => number

export interface MergedRuns {
  readonly rows: number
  /** Per run: which rows, and where they go. */
  readonly sources: readonly ScatterSource[]
  /** partitions + 1 entries: partition p is rows [starts[p], starts[p + 1]) of the destination. */
  readonly starts: Int32Array
  /** Every row earlier than this has been taken, from all runs. */
  readonly upTo: number
}

/**
 * The part of the merged rows that lies in partitions [first, end), with places counted from the first of them: what
 * one lane gets. The whole is handed on as it is.
 */
export function partOfMerged(
  merged: MergedRuns,
  first: number,
  end: number,
): Pick<MergedRuns, 'rows' | 'sources' | 'starts'> {
  const base = merged.starts[first]!
  const limit = merged.starts[end]!
  if (base === 0 && limit === merged.rows) {
    return { rows: merged.rows, sources: merged.sources, starts: merged.starts.subarray(first, end + 1) }
  }
  const starts = merged.starts.slice(first, end + 1)
  for (let p = 0; p < starts.length; p++) starts[p]! -= base
  return {
    rows: limit - base,
    sources: merged.sources.map(source => partOfSource(source, base, limit)),
    starts,
  }
}

function partOfSource({ rows, dest }: ScatterSource, base: number, limit: number): ScatterSource {
  let count = 0
  for (let i = 0; i < dest.length; i++) if (dest[i]! >= base && dest[i]! < limit) count++
  const part = { rows: new Int32Array(count), dest: new Int32Array(count) }
  let at = 0
  for (let i = 0; i < dest.length; i++) {
    const place = dest[i]!
    if (place < base || place >= limit) continue
    part.rows[at] = rows[i]!
    part.dest[at++] = place - base
  }
  return part
}

/** First entry of `order` in [from, to) whose time is not below `bound`. */
export function lowerBound(run: SortedRun, bound: number): number {
  let low = run.from
  let high = run.to
  while (low < high) {
    const mid = (low + high) >>> 1
    if (run.time[run.order[mid]!]! < bound) low = mid + 1
    else high = mid
  }
  return low
}

/**
 * Merges the rows with time < `bound` of all runs, at most about `rowsMax` of them in order, and says where each
 * goes. Which run's rows were taken is told by the length of its source.
 */
export function mergeRuns(
  runs: readonly SortedRun[],
  options: { bound: number; rowsMax: number; partitions: number; compareTie: CompareTie | null },
): MergedRuns {
  const cutTime = timeOfCut(runs, options.bound, options.rowsMax)
  const ends = runs.map(run => lowerBound(run, cutTime))
  const starts = partitionStarts(runs, ends, options.partitions)
  const sources = runs.map((run, r) => ({
    rows: run.order.subarray(run.from, ends[r]!),
    dest: new Int32Array(ends[r]! - run.from),
  }))
  assignDestinations(runs, ends, sources, starts.slice(), options.compareTie)
  return { rows: starts[options.partitions]!, sources, starts, upTo: cutTime }
}

/**
 * A time ≤ bound below which about `rowsMax` rows lie, never cutting between rows of equal time: bisection over
 * the runs' own times. If one time alone has more rows than that they are taken together.
 */
function timeOfCut(runs: readonly SortedRun[], bound: number, rowsMax: number): number {
  const below = (time: number): number => {
    let rows = 0
    for (const run of runs) rows += lowerBound(run, time) - run.from
    return rows
  }
  if (below(bound) <= rowsMax) return bound
  let low = Number.POSITIVE_INFINITY
  for (const run of runs) if (run.from < run.to) low = Math.min(low, run.time[run.order[run.from]!]!)
  let high = bound === Number.POSITIVE_INFINITY ? latest(runs) + 1 : bound
  while (high - low > 1) {
    const mid = low + Math.floor((high - low) / 2)
    if (below(mid) <= rowsMax) low = mid
    else high = mid
  }
  return below(low) > 0 ? low : low + 1
}

function latest(runs: readonly SortedRun[]): number {
  let time = Number.NEGATIVE_INFINITY
  for (const run of runs) if (run.from < run.to) time = Math.max(time, run.time[run.order[run.to - 1]!]!)
  return time
}

function partitionStarts(
  runs: readonly SortedRun[],
  ends: readonly number[],
  partitions: number,
): Int32Array {
  const starts = new Int32Array(partitions + 1)
  for (let r = 0; r < runs.length; r++) {
    const { order, partition, from } = runs[r]!
    for (let i = from; i < ends[r]!; i++) starts[partition[order[i]!]! + 1]!++
  }
  for (let p = 0; p < partitions; p++) starts[p + 1]! += starts[p]!
  return starts
}

/** Walks the runs in merged order and hands out the next place of each row's partition. */
function assignDestinations(
  runs: readonly SortedRun[],
  ends: readonly number[],
  sources: readonly ScatterSource[],
  next: Int32Array,
  compareTie: CompareTie | null,
): void {
  const at = Int32Array.from(runs, run => run.from)
  const live: number[] = []
  for (let r = 0; r < runs.length; r++) if (at[r]! < ends[r]!) live.push(r)
  while (live.length > 0) {
    const pick = live.length === 1 ? 0 : lowestRun(runs, live, at, compareTie)
    const r = live[pick]!
    const limit = live.length === 1 || compareTie !== null ? null : secondTime(runs, live, at, pick)
    const stop = compareTie !== null && live.length > 1 ? at[r]! + 1 : ends[r]!
    takeWhile(runs[r]!, sources[r]!, next, at, r, stop, limit)
    if (at[r]! === ends[r]!) live.splice(pick, 1)
  }
}

/** Position in `live` of the run whose next row comes first. */
function lowestRun(
  runs: readonly SortedRun[],
  live: readonly number[],
  at: Int32Array,
  compareTie: CompareTie | null,
): number {
  let best = 0
  let bestTime = nextTime(runs[live[0]!]!, at[live[0]!]!)
  for (let i = 1; i < live.length; i++) {
    const r = live[i]!
    const time = nextTime(runs[r]!, at[r]!)
    if (time > bestTime) continue
    if (time === bestTime) {
      const b = live[best]!
      const order =
        compareTie === null ? 0 : compareTie(r, runs[r]!.order[at[r]!]!, b, runs[b]!.order[at[b]!]!)
      if (order >= 0) continue
    }
    best = i
    bestTime = time
  }
  return best
}

function nextTime(run: SortedRun, at: number): number {
  return run.time[run.order[at]!]!
}

/** Until which time the picked run may go on without another look: exclusive if a lower-ranked run holds it. */
function secondTime(
  runs: readonly SortedRun[],
  live: readonly number[],
  at: Int32Array,
  pick: number,
): { time: number; inclusive: boolean } {
  let time = Number.POSITIVE_INFINITY
  let inclusive = true
  for (let i = 0; i < live.length; i++) {
    if (i === pick) continue
    const other = nextTime(runs[live[i]!]!, at[live[i]!]!)
    if (other < time) {
      time = other
      inclusive = i > pick
    }
  }
  return { time, inclusive }
}

function takeWhile(
  run: SortedRun,
  source: ScatterSource,
  next: Int32Array,
  at: Int32Array,
  r: number,
  stop: number,
  limit: { time: number; inclusive: boolean } | null,
): void {
  const { time, order, partition, from } = run
  const dest = source.dest
  let i = at[r]!
  const end = limit === null ? Number.POSITIVE_INFINITY : limit.time
  const inclusive = limit === null || limit.inclusive
  while (i < stop) {
    const row = order[i]!
    const rowTime = time[row]!
    if (rowTime > end || (rowTime === end && !inclusive)) break
    dest[i - from] = next[partition[row]!]!++
    i++
  }
  at[r] = i
}
