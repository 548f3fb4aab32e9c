/**
 * What a step of the merge lets go: events in the order of C1, and events that were set aside, in the order in
 * which they were consumed. Both orders are independent of how the input was cut into batches.
 */

import type { EventBatch } from '../batch/index.ts'

/** Why an event is not emitted in its place. `future` goes to quarantine, the others to `late/`. */
export type AsideReason = 'late' | 'before-seam' | 'future'

/** Events that leave together: rows of one stream, next in the order of the partition. */
export interface Emission {
  readonly events: EventBatch
  /** Emitted behind their place, at once: `_late` is true for all of them, false else. */
  readonly late: boolean
}

/** Events of one source with one reason, in offset order. */
export interface Aside {
  /** Index of the source. */
  readonly source: number
  readonly reason: AsideReason
  readonly events: EventBatch
  /** Merged watermark against which each row was judged: what a late row was late for. */
  readonly watermark: Float64Array
}

export interface Release {
  /** In order of emission; empty batches are left out. */
  readonly emitted: readonly Emission[]
  /** In order of consumption. */
  readonly aside: readonly Aside[]
  /**
   * The merged watermark has reached the boundary, and every event below it has been released: the slice that
   * ends there can be sealed, and `snapshot()` is the state right behind it.
   */
  readonly crossed: boolean
}
