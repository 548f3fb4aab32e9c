/**
 * Rows that were set aside, collected one by one in the order of consumption and gathered run by run: consecutive
 * rows of one batch with one reason leave together, and a change of reason starts anew, so the order of the rows does
 * not depend on how they were cut into batches.
 */

import type { EventBatch } from '../batch/index.ts'
import { gatherEvents } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { Aside, AsideReason } from './release.ts'

export class AsideList {
  readonly #done: Aside[] = []
  #events: EventBatch | null = null
  #source = 0
  #reason: AsideReason = 'late'
  #rows: number[] = []
  #watermarks: number[] = []

  /** Row `row` of `events` of source `source`, judged against `watermark`. */
  add(source: number, reason: AsideReason, events: EventBatch, row: number, watermark: Ticks): void {
    if (events !== this.#events || reason !== this.#reason) {
      this.#flush()
      this.#events = events
      this.#source = source
      this.#reason = reason
    }
    this.#rows.push(row)
    this.#watermarks.push(watermark)
  }

  /** Everything added so far, in order. */
  take(): Aside[] {
    this.#flush()
    return this.#done.splice(0)
  }

  #flush(): void {
    if (this.#events === null) return
    this.#done.push({
      source: this.#source,
      reason: this.#reason,
      events: gatherEvents(this.#events, Int32Array.from(this.#rows)),
      watermark: Float64Array.from(this.#watermarks),
    })
    this.#events = null
    this.#rows = []
    this.#watermarks = []
  }
}
