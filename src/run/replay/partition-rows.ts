/**
 * Rows of one partition on their way to its topic: how many of an emission are due, sent and known to be there.
 *
 *     rows of the emission   │ acknowledged │ being sent │ not due yet │
 *                                           ▲ next
 */

import type { EventBatch } from '../../core/batch/index.ts'
import { sliceEvents } from '../../core/batch/index.ts'
import { type Timeline, ticksPerMs } from '../../core/time.ts'
import type { Delivery, PartitionSender, SampleEncoder, SampleRecords } from '../../sinks/index.ts'

/** Rows that are encoded at once. */
const ENCODE_ROWS = 4096

export interface RowsTarget {
  /** Called once, before the first rows are sent. */
  readonly begin: () => Promise<void>
  /** What sends; `onAcknowledged` is told how many rows of the delivery under way the topic has. */
  readonly senderFor: (onAcknowledged: (rows: number) => void) => Pick<PartitionSender, 'deliver'>
}

export class PartitionRows {
  readonly partition: number
  readonly #begin: () => Promise<void>
  readonly #sender: Pick<PartitionSender, 'deliver'>
  #hasBegun = false
  #events: EventBatch | null = null
  /** When each row is due, event ms: the newest time up to it, so that rows never overtake. */
  #due = new Float64Array(0)
  #newestMs = Number.NEGATIVE_INFINITY
  #next = 0
  /** First row of the delivery under way. */
  #first = 0
  /** Acknowledged rows of the emission, and of all. */
  #known = 0
  #rows = 0
  #lastMs: number | null = null

  constructor(partition: number, { begin, senderFor }: RowsTarget) {
    this.partition = partition
    this.#begin = begin
    this.#sender = senderFor(rows => this.#acknowledged(rows))
  }

  /** Rows that the topic is known to have. */
  get rows(): number {
    return this.#rows
  }

  /** Newest event time among them, ms, rounded down; null: there are none. */
  get lastMs(): number | null {
    return this.#lastMs
  }

  /** When the next row is due, event ms; Infinity: there is none. */
  get nextMs(): number {
    return this.#due[this.#next] ?? Number.POSITIVE_INFINITY
  }

  /** Event time of the first row that may be missing in the topic; Infinity: none of those offered is. */
  get missingMs(): number {
    return this.#due[this.#known] ?? Number.POSITIVE_INFINITY
  }

  /** The rows that come next; those before have been sent. */
  offer(events: EventBatch, timeline: Timeline): void {
    const perMs = ticksPerMs(timeline)
    this.#events = events
    this.#due = new Float64Array(events.rows)
    for (let row = 0; row < events.rows; row++) {
      this.#newestMs = Math.max(this.#newestMs, events.time[row]! / perMs)
      this.#due[row] = this.#newestMs
    }
    this.#next = this.#known = 0
  }

  /** Sends the rows that are due at `untilMs`; resolves when they are acknowledged. Raises as `PartitionSender` does. */
  async send(untilMs: number, encoder: SampleEncoder): Promise<void> {
    const [first, end] = [this.#next, firstAfter(this.#due, this.#next, untilMs)]
    if (first === end) return
    if (!this.#hasBegun) await this.#begin()
    this.#hasBegun = true
    this.#first = first
    this.#next = end
    await this.#sender.deliver(this.#delivery(first, end, encoder), 0)
  }

  #delivery(first: number, end: number, encoder: SampleEncoder): Delivery {
    const events = this.#events!
    async function* rowsFrom(row: number): AsyncGenerator<SampleRecords> {
      for (let from = first + row; from < end; from += ENCODE_ROWS)
        yield encoder.encode(sliceEvents(events, from, Math.min(end, from + ENCODE_ROWS)))
    }
    return { slice: 0, of: end - first, digest: '', rowsFrom, aside: [] }
  }

  #acknowledged(rows: number): void {
    const known = this.#first + rows
    if (known <= this.#known) return
    this.#rows += known - this.#known
    this.#known = known
    this.#lastMs = Math.floor(this.#due[known - 1]!)
  }
}

/** First index from `from` on whose value is above `bound`; values ascend. */
function firstAfter(values: Float64Array, from: number, bound: number): number {
  let [low, high] = [from, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= bound) low = middle + 1
    else high = middle
  }
  return low
}
