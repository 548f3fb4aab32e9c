/**
 * Who reads which span, from which offsets its samples are numbered, and which sealed slices may be committed. Pure.
 *
 *     span 0   read: rows are counted ──► numbers of span 1 ──► sealed …
 *     span 1        read meanwhile, its files wait for their first number
 *
 * Invariant: sealed slices leave in order of time for each partition, whichever lane is done first.
 */

import { assert } from '../errors.ts'
import type { Span } from '../lanes/index.ts'
import type { SealedSlice } from './slice-committer.ts'

interface SpanProgress {
  readonly span: Span
  lane: number | null
  /** First number of each partition; null: not known yet. */
  offsets: readonly number[] | null
  /** Rows of each partition; null: not read to its end yet. */
  rows: readonly number[] | null
  readonly sealed: { readonly partition: number; readonly slice: SealedSlice }[]
  /** Sealed slices of all partitions that are still to come. */
  missing: number
}

/** A span whose lane is to be told its first numbers. */
export interface KnownOffsets {
  readonly lane: number
  readonly span: number
  readonly offsets: readonly number[]
}

export class SpanBoard {
  readonly #spans: SpanProgress[]
  #next = 0
  readonly #openMax: number
  /** First span of which a slice is still to be released. */
  #released = 0

  /** At most `openMax` spans are assigned before the first of them is released: their files are open. */
  constructor(spans: readonly Span[], offsets: readonly number[], sliceMs: number, openMax: number) {
    this.#openMax = openMax
    this.#spans = spans.map((span, index) => ({
      span,
      lane: null,
      offsets: index === 0 ? offsets : null,
      rows: null,
      sealed: [],
      missing: Math.round((span.untilMs - span.fromMs) / sliceMs) * offsets.length,
    }))
  }

  /** All slices have been released. */
  get isDone(): boolean {
    return this.#released === this.#spans.length
  }

  /** The next span, for a lane that has nothing to read; null where there is none, or too many are open. */
  assign(lane: number): Span | null {
    const progress = this.#spans[this.#next]
    if (progress === undefined || this.#next - this.#released >= this.#openMax) return null
    this.#next++
    progress.lane = lane
    return progress.span
  }

  /** First numbers of a span that has just been assigned, where they are known. */
  offsetsOf(span: number): readonly number[] | null {
    return this.#spans[span]!.offsets
  }

  /** A span has been read; returns the spans whose lanes can now be told their first numbers. */
  read(span: number, rows: readonly number[]): KnownOffsets[] {
    this.#spans[span]!.rows = rows
    const known: KnownOffsets[] = []
    for (let s = 1; s < this.#spans.length; s++) {
      const [before, progress] = [this.#spans[s - 1]!, this.#spans[s]!]
      if (progress.offsets !== null) continue
      if (before.offsets === null || before.rows === null) break
      progress.offsets = before.offsets.map((offset, p) => offset + before.rows![p]!)
      if (progress.lane !== null) known.push({ lane: progress.lane, span: s, offsets: progress.offsets })
    }
    return known
  }

  /** A slice has been sealed; returns what may be committed now, in order. */
  sealed(span: number, partition: number, slice: SealedSlice): { partition: number; slice: SealedSlice }[] {
    const progress = this.#spans[span]!
    assert(progress.missing > progress.sealed.length, 'a span seals each slice once')
    progress.sealed.push({ partition, slice })
    const released: { partition: number; slice: SealedSlice }[] = []
    for (; this.#released < this.#spans.length; this.#released++) {
      const first = this.#spans[this.#released]!
      released.push(...first.sealed)
      first.missing -= first.sealed.length
      first.sealed.length = 0
      if (first.missing > 0) break
    }
    return released
  }
}
