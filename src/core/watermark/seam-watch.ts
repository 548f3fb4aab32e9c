/**
 * What a source remembers of its seam (C3) as it goes over it: the evidence that the certificate is made of, and,
 * for a seam `by: time`, what becomes of live events before T.
 */

import { assert } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import type {
  CoverageSnapshot,
  ExplainedHole,
  OverlapSnapshot,
  SeamPartition,
  SeamPosition,
} from '../seam/index.ts'
import { OffsetCoverage, OverlapAudit, proveByOffset, proveByTime } from '../seam/index.ts'
import type { Ticks } from '../time.ts'
import type { SeamSpec } from './source-spec.ts'

export interface SeamSnapshot {
  readonly historyLast: SeamPosition | null
  readonly liveFirst: SeamPosition | null
  /** Position from which live is read, as it was at the first start. */
  readonly liveFrom: number
  readonly overlap: OverlapSnapshot | null
  readonly coverage: CoverageSnapshot | null
}

/** What becomes of a live event before T: counted (history has it, or is taken to), `late/`, or emitted late. */
export type BeforeSeamFate = 'doubled' | 'not-compared' | 'side' | 'emit'

export interface SeamOptions {
  readonly name: string
  readonly partition: number
  readonly seam: SeamSpec
  readonly disorder: Ticks
  readonly liveFrom: number
}

export class SeamWatch {
  readonly #options: SeamOptions
  readonly #audit: OverlapAudit | null
  readonly #coverage: OffsetCoverage | null
  readonly #liveFrom: number
  #historyLast: SeamPosition | null
  #liveFirst: SeamPosition | null

  constructor(options: SeamOptions, snapshot: SeamSnapshot | null) {
    const { seam, name: stream, partition } = options
    this.#options = options
    this.#liveFrom = snapshot?.liveFrom ?? options.liveFrom
    this.#historyLast = snapshot?.historyLast ?? null
    this.#liveFirst = snapshot?.liveFirst ?? null
    this.#coverage = seam.by === 'offset' ? new OffsetCoverage(snapshot?.coverage ?? null) : null
    if (seam.by === 'offset') this.#audit = null
    else {
      const { at, overlap, identity } = seam
      this.#audit = new OverlapAudit(
        { stream, partition, from: at - overlap, at, identity },
        snapshot?.overlap ?? null,
      )
    }
  }

  /** The newest offset of history; −1 where there is none, or the seam is `by: time`. */
  get offsetLast(): number {
    return this.#coverage?.last ?? -1
  }

  /** Rows of history, in order, were consumed. */
  sawHistory(batch: EventBatch): void {
    const last = batch.rows - 1
    this.#historyLast = {
      time: batch.time[last],
      offset: batch.sourceOffset === null ? null : batch.sourceOffset[last],
    }
    this.#audit?.addHistory(batch)
    if (this.#coverage === null) return
    assert(batch.sourceOffset !== null, 'history has offsets where the seam is by offset')
    this.#coverage.add(batch.sourceOffset)
  }

  /** A live event that is neither before T nor quarantined was consumed. */
  sawLive(batch: EventBatch, row: number): void {
    this.#liveFirst ??= { time: batch.time[row], offset: batch.sourceOffset![row] }
  }

  get hasSeenLive(): boolean {
    return this.#liveFirst !== null
  }

  /** The watermark of live at which `passed` is to be told, so that it does not matter how records are cut. */
  closesAt(newest: Ticks): Ticks {
    const { seam, disorder } = this.#options
    return seam.by === 'time' && newest - disorder < seam.at ? seam.at : Number.POSITIVE_INFINITY
  }

  /** Live has been read up to this newest time: closes the audit once nothing before T can be in order any more. */
  passed(newest: Ticks): void {
    const { seam, disorder } = this.#options
    if (seam.by === 'time' && newest - disorder >= seam.at) this.#audit!.close()
  }

  /** Live has ended: the audit has all it will get. */
  ended(): void {
    this.#audit?.close()
  }

  /** Judges a live event before T. */
  judge(batch: EventBatch, row: number): BeforeSeamFate {
    const { seam } = this.#options
    assert(seam.by === 'time', 'only a seam by time has events before it')
    const judgement = this.#audit!.judge(batch, row)
    switch (judgement) {
      case 'doubled':
      case 'not-compared':
        return judgement
      case 'only-live':
        return seam.beforeSeam
      case 'after-close':
        return 'side' // history may have it, so it is not emitted whatever `beforeSeam` says
    }
  }

  /** `by: offset`: what the broker says of offsets that no file has. */
  explain(hole: ExplainedHole): void {
    assert(this.#coverage !== null, 'only a seam by offset has holes')
    this.#coverage.explain(hole)
  }

  /**
   * The proof as it stands. `retained`: whether the live side still holds the whole overlap; null where that is not
   * known. `skipped`: live records that history reaches to. `handedOver`: live has taken over.
   */
  prove(now: { retained: boolean | null; skipped: number; handedOver: boolean }): SeamPartition {
    const { seam, name: stream, partition } = this.#options
    const place = { stream, partition, historyLast: this.#historyLast, liveFirst: this.#liveFirst }
    if (seam.by === 'offset') {
      const liveFrom = now.handedOver ? this.#liveFrom : null
      return proveByOffset({ ...place, coverage: this.#coverage!.report(), liveFrom, doubled: now.skipped })
    }
    return proveByTime({
      ...place,
      at: seam.at,
      counts: this.#audit!.counts(),
      hasIdentity: seam.identity.length > 0,
      isClosed: this.#audit!.isClosed,
      retained: now.retained,
    })
  }

  snapshot(): SeamSnapshot {
    return {
      historyLast: this.#historyLast,
      liveFirst: this.#liveFirst,
      liveFrom: this.#liveFrom,
      overlap: this.#audit?.snapshot() ?? null,
      coverage: this.#coverage?.snapshot() ?? null,
    }
  }
}
