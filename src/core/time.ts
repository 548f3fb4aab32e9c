/**
 * Event time inside the runtime.
 *
 * A job has one *timeline*: the finest unit among its time columns, but at least milliseconds. A time is a
 * whole number of *ticks* of that timeline in a float64, exact up to 2^53. Nanoseconds do not fit, so on a
 * `ns` timeline a tick is a microsecond and the remaining 0…999 ns travel in a separate column `sub`, which
 * only matters where two ticks are equal. Slices, watermarks and durations are whole ticks.
 */

/** Unit of a numeric time column as the job or a file declares it. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/** Unit of a job's timeline; `ns` means microsecond ticks plus `sub`. */
export type Timeline = 'ms' | 'us' | 'ns'

/** Whole ticks of the job's timeline since the epoch, UTC. */
export type Ticks = number

export const TICKS_MAX = Number.MAX_SAFE_INTEGER

/** Ticks in one millisecond: 1 on `ms`, 1000 on `us` and `ns`. */
export function ticksPerMs(timeline: Timeline): number {
  return timeline === 'ms' ? 1 : 1000
}

export function ticksFromMs(ms: number, timeline: Timeline): Ticks {
  return ms * ticksPerMs(timeline)
}

/** Milliseconds since the epoch, rounded down. */
export function msFromTicks(ticks: Ticks, timeline: Timeline): number {
  return Math.floor(ticks / ticksPerMs(timeline))
}

/** The coarsest timeline that holds all the units exactly. */
export function timelineOf(units: Iterable<TimeUnit>): Timeline {
  let timeline: Timeline = 'ms'
  for (const unit of units) {
    if (unit === 'ns') return 'ns'
    if (unit === 'us') timeline = 'us'
  }
  return timeline
}

/** ISO 8601 in UTC with milliseconds, or the plain number where a Date cannot hold it. */
export function isoOfMs(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
