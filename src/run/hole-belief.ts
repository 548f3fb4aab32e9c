/**
 * Whether a topic is believed about its holes (C3). Offsets of control records and aborted transactions are seen as what
 * they are; of others only their absence is seen, and that is compaction only in a topic which is compacted. In any other
 * one records were lost: a restored disk, an election of a broker that did not have them.
 *
 * Asked when the first such hole comes up: most topics have none.
 */

import type { DoubtReason, ExplainedHole } from '../core/seam/index.ts'
import type { LiveSource } from '../live/index.ts'

export class HoleBelief {
  readonly #source: Pick<LiveSource, 'isCompacted'>
  #answer: Promise<DoubtReason | null> | null = null

  constructor(source: Pick<LiveSource, 'isCompacted'>) {
    this.#source = source
  }

  /** The same holes, with a doubt where the topic has no record and does not say that it is compacted. */
  async judged(holes: readonly ExplainedHole[]): Promise<readonly ExplainedHole[]> {
    if (!holes.some(({ why }) => why === 'compacted')) return holes
    this.#answer ??= this.#ask()
    const doubt = await this.#answer
    if (doubt === null) return holes
    return holes.map(hole => (hole.why === 'compacted' ? { ...hole, why: doubt } : hole))
  }

  async #ask(): Promise<DoubtReason | null> {
    const isCompacted = await this.#source.isCompacted?.()
    if (isCompacted === null) return 'settings-denied'
    return isCompacted === true ? null : 'not-compacted'
  }
}
