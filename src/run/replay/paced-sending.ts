/**
 * Emissions of history → partitions of a topic, by one clock of event time for all of them.
 *
 *     emission ─► rows of each partition ─► those that are due ─► sent side by side ─► acknowledged ─► next step
 *
 * Invariants: no partition runs ahead of the clock; a partition gets its rows in the order of history; nothing is taken
 * of the next emission before this one is acknowledged, so a slow broker slows the reading.
 */

import type { Timeline } from '../../core/time.ts'
import type { HistoryEmission } from '../../history/index.ts'
import { partitionEvents } from '../../lanes/index.ts'
import { LIMITS } from '../../limits.ts'
import type { SampleEncoder } from '../../sinks/index.ts'
import type { PumpTarget } from '../history-pump.ts'
import { sideBySide } from '../side-by-side.ts'
import type { EventPace } from './event-pace.ts'
import type { PartitionRows } from './partition-rows.ts'

/** Steps of a paced replay are at least so far apart, ms: what is due meanwhile goes out in one batch. */
const STEP_MS = 20
/** Longest that a timer is asked to wait at once, ms. */
const WAIT_MS_MAX = 3_600_000

export interface Clock {
  /** ms; only differences are used. */
  now(): number
  /** Resolves after so many ms, or at an abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export interface PacedSendingOptions {
  readonly partitions: readonly PartitionRows[]
  readonly timeline: Timeline
  readonly pace: EventPace
  readonly clock: Clock
  readonly createEncoder: () => SampleEncoder
  readonly signal: AbortSignal
  /** Told after each step up to which time everything is sent, event ms. */
  readonly onStep: (sentMs: number) => void
}

export class PacedSending implements PumpTarget {
  readonly #options: PacedSendingOptions
  /** Encoders that nobody uses: their memory is used again. */
  readonly #encoders: SampleEncoder[] = []

  constructor(options: PacedSendingOptions) {
    this.#options = options
  }

  /** Resolves when all of the emission is acknowledged, or the signal was aborted. */
  async history(_stream: number, emission: HistoryEmission): Promise<void> {
    const { partitions, timeline, pace, clock, signal, onStep } = this.#options
    for (const [i, rows] of partitions.entries()) {
      const { events, starts } = emission.shares[i]!
      rows.offer(partitionEvents(events, starts, 0, rows.partition), timeline)
    }
    for (;;) {
      const nextMs = Math.min(...partitions.map(rows => rows.nextMs))
      if (signal.aborted || nextMs === Number.POSITIVE_INFINITY) return
      if (!pace.hasBegun) pace.begin(nextMs, clock.now())
      const steppedAt = clock.now()
      const dueMs = pace.reached(steppedAt)
      if (nextMs <= dueMs) {
        await this.#send(dueMs)
        onStep(dueMs)
      }
      await this.#wait(steppedAt)
    }
  }

  historyEnd(): Promise<void> {
    return Promise.resolve()
  }

  /** Until the next row is due, and the step before is long enough ago. */
  async #wait(steppedAt: number): Promise<void> {
    const { partitions, pace, clock, signal } = this.#options
    const nextMs = Math.min(...partitions.map(rows => rows.nextMs))
    if (nextMs === Number.POSITIVE_INFINITY) return
    const dueAt = pace.dueAt(nextMs)
    const waitMs = Math.min(Math.max(dueAt, steppedAt + STEP_MS) - clock.now(), WAIT_MS_MAX)
    if (waitMs > 0) await clock.wait(waitMs, signal)
  }

  /** What is due of all partitions. */
  async #send(dueMs: number): Promise<void> {
    const due = this.#options.partitions.filter(rows => rows.nextMs <= dueMs)
    await sideBySide(due, LIMITS.kafkaSendPartitionsAtOnce, async rows => {
      const encoder = this.#encoders.pop() ?? this.#options.createEncoder()
      try {
        await rows.send(dueMs, encoder)
      } finally {
        this.#encoders.push(encoder)
      }
    })
  }
}
