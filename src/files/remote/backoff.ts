/**
 * How long to wait before the next try, and when to give up: jitter, a cap, one deadline for all tries together.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Backoff } from '../../core/backoff.ts'
import { backoffMs } from '../../core/backoff.ts'
import { LIMITS } from '../../limits.ts'

const BACKOFF: Backoff = { firstMs: 100, capMs: LIMITS.remoteBackoffMsMax }

/** Pause before try `failures + 1`, ms. `chance` is in [0, 1). */
export function pauseMs(failures: number, chance: number): number {
  return backoffMs(failures, chance, BACKOFF)
}

export interface TryBounds {
  /** All tries together, ms. */
  readonly deadlineMs: number
  /** One try, ms. */
  readonly attemptMs: number
}

/** The tries of one call: the clock behind them, and the signal of whoever asked. */
export class Tries {
  readonly #until: number
  readonly #attemptMs: number
  readonly #signal: AbortSignal
  failures = 0

  constructor({ deadlineMs, attemptMs }: TryBounds, signal: AbortSignal) {
    this.#until = performance.now() + deadlineMs
    this.#attemptMs = attemptMs
    this.#signal = signal
  }

  get leftMs(): number {
    return Math.max(0, this.#until - performance.now())
  }

  /** What one try may take, ms. */
  get attemptMs(): number {
    return Math.max(1, Math.min(this.leftMs, this.#attemptMs))
  }

  /** Waits before the next try; false where none is left. Throws what the signal was ended with. */
  async next(): Promise<boolean> {
    this.#signal.throwIfAborted()
    this.failures++
    const pause = pauseMs(this.failures, Math.random())
    if (pause >= this.leftMs) return false
    try {
      await delay(pause, undefined, { signal: this.#signal })
    } catch {
      this.#signal.throwIfAborted()
    }
    return true
  }
}
