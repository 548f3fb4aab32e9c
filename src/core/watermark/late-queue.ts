/**
 * Late events that are emitted (`late: emit`), on their way to the place where they were consumed: each behind all events
 * that are earlier than the watermark it was judged against, and in front of the others. Watermarks do not fall from one
 * late event to the next.
 */

import type { EventBatch } from '../batch/index.ts'
import { sliceEvents } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { Aside, Emission } from './release.ts'
import { rowsBelow } from './row-order.ts'

export class LateQueue {
  readonly #late: readonly Aside[]
  #at = 0
  /** First row of `#late[#at]` that has not left. */
  #row = 0

  constructor(late: readonly Aside[]) {
    this.#late = late
  }

  /**
   * Puts late events among the next events in order, of which everything earlier than `upTo` is there; those judged
   * against a later watermark wait for the next call.
   */
  place(ordered: readonly EventBatch[], upTo: Ticks): Emission[] {
    const out: Emission[] = []
    let batch = 0
    let row = 0
    const emitBelow = (watermark: Ticks): void => {
      while (batch < ordered.length) {
        const events = ordered[batch]
        const end = events.time[events.rows - 1] < watermark ? events.rows : rowsBelow(events, watermark)
        if (end > row) out.push({ events: sliceEvents(events, row, end), late: false })
        row = Math.max(row, end)
        if (row < events.rows) return
        batch++
        row = 0
      }
    }
    for (let next = this.#next(upTo); next !== null; next = this.#next(upTo)) {
      emitBelow(next.watermark)
      out.push({ events: next.events, late: true })
    }
    emitBelow(Number.POSITIVE_INFINITY)
    return out
  }

  /** The next late events with one watermark of at most `upTo`; null where there are none. */
  #next(upTo: Ticks): { readonly events: EventBatch; readonly watermark: Ticks } | null {
    const aside = this.#late[this.#at]
    if (aside === undefined || aside.watermark[this.#row] > upTo) return null
    const { events, watermark } = aside
    const from = this.#row
    let to = from + 1
    while (to < events.rows && watermark[to] === watermark[from]) to++
    this.#row = to < events.rows ? to : 0
    if (to === events.rows) this.#at++
    return { events: sliceEvents(events, from, to), watermark: watermark[from] }
  }
}
