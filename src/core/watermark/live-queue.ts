/**
 * Live records of one source that were fetched and not yet consumed, in offset order, and the position up to which
 * they were.
 *
 *     ├── consumed ──┤▒▒▒▒▒ queued ▒▒▒▒▒┤ next offset to be offered        ┤ stop
 *                position
 */

import { assert, HindcastError } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import { batchBytes } from '../batch/index.ts'

export interface LiveOffer {
  /** Event times in offset order; `sourceOffset` is set and ascending. */
  readonly events: EventBatch
  /** Record timestamp of each row, ticks. */
  readonly timestamps: Float64Array
  /** Position to read from next: past the last row, and further where the log has a hole. */
  readonly offsetNext: number
}

export class LiveQueue {
  readonly #offers: LiveOffer[] = []
  #row = 0
  #bytes = 0
  #position: number
  #offered: number
  #stop = Number.POSITIVE_INFINITY
  #skipped = 0

  /** `position`: the first offset wanted. */
  constructor(position: number) {
    this.#position = position
    this.#offered = position
  }

  offer(offer: LiveOffer): void {
    const { events, timestamps, offsetNext } = offer
    const offsets = events.sourceOffset
    assert(
      offsets !== null && timestamps.length === events.rows,
      'a live record has an offset and a timestamp',
    )
    checkRows(events, offsets, this.#offered, offsetNext)
    this.#offers.push(offer)
    this.#bytes += offerBytes(events)
    this.#offered = offsetNext
  }

  /** No record at or behind this offset is consumed. */
  stopAt(offset: number): void {
    this.#stop = offset
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Next offset to consume. */
  get position(): number {
    return this.#position
  }

  /** Whether everything before the stop has been consumed. */
  get isAtStop(): boolean {
    return this.#position >= this.#stop
  }

  /** The offer to consume from next, or null: none is queued, or the stop is reached. */
  head(): LiveOffer | null {
    while (this.#offers.length > 0) {
      const { events } = this.#offers[0]
      const from = offsetsBelow(events.sourceOffset!, this.#position)
      if (from > this.#row) {
        this.#skipped += from - this.#row
        this.#row = from
      }
      if (this.#row < events.rows) break
      this.#shift()
    }
    return this.#offers.length === 0 || this.isAtStop ? null : this.#offers[0]
  }

  /** First row of `head()` to consume, and one past the last. */
  get row(): number {
    return this.#row
  }

  get rowEnd(): number {
    return offsetsBelow(this.#offers[0].events.sourceOffset!, this.#stop)
  }

  /** Rows of `head()` before `row` have been consumed. */
  consumeTo(row: number): void {
    const { events } = this.#offers[0]
    this.#row = row
    if (row > 0) this.#position = events.sourceOffset![row - 1] + 1
    if (row === events.rows) this.#shift()
    else if (row === this.rowEnd) this.#position = this.#stop
  }

  /** Records before `offset`, queued or still to come, are not wanted: they are skipped, and counted. */
  skipTo(offset: number): void {
    if (offset > this.#position) this.#position = offset
  }

  /** Records that were skipped because they lie before the position. */
  get skipped(): number {
    return this.#skipped
  }

  #shift(): void {
    const offer = this.#offers.shift()!
    this.#bytes -= offerBytes(offer.events)
    this.#row = 0
    if (offer.offsetNext > this.#position) this.#position = offer.offsetNext
  }
}

/** Columns, and time, offset and timestamp of each row. */
function offerBytes(events: EventBatch): number {
  return batchBytes(events) + 24 * events.rows
}

/** How many of the ascending offsets are less than `limit`. */
function offsetsBelow(offsets: Float64Array, limit: number): number {
  if (offsets.length === 0 || offsets[offsets.length - 1] < limit) return offsets.length
  let low = 0
  let high = offsets.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if (offsets[mid] < limit) low = mid + 1
    else high = mid
  }
  return low
}

function checkRows(events: EventBatch, offsets: Float64Array, from: number, offsetNext: number): void {
  let last = from - 1
  let finite = true
  for (let i = 0; i < events.rows; i++) {
    if (!(offsets[i] > last)) throw outOfOrder(events, offsets[i], last)
    last = offsets[i]
    if (!(Math.abs(events.time[i]) <= Number.MAX_SAFE_INTEGER)) finite = false
  }
  assert(finite, 'an event time is a whole number of ticks')
  assert(offsetNext > last, 'the next position lies behind the records')
}

function outOfOrder(events: EventBatch, offset: number, last: number): HindcastError {
  return new HindcastError('bug', `live record at offset ${offset} was offered behind offset ${last}`, {
    where: { partition: events.partition, offset },
  })
}
