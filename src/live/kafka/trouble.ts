/** What has gone wrong with the fetches of a partition since the last answer that was good. */

import type { HindcastError } from '../../errors.ts'

export interface Trouble {
  readonly sinceMs: number
  readonly count: number
  /** How many of them were of what came, not of the way to it. */
  readonly strange: number
  readonly last: HindcastError
}

/** `before`, and one failure more; null: it is the first. */
export function troubleAfter(before: Trouble | null, last: HindcastError, isStrange: boolean): Trouble {
  const { sinceMs, count, strange } = before ?? { sinceMs: performance.now(), count: 0, strange: 0 }
  return { sinceMs, count: count + 1, strange: strange + (isStrange ? 1 : 0), last }
}
