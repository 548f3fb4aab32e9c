/**
 * Event time at the speed of a clock: which events are due, and when the next one is. Pure: the clock is handed in.
 *
 *     event time   begin ───────┬──────────►        reached(now) = begin + speed · (now − start)
 *     clock        start ─ now ─┘
 *
 * The first event is due at once. Whoever falls behind is not given time back: what is due by then goes out as fast as
 * it is taken, and the pace is that of the clock again.
 */

import { assert } from '../../errors.ts'

export class EventPace {
  readonly #speed: number
  #startMs = 0
  #beginMs: number | null = null

  /** `speed`: event time a time of the clock, above 0; Infinity: everything is due at once. */
  constructor(speed: number) {
    assert(speed > 0, 'a pace goes forward')
    this.#speed = speed
  }

  get hasBegun(): boolean {
    return this.#beginMs !== null
  }

  /** The event at `eventMs` is the first, and due now. */
  begin(eventMs: number, nowMs: number): void {
    this.#beginMs = eventMs
    this.#startMs = nowMs
  }

  /** Events up to this time are due, ms. */
  reached(nowMs: number): number {
    assert(this.#beginMs !== null, 'a pace has begun')
    if (this.#speed === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    return this.#beginMs + this.#speed * Math.max(0, nowMs - this.#startMs)
  }

  /** When an event is due, ms of the clock. */
  dueAt(eventMs: number): number {
    assert(this.#beginMs !== null, 'a pace has begun')
    return this.#startMs + (eventMs - this.#beginMs) / this.#speed
  }
}
