/**
 * What a source remembers of its seam (C3) as it goes over it: the evidence that the certificate is made of, and,
 * for a seam `by: time`, what becomes of live events before T.
 */

import { assert } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import type {
  CoverageSnapshot,
  ExplainedHole,
  OffsetRange,
  OverlapSnapshot,
  SeamPartition,
  SeamPosition,
} from '../seam/index.ts'
import { OffsetCoverage, OverlapAudit, proveByOffset, proveByTime, RANGES_REPORTED } from '../seam/index.ts'
import type { Ticks } from '../time.ts'
import type { SeamSpec } from './source-spec.ts'

export interface SeamSnapshot {
  readonly historyLast: SeamPosition | null
  readonly liveFirst: SeamPosition | null
  /** Position from which live is read: that of the first start, or later where the topic had lost it at the hand-over. */
  readonly liveFrom: number
  /** `by: offset`: up to where live has had nothing but explained holes; not before `liveFrom`. */
  readonly quietUntil: number
  /** `by: offset`: first offset that the topic held when it was asked about gaps; null: it was not asked. */
  readonly topicFirst: number | null
  /** `by: offset`: where the topic ended at the hand-over; null: not known yet. */
  readonly topicNext: number | null
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
  #liveFrom: number
  #quietUntil: number
  #quietHoles = 0
  #topicFirst: number | null
  #topicNext: number | null
  #historyLast: SeamPosition | null
  #liveFirst: SeamPosition | null

  constructor(options: SeamOptions, snapshot: SeamSnapshot | null) {
    const { seam, name: stream, partition } = options
    this.#options = options
    this.#liveFrom = snapshot?.liveFrom ?? options.liveFrom
    this.#quietUntil = snapshot?.quietUntil ?? this.#liveFrom
    this.#topicFirst = snapshot?.topicFirst ?? null
    this.#topicNext = snapshot?.topicNext ?? null
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

  /** Live begins at `offset` only: the topic no longer holds what is before it. */
  beginAt(offset: number): void {
    this.#liveFrom = offset
    this.#quietUntil = offset
    this.#topicFirst = offset
  }

  /** At the hand-over the topic ends before this offset: files that hold it, or more, are not of this topic. */
  endsAt(offset: number): void {
    this.#topicNext = offset
  }

  /** `by: offset`: offsets before live that no file has and nothing explains so far; none where the seam is `by: time`. */
  missing(): readonly OffsetRange[] {
    return this.#coverage?.missing(this.#liveFrom) ?? []
  }

  /** `by: offset`: files have these offsets, in rows that are quarantined or outside of what the job asks for. */
  setAside(ranges: readonly OffsetRange[]): void {
    for (const { first, last } of ranges) this.#coverage?.explain({ first, last, why: 'set-aside' })
  }

  /** What the topic says of them; `topicFirst`: it holds nothing before. */
  explain(holes: readonly ExplainedHole[], topicFirst: number): void {
    assert(this.#coverage !== null, 'only a seam by offset has holes')
    this.#coverage.forgetDoubts()
    for (const hole of holes) this.#coverage.explain(hole)
    this.#topicFirst = topicFirst
  }

  /**
   * Holes that live was read over. Those right at the hand-over are part of its proof; there, where the first record of
   * live would be, somebody will look for one. Later ones are of no interest: live goes by position.
   */
  sawHoles(holes: readonly ExplainedHole[]): void {
    if (this.#coverage === null || this.hasSeenLive) return
    for (const { first, last, why } of holes) {
      if (last < this.#quietUntil) continue
      if (first > this.#quietUntil || this.#quietHoles === RANGES_REPORTED) return
      this.#coverage.explain({ first: this.#quietUntil, last, why })
      this.#quietUntil = last + 1
      this.#quietHoles++
    }
  }

  /**
   * The proof as it stands. `retained`: whether the live side still holds the whole overlap; null where that is not
   * known. `skipped`: live records that history reaches to. `handedOver`: live has taken over.
   */
  prove(now: { retained: boolean | null; skipped: number; handedOver: boolean }): SeamPartition {
    const { seam, name: stream, partition } = this.#options
    const place = { stream, partition, historyLast: this.#historyLast, liveFirst: this.#liveFirst }
    if (seam.by === 'offset') {
      const end = now.handedOver ? this.#quietUntil : 0
      const coverage = this.#coverage!.report(null, end)
      const { handedOver, skipped: doubled } = now
      const topic = { topicFirst: this.#topicFirst, topicNext: this.#topicNext }
      return proveByOffset({ ...place, coverage, handedOver, doubled, ...topic })
    }
    const wasLost = this.#liveFrom > this.#options.liveFrom
    return proveByTime({
      ...place,
      at: seam.at,
      counts: this.#audit!.counts(),
      hasIdentity: seam.identity.length > 0,
      isClosed: this.#audit!.isClosed,
      retained: wasLost ? false : now.retained,
    })
  }

  snapshot(): SeamSnapshot {
    return {
      historyLast: this.#historyLast,
      liveFirst: this.#liveFirst,
      liveFrom: this.#liveFrom,
      quietUntil: this.#quietUntil,
      topicFirst: this.#topicFirst,
      topicNext: this.#topicNext,
      overlap: this.#audit?.snapshot() ?? null,
      coverage: this.#coverage?.snapshot() ?? null,
    }
  }
}
