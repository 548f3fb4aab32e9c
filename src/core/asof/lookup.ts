/**
 * What a lookup is asked, and the four ways in which it can end (C4). The passes over it are in as-of.ts.
 */

import type { Ticks } from '../time.ts'

export const STATUS_HIT = 0
export const STATUS_ABSENT = 1
export const STATUS_EXPIRED = 2
export const STATUS_UNAVAILABLE = 3

/** Text of each status, by its number: what samples say in `<feature>__status`. */
export const STATUS_TEXT = ['hit', 'absent', 'expired', 'unavailable'] as const

export interface AsOfPolicy {
  /** True: a version at the very time of the event counts. */
  readonly inclusive: boolean
  readonly lag: Ticks
  /** Infinity: versions never expire. */
  readonly maxAge: Ticks
  /** True: past `completeThrough` take what there is, and count it. */
  readonly stale: boolean
}

export interface EventTimes {
  readonly time: Float64Array
  /** ns beyond the tick on a `ns` timeline, else null. */
  readonly sub: Int32Array | null
}

/** What the passes of a lookup share: the question, and the answer as far as it is known. */
export interface Lookup {
  readonly keys: Int32Array
  readonly events: EventTimes
  readonly policy: AsOfPolicy
  readonly position: Int32Array
  readonly versionTime: Float64Array
  readonly status: Uint8Array
}
