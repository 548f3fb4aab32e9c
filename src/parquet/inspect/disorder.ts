/**
 * How far the rows of a file are from the order of time: from the bounds of its row groups, which cost nothing, and
 * from the rows themselves.
 *
 *     row group 0  ├────────┤
 *               1       ├──────┤          overlaps: begins before an earlier one has ended, by `backwardsMs`
 *               2                ├────┤
 *
 * Invariant: bounds are compared as they stand in the file, in ticks; milliseconds are only for reading.
 */

import { isoOfMs } from '../../core/time.ts'
import type { RowGroup } from '../format/metadata.ts'
import { boundsOf } from '../format/statistics-value.ts'
import type { TimeColumn } from './time-column.ts'

/** Time range of a row group; null where its statistics do not tell. */
export type GroupTimes = { readonly minMs: number; readonly maxMs: number } | null

export interface Disorder {
  readonly column: string
  /** ISO 8601 in UTC; null where a row group does not tell. */
  readonly min: string | null
  readonly max: string | null
  /** Row groups with rows whose statistics do not tell their times: the figures below leave them out. */
  readonly groupsUnknown: number
  /** Row groups that begin before an earlier one has ended. */
  readonly groupsOverlapping: number
  /** Most row groups that have one moment in their range: so many are held at once to read in order of time. */
  readonly groupsAtOnce: number
  /** Largest step back from the end of what came before to the beginning of a row group, ms; 0: none overlaps. */
  readonly backwardsMs: number
  /** From the rows themselves; null where they were not read. */
  readonly rows: RowDisorder | null
}

export interface RowDisorder {
  readonly nulls: number
  /** Rows with a time before the largest one so far. */
  readonly behind: number
  /** Largest step back from the largest time so far, ms. */
  readonly backwardsMs: number
  /** Row of the file where that is; null where no row is behind. */
  readonly backwardsRow: number | null
}

/** A number of ticks: exact as bigint, except for columns of floats. */
type Tick = bigint | number

/** The disorder that the statistics of the row groups tell. */
export function groupDisorder(time: TimeColumn, groups: readonly RowGroup[]): Disorder {
  const bounds = groups.map(group => groupTicks(time, group))
  const known = bounds.filter(one => one !== null)
  const unknown = groups.filter((group, g) => bounds[g] === null && !isEmpty(time, group)).length
  let [min, max]: (Tick | null)[] = [null, null]
  let overlapping = 0
  let backwardsMs = 0
  for (const one of known) {
    if (max !== null && one.min < max) {
      overlapping++
      backwardsMs = Math.max(backwardsMs, spanMs(time, one.min, max))
    }
    if (min === null || one.min < min) min = one.min
    if (max === null || one.max > max) max = one.max
  }
  return {
    column: time.leaf.name,
    min: unknown > 0 || min === null ? null : isoOfMs(Math.floor(msOf(time, min))),
    max: unknown > 0 || max === null ? null : isoOfMs(Math.floor(msOf(time, max))),
    groupsUnknown: unknown,
    groupsOverlapping: overlapping,
    groupsAtOnce: mostAtOnce(known),
    backwardsMs,
    rows: null,
  }
}

/** Time ranges of row groups in milliseconds, for reading and drawing. */
export function groupTimes(time: TimeColumn, group: RowGroup): GroupTimes {
  const ticks = groupTicks(time, group)
  return ticks === null ? null : { minMs: msOf(time, ticks.min), maxMs: msOf(time, ticks.max) }
}

interface TickRange {
  readonly min: Tick
  readonly max: Tick
}

function groupTicks({ leaf }: TimeColumn, group: RowGroup): TickRange | null {
  const bounds = boundsOf(leaf, group.columns[leaf.index]!.statistics)
  if (bounds === null) return null
  const { min, max } = bounds
  return min instanceof Uint8Array || max instanceof Uint8Array ? null : { min, max }
}

/** Whether no row of the group has a time. */
function isEmpty({ leaf }: TimeColumn, group: RowGroup): boolean {
  return group.rows === 0 || group.columns[leaf.index]!.statistics?.nulls === group.rows
}

/** Ranges are opened in order of their beginning and closed in order of their end; at one moment, opened first. */
function mostAtOnce(ranges: readonly TickRange[]): number {
  const compare = (a: Tick, b: Tick): number => (a < b ? -1 : a > b ? 1 : 0)
  const begins = ranges.map(range => range.min).sort(compare)
  const ends = ranges.map(range => range.max).sort(compare)
  let most = 0
  let ended = 0
  for (let b = 0; b < begins.length; b++) {
    while (ends[ended]! < begins[b]!) ended++
    most = Math.max(most, b + 1 - ended)
  }
  return most
}

function spanMs({ msPerTick }: TimeColumn, from: Tick, to: Tick): number {
  const ticks =
    typeof from === 'bigint' && typeof to === 'bigint' ? Number(to - from) : Number(to) - Number(from)
  return rounded(ticks * msPerTick)
}

function msOf({ msPerTick }: TimeColumn, tick: Tick): number {
  return rounded(Number(tick) * msPerTick)
}

/** Without the noise of the last digits that multiplying by 10^-3 or 10^-6 leaves; a nanosecond stays. */
export function rounded(ms: number): number {
  return Math.abs(ms) < 2 ** 31 ? Math.round(ms * 1e6) / 1e6 : ms
}
