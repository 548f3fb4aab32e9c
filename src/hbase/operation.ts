/**
 * The tries of one operation: one deadline for all, pauses between them that grow to a cap, with jitter so that clients
 * which failed together do not come back together.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Backoff } from '../core/backoff.ts'
import { backoffMs } from '../core/backoff.ts'
import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CallCounts } from './server-links.ts'

const BACKOFF: Backoff = { firstMs: 50, capMs: LIMITS.hbasePauseMsMax }

export interface OperationBounds {
  /** One call, ms. */
  readonly callMs: number
  /** All of it, ms. */
  readonly totalMs: number
}

export class Operation {
  /** Ends with whoever asked, or with the first error of a part. */
  readonly signal: AbortSignal
  readonly #bounds: OperationBounds
  readonly #counts: CallCounts
  readonly #parts = new AbortController()
  #until: number

  constructor(bounds: OperationBounds, counts: CallCounts, signal?: AbortSignal) {
    this.#bounds = bounds
    this.#counts = counts
    this.signal = signal === undefined ? this.#parts.signal : AbortSignal.any([signal, this.#parts.signal])
    this.#until = performance.now() + bounds.totalMs
  }

  /** What the next call may take, ms. */
  get callMs(): number {
    return Math.max(1, Math.min(this.#bounds.callMs, this.#until - performance.now()))
  }

  /** An operation without an end, such as a scan, has its time again with each step that it makes. */
  progressed(): void {
    this.#until = performance.now() + this.#bounds.totalMs
  }

  /** Waits for parts that go on side by side. The first that fails ends the others, and their calls. */
  async all(parts: readonly Promise<void>[]): Promise<void> {
    try {
      await Promise.all(parts)
    } catch (error) {
      this.#parts.abort(error)
      throw error
    }
  }

  /** What others share, for as long as this operation may wait for it. Raises `late` after that. */
  async within<Value>(shared: Promise<Value>, late: () => HindcastError): Promise<Value> {
    this.signal.throwIfAborted()
    const { promise: ended, reject } = Promise.withResolvers<never>()
    const abort = () => reject(this.signal.reason)
    const timer = setTimeout(() => reject(late()), Math.max(1, this.#until - performance.now()))
    this.signal.addEventListener('abort', abort)
    try {
      return await Promise.race([shared, ended])
    } finally {
      clearTimeout(timer)
      this.signal.removeEventListener('abort', abort)
    }
  }

  /** Waits before the next try. Raises `last`, with the number of tries, where the time is over; or what ended it. */
  async pause(failures: number, last: HindcastError): Promise<void> {
    this.signal.throwIfAborted()
    this.#counts.retries++
    const pause = backoffMs(failures, Math.random(), BACKOFF)
    if (performance.now() + pause >= this.#until) throw this.#gaveUp(failures, last)
    try {
      await delay(pause, undefined, { signal: this.signal })
    } catch {
      this.signal.throwIfAborted()
    }
  }

  #gaveUp(failures: number, last: HindcastError): HindcastError {
    const tries = `given up after ${failures} ${failures === 1 ? 'try' : 'tries'} in ${this.#bounds.totalMs} ms`
    return new HindcastError(last.code, `${last.message} (${tries})`, {
      where: last.where,
      advice: last.advice,
      cause: last,
    })
  }
}
