/**
 * The hand-over of a partition from history to live (C3), as far as it needs the live side itself: the merge has made it,
 * and before anything that follows from it leaves, the topic is asked again.
 *
 *     merge: BACKLOG ─► LIVE ─┬─ is it still the topic of the plan?           no: typed error
 *                             ├─ does it still hold where live begins?        no: live begins later, unproven
 *                             └─ `by: offset`: what is in the gaps of files?  control, aborted, compacted: explained
 *
 * Once for each source and process: a run that is killed here asks again when it goes on, and one that had gone over looks
 * whether what it has read is still there. What it was told is in the next snapshot. Nothing of this moves an event that is not lost: it decides what the certificate says.
 */

import type { PartitionMerge } from '../core/watermark/index.ts'
import { HindcastError } from '../errors.ts'
import type { LiveTail } from './live-tail.ts'

export interface HandOverOptions {
  readonly merge: PartitionMerge
  readonly tails: ReadonlyMap<number, LiveTail>
  readonly signal: AbortSignal
}

export class HandOver {
  readonly #options: HandOverOptions
  /** Sources whose live side was not asked yet, and whether they were before it when this process began. */
  readonly #waiting: Map<number, { readonly isFresh: boolean }>

  constructor(options: HandOverOptions) {
    const { merge, tails } = options
    this.#options = options
    this.#waiting = new Map(
      [...tails.keys()].map(source => [source, { isFresh: merge.stateOf(source).kind === 'backlog' }]),
    )
  }

  /**
   * Sources that live has taken over and that were not asked about; mostly none. `next`: a source that is to be read of
   * already, as its history is over and had nothing.
   */
  due(next: number | null = null): readonly number[] {
    const { merge } = this.#options
    return [...this.#waiting.keys()].filter(
      source => merge.stateOf(source).kind !== 'backlog' || source === next,
    )
  }

  /** Asks about them. Meanwhile history may come: the merge is to be looked at again. */
  async ask(sources: readonly number[]): Promise<void> {
    for (const source of sources) {
      if (this.#waiting.get(source)!.isFresh) await this.#begin(source)
      else await this.#goOn(source)
      await this.#explain(source)
      this.#waiting.delete(source)
    }
  }

  async #begin(source: number): Promise<void> {
    const { merge, tails } = this.#options
    const tail = tails.get(source)!
    const { first, next } = await tail.handOver()
    merge.watchOf(source)?.endsAt(next)
    if (tail.offset < first) tail.moveTo(first)
    if (merge.positionOf(source) < first) merge.beginLiveAt(source, first)
  }

  /** What was read before this process began must still be there: else what came since has other offsets. */
  async #goOn(source: number): Promise<void> {
    const tail = this.#options.tails.get(source)!
    const { next } = await tail.handOver()
    if (tail.offset <= next) return
    throw new HindcastError(
      'topic-truncated',
      `live was read up to offset ${tail.offset - 1}, and now ends before offset ${next}: what was read is gone`,
      {
        where: { partition: this.#options.merge.partition, offset: next },
        advice: 'A broker that was behind has become the leader, or a backup was restored. Make a new plan.',
      },
    )
  }

  async #explain(source: number): Promise<void> {
    const { merge, tails, signal } = this.#options
    const watch = merge.watchOf(source)
    const ranges = watch?.missing() ?? []
    if (ranges.length === 0) return
    const { holes, first } = await tails.get(source)!.explain(ranges, signal)
    watch!.explain(holes, first)
  }
}
