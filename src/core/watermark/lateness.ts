/**
 * How far live events come behind the newest of their partition: a histogram with roughly logarithmic buckets, for the
 * report, so that people can choose their `disorder`.
 */

import type { Ticks } from '../time.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Upper ends of the buckets, ms, inclusive; a last bucket is open. The first holds what came in order. */
export const LATENESS_BOUNDS_MS: readonly number[] = [
  0,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 30].map(n => n * SECOND),
  ...[1, 2, 5, 10, 30].map(n => n * MINUTE),
  ...[1, 2, 6, 12].map(n => n * HOUR),
  ...[1, 2, 7, 30].map(n => n * DAY),
]

/** Bucket of `LATENESS_BOUNDS_MS` for an event that came `behindMs` behind the newest of its partition. */
export function latenessBucket(behindMs: number): number {
  let low = 0
  let high = LATENESS_BOUNDS_MS.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (behindMs <= LATENESS_BOUNDS_MS[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/** Counts the events of one source as they come in offset order. */
export class LatenessCount {
  readonly rows: number[] = new Array(LATENESS_BOUNDS_MS.length + 1).fill(0)
  readonly #ticksPerMs: number
  #newest: Ticks = Number.NEGATIVE_INFINITY

  constructor(ticksPerMs: number) {
    this.#ticksPerMs = ticksPerMs
  }

  add(time: Float64Array): void {
    for (let i = 0; i < time.length; i++) {
      const t = time[i]!
      if (t >= this.#newest) {
        this.#newest = t
        this.rows[0]!++
      } else {
        this.rows[latenessBucket((this.#newest - t) / this.#ticksPerMs)]!++
      }
    }
  }
}
