/**
 * What a run may ask of an online store: rows a second, and calls under way at once. Whoever is given the same budget
 * shares it, first come first served.
 *
 * *Rate.* Each read moves the time of the next one on by what it costs, from its own start on:
 *
 *     starts    s0 ──rows0/rate──► s1 ──rows1/rate──► s2          a late start may make up for CREDIT_MS, not for more
 *
 * so that in any second start at most (1 s + credit) · rate rows and one read more; the size of reads and the credit are
 * chosen so that this is at most 5 % over the rate. (Counting tokens would not do: after a stall of this process, all
 * reads that wait would start together.)
 *
 * *Concurrency* is given up to the bound as long as calls stay fast: one more a round of calls; where they take three
 * times as long as the best have, a third less (additive increase, multiplicative decrease). Calls of different size are
 * compared by their time for a row.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { ReadBudget } from '../../job/index.ts'

/** Time as the budget sees it; tests hand in their own. */
export interface BudgetClock {
  /** ms from any moment on; never goes back. */
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

const REAL_CLOCK: BudgetClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
}

/** Rows over the rate in any second, as a share of it: half for the size of a read, half for starts that are late. */
const OVER = 0.05
/** What a call costs beside its rows, in rows. */
const CALL_ROWS = 16
const SLOW = 3
/** Calls that are faster than this are never slow, ms. */
const SLOW_MS = 20
const LESS = 0.7
/** Share of a new call in the smoothed time; by so much the best is forgotten with each call. */
const SMOOTH = 0.2
const FORGET = 1.002

export class SharedBudget {
  readonly #rate: number
  readonly #concurrency: number
  readonly #creditMs: number
  readonly #clock: BudgetClock
  /** Rows of one read at most, so that the rate holds in any second. */
  readonly rowsMax: number
  #nextAt = -Infinity
  #turns: Promise<unknown> = Promise.resolve()
  #limit: number
  #underWay = 0
  readonly #waiting: (() => void)[] = []
  #waitMs = 0
  #best = Infinity
  #recent = 0
  #cutAt = -Infinity

  constructor({ readsPerSecond = Infinity, concurrency }: ReadBudget, clock: BudgetClock = REAL_CLOCK) {
    this.#rate = readsPerSecond / 1000
    this.#concurrency = concurrency
    this.#limit = concurrency
    this.#clock = clock
    this.rowsMax = Math.max(1, Math.floor((OVER / 2) * readsPerSecond))
    this.#creditMs = Math.max(0, (OVER * readsPerSecond - this.rowsMax) / this.#rate) || 0
  }

  /** Calls under way at most, as declared. */
  get concurrency(): number {
    return this.#concurrency
  }

  /** Calls that may be under way now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit))
  }

  /** Time that reads waited for their turn, all together, ms. */
  get waitMs(): number {
    return this.#waitMs
  }

  /** Runs `work`, which reads so many rows, when it is its turn. Raises what `work` does, or the signal was ended with. */
  async spend<Value>(rows: number, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const asked = this.#clock.now()
    await this.#slot()
    try {
      signal?.throwIfAborted()
      await this.#turn(rows, signal)
      const started = this.#clock.now()
      this.#waitMs += started - asked
      const value = await work()
      this.#adapt(this.#clock.now() - started, rows)
      return value
    } finally {
      this.#underWay--
      while (this.#waiting.length > 0 && this.#underWay < this.limit) {
        this.#underWay++
        this.#waiting.shift()!()
      }
    }
  }

  async #slot(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay < this.limit) this.#underWay++
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** One after the other, so that what one read costs is known before the next is let go. */
  #turn(rows: number, signal?: AbortSignal): Promise<void> {
    if (this.#rate === Infinity) return Promise.resolve()
    const turn = this.#turns.then(() => this.#pace(rows, signal))
    this.#turns = turn.catch(() => undefined) // its own caller is told
    return turn
  }

  async #pace(rows: number, signal?: AbortSignal): Promise<void> {
    let now = this.#clock.now()
    // Timers can be early by a fraction of a millisecond.
    while (now < this.#nextAt) {
      await this.#clock.sleep(Math.ceil(this.#nextAt - now), signal)
      now = this.#clock.now()
    }
    this.#nextAt = Math.max(this.#nextAt, now - this.#creditMs) + rows / this.#rate
  }

  #adapt(ms: number, rows: number): void {
    const perRow = ms / (rows + CALL_ROWS)
    this.#best = Math.min(perRow, this.#best * FORGET)
    this.#recent = this.#recent === 0 ? perRow : SMOOTH * perRow + (1 - SMOOTH) * this.#recent
    const now = this.#clock.now()
    if (ms <= SLOW_MS || this.#recent <= SLOW * this.#best) {
      this.#limit = Math.min(this.#concurrency, this.#limit + 1 / this.#limit)
    } else if (now - this.#cutAt > ms) {
      // Calls that began before the last cut say nothing of its effect.
      this.#limit = Math.max(1, this.#limit * LESS)
      this.#cutAt = now
    }
  }
}
