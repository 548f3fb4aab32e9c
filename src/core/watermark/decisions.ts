/**
 * Decisions that hang on the clock (C2): a source is idle, or has woken. All else that the merge does follows from
 * its input; these are journaled before any output depends on them, and a resumed run takes them from the journal.
 *
 * A decision falls between two steps of the merge. The steps are the same in every run, so their count says where:
 * on replay a decision is applied as soon as that many have been made.
 */

import { HindcastError } from '../../errors.ts'
import type { Ticks } from '../time.ts'

export type DecisionKind = 'idle' | 'wake'

/** One line of the journal of a partition; JSON. */
export interface Decision {
  /** Steps that the partition had made. */
  readonly consumed: number
  /** Ordinal of the stream that it is about. */
  readonly stream: number
  readonly kind: DecisionKind
  /** Merged watermark at that moment; null: nothing had been promised yet. It does not fall below this again. */
  readonly watermark: Ticks | null
}

/** The journal as it is replayed, in order. */
export class DecisionReplay {
  readonly #journal: readonly Decision[]
  #applied: number

  /** `applied`: how many of the journal the state already has in it. */
  constructor(journal: readonly Decision[], applied: number) {
    this.#journal = journal
    this.#applied = applied
    if (applied > journal.length)
      throw misfit(`the state has ${applied} decisions in it, the journal ${journal.length}`)
  }

  /** Decisions applied since the first start, those of the journal and new ones. */
  get applied(): number {
    return this.#applied
  }

  /** Whether the journal has decisions that were not applied yet. */
  get isReplaying(): boolean {
    return this.#applied < this.#journal.length
  }

  /** How many more steps may be made before the next decision is due; +∞ if there is none. */
  stepsLeft(consumed: number): number {
    return this.isReplaying ? this.#journal[this.#applied].consumed - consumed : Number.POSITIVE_INFINITY
  }

  /** The decision that is due, or null. */
  take(consumed: number): Decision | null {
    const left = this.stepsLeft(consumed)
    if (left > 0) return null
    if (left < 0) throw misfit(`a decision of the journal was due ${-left} steps ago`)
    return this.#journal[this.#applied++]
  }

  /** A new decision was made; never while replaying. */
  count(): void {
    this.#applied++
  }
}

/** The journal does not belong to this input or state. */
export function misfit(reason: string): HindcastError {
  return new HindcastError('output-corrupt', `the journal does not fit the run: ${reason}`, {
    advice: 'The checkpoint or the input was changed: run into a new directory.',
  })
}
