/**
 * The overlap of a `by: time` seam at T (C3): what history and live both have in [T − overlap, T).
 *
 *     history ───────────────────────┤ T
 *     live            ├──────────────┼──────────────►
 *                T − overlap
 *
 * History puts its (identity, event time) into a multiset; live takes them out, record by record:
 * - taken: both sides have it (`doubled`), and history has emitted it already;
 * - not there: only live has it;
 * - what is left in the end: only history has it.
 *
 * History must be complete before live is judged. Live events before T − overlap are history's by definition: they
 * are counted, not compared; so are all where the stream has no identity. What comes behind T + disorder can no
 * longer be compared, because the identities have been let go by then.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Batch, EventBatch } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import { IdentityBytes } from './identity-bytes.ts'
import { IdentityMultiset } from './identity-multiset.ts'

export interface OverlapOptions {
  readonly stream: string
  readonly partition: number
  /** T − overlap, inclusive, and T, exclusive. */
  readonly from: Ticks
  readonly at: Ticks
  /** Indexes of the identity columns in the stream's schema; empty: nothing can be compared. */
  readonly identity: readonly number[]
}

/** Events of one partition. `history` and `live` lie in the overlap; `history − doubled` is only in history. */
export interface OverlapCounts {
  readonly history: number
  readonly live: number
  /** In both: emitted once, from history. */
  readonly doubled: number
  readonly onlyLive: number
  readonly onlyHistory: number
  /** Live events before T that were not compared: before the overlap, or without identity. */
  readonly notCompared: number
  /** Live events of the overlap that came too late to be compared. */
  readonly afterClose: number
}

export type OverlapJudgement = 'doubled' | 'only-live' | 'not-compared' | 'after-close'

/** The audit as it stands; structured-clonable. */
export interface OverlapSnapshot {
  readonly counts: OverlapCounts
  /** What history has and live has not had yet; null once closed. */
  readonly left: Batch | null
}

export class OverlapAudit {
  readonly #options: OverlapOptions
  readonly #bytes: IdentityBytes
  #left: IdentityMultiset | null
  #history = 0
  #live = 0
  #doubled = 0
  #onlyLive = 0
  #notCompared = 0
  #afterClose = 0

  constructor(options: OverlapOptions, snapshot: OverlapSnapshot | null = null) {
    this.#options = options
    this.#bytes = new IdentityBytes(options.identity)
    this.#left = new IdentityMultiset()
    if (snapshot === null) return
    this.#left = snapshot.left === null ? null : IdentityMultiset.fromBatch(snapshot.left)
    this.#history = snapshot.counts.history
    this.#live = snapshot.counts.live
    this.#doubled = snapshot.counts.doubled
    this.#onlyLive = snapshot.counts.onlyLive
    this.#notCompared = snapshot.counts.notCompared
    this.#afterClose = snapshot.counts.afterClose
  }

  /** Whether live has passed T, so that what is left is known to be only in history. */
  get isClosed(): boolean {
    return this.#left === null
  }

  /** Adds those of a batch of history, in order of time, that lie in the overlap; `limit-passed` above the limits. */
  addHistory(batch: EventBatch): void {
    const { from } = this.#options
    if (batch.rows === 0 || batch.time[batch.rows - 1] < from) return
    let row = 0
    while (batch.time[row] < from) row++
    this.#history += batch.rows - row
    if (this.#options.identity.length === 0 || this.#left === null) return
    if (this.#history > LIMITS.overlapEventsMax) throw this.#tooMany()
    for (; row < batch.rows; row++) {
      const length = this.#bytes.write(batch, row) // first: it may replace the buffer
      this.#left.add(this.#bytes.bytes, length)
    }
  }

  /** What is to become of a live event with time < T. */
  judge(batch: EventBatch, row: number): OverlapJudgement {
    const { from, identity } = this.#options
    if (batch.time[row] < from || identity.length === 0) {
      this.#notCompared++
      return 'not-compared'
    }
    if (this.#left === null) {
      this.#afterClose++
      return 'after-close'
    }
    this.#live++
    const length = this.#bytes.write(batch, row)
    if (this.#left.take(this.#bytes.bytes, length)) {
      this.#doubled++
      return 'doubled'
    }
    this.#onlyLive++
    return 'only-live'
  }

  /** Live has passed T and its disorder: the counts are final, and the identities are let go. */
  close(): void {
    this.#left = null
  }

  counts(): OverlapCounts {
    return {
      history: this.#history,
      live: this.#live,
      doubled: this.#doubled,
      onlyLive: this.#onlyLive,
      onlyHistory: this.#options.identity.length === 0 ? 0 : this.#history - this.#doubled,
      notCompared: this.#notCompared,
      afterClose: this.#afterClose,
    }
  }

  snapshot(): OverlapSnapshot {
    return { counts: this.counts(), left: this.#left === null ? null : this.#left.toBatch() }
  }

  #tooMany(): HindcastError {
    const { stream, partition } = this.#options
    return new HindcastError(
      'limit-passed',
      `more than ${LIMITS.overlapEventsMax} events lie in the overlap of the seam`,
      {
        where: { stream, partition },
        advice: 'Give the seam a shorter `overlap`.',
      },
    )
  }
}
