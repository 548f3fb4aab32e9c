/**
 * History of one source that was delivered and not yet emitted: batches in C1 order, and how far the delivery is
 * known to be complete.
 *
 *     ├── emitted ──┤▒▒▒▒▒▒▒ queued ▒▒▒▒▒▒▒┤            ┤ known: everything earlier was delivered
 *
 * Rows leave as views; whole batches leave as they came, so a source that is alone costs nothing a row.
 */

import { assert } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import { batchBytes, sliceEvents } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import { rowsBelow } from './row-order.ts'

export class HistoryQueue {
  readonly #batches: EventBatch[] = []
  /** First row of `#batches[0]` that has not left. */
  #row = 0
  #bytes = 0
  #newest: Ticks = Number.NEGATIVE_INFINITY
  #upTo: Ticks
  #ended = false

  /** `from`: rows earlier than this have been emitted by an earlier run; −∞ at the start. */
  constructor(from: Ticks) {
    this.#upTo = from
  }

  /** Rows in C1 order behind those offered before; every row earlier than `upTo` has now been offered. */
  offer(batch: EventBatch | null, upTo: Ticks): void {
    assert(!this.#ended, 'history is offered after its end')
    assert(!Number.isNaN(upTo), 'history is complete up to a time')
    if (batch !== null && batch.rows > 0) {
      const first = batch.time[0]
      const last = batch.time[batch.rows - 1]
      assert(
        first >= this.#upTo && first >= this.#newest && last >= first,
        'history is offered in order of time',
      )
      this.#batches.push(batch)
      this.#bytes += batchBytes(batch)
      this.#newest = last
    }
    if (upTo > this.#upTo) this.#upTo = upTo
  }

  end(): void {
    this.#ended = true
  }

  get isEnded(): boolean {
    return this.#ended
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /** Every row earlier than this has been offered: what was promised, or what the order of the rows tells. */
  get known(): Ticks {
    return Math.max(this.#upTo, this.#newest)
  }

  /** Time of the newest row offered; −∞ if none was. */
  get newest(): Ticks {
    return this.#newest
  }

  /** Time of the next row; +∞ if none is queued. */
  get headTime(): Ticks {
    return this.#batches.length === 0 ? Number.POSITIVE_INFINITY : this.#batches[0].time[this.#row]
  }

  /** Batches of which not every row has left. */
  get batches(): number {
    return this.#batches.length
  }

  /** Memory that the queued batches keep alive; a batch counts until its last row has left. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many queued rows are earlier than `limit`. */
  countBelow(limit: Ticks): number {
    let rows = 0
    for (let b = 0; b < this.#batches.length; b++) {
      const batch = this.#batches[b]
      if (batch.time[b === 0 ? this.#row : 0] >= limit) break
      rows += rowsBelow(batch, limit) - (b === 0 ? this.#row : 0)
    }
    return rows
  }

  /** Moves the rows earlier than `limit` to the end of `into`; returns how many. */
  takeBelow(limit: Ticks, into: EventBatch[]): number {
    let rows = 0
    let taken = 0
    for (; taken < this.#batches.length; taken++) {
      const batch = this.#batches[taken]
      if (batch.time[this.#row] >= limit) break
      const end = batch.time[batch.rows - 1] < limit ? batch.rows : rowsBelow(batch, limit)
      into.push(sliceEvents(batch, this.#row, end))
      rows += end - this.#row
      this.#row = end
      if (end < batch.rows) break
      this.#bytes -= batchBytes(batch)
      this.#row = 0
    }
    if (taken > 0) this.#batches.splice(0, taken)
    return rows
  }
}
