/**
 * Rows of one live batch that are on time, collected range by range while the batch is worked off, so that the
 * reorder buffer gets one run a batch and not one a step.
 */

import type { EventBatch } from '../batch/index.ts'
import { gatherEvents, sliceEvents } from '../batch/index.ts'

export class AcceptedRows {
  #events: EventBatch | null = null
  /** Ranges [from, to) as pairs, ascending and apart. */
  #ranges: number[] = []
  #rows = 0

  /** Adds rows [from, to). If they are of another batch than before, returns what the earlier one gave. */
  add(events: EventBatch, from: number, to: number): EventBatch | null {
    const before = events === this.#events ? null : this.take()
    this.#events = events
    const ranges = this.#ranges
    if (ranges.length > 0 && ranges[ranges.length - 1] === from) ranges[ranges.length - 1] = to
    else ranges.push(from, to)
    this.#rows += to - from
    return before
  }

  /** The rows collected, in offset order; null if there are none. A view where they lie together. */
  take(): EventBatch | null {
    const events = this.#events
    const ranges = this.#ranges
    if (events === null) return null
    const taken =
      ranges.length === 2 ? sliceEvents(events, ranges[0], ranges[1]) : gatherEvents(events, this.#index())
    this.#events = null
    this.#ranges = []
    this.#rows = 0
    return taken
  }

  #index(): Int32Array {
    const index = new Int32Array(this.#rows)
    let at = 0
    for (let r = 0; r < this.#ranges.length; r += 2) {
      for (let row = this.#ranges[r]; row < this.#ranges[r + 1]; row++) index[at++] = row
    }
    return index
  }
}
