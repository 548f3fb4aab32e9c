/**
 * Coverage of the offsets of one partition by its history (C3, `by: offset`): every offset up to the newest, e, is
 * in a file once, or a hole that the broker explains, or a gap.
 *
 *     0        files: ████████ ██████   ███████ e │ live: e + 1 …
 *                             ▲      ▲▲▲
 *                     hole: compacted   gap
 *
 * Offsets come in any order and are kept as disjoint ranges [first, last], ascending, never touching one another.
 * An offset that comes again is a duplicate: it changes no range and is counted.
 */

import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { OffsetRange } from './offset-ranges.ts'
import { intersect, offsetsIn, rangesOf, union } from './offset-ranges.ts'

export type HoleReason = 'control' | 'aborted' | 'compacted'

/** Offsets that no file has because there is nothing to have. */
export interface ExplainedHole extends OffsetRange {
  readonly why: HoleReason
}

export interface CoverageReport {
  /** First and last offset covered by files; null where they have none. */
  readonly first: number | null
  readonly last: number | null
  /** Distinct offsets in files. */
  readonly offsets: number
  /** Holes that are explained, and those that are not; at most RANGES_REPORTED each, the totals are exact. */
  readonly holes: readonly ExplainedHole[]
  readonly holeOffsets: number
  readonly gaps: readonly OffsetRange[]
  readonly gapOffsets: number
  /** How often an offset came once more than it should. */
  readonly duplicates: number
  readonly duplicateRanges: readonly OffsetRange[]
}

/** The coverage as it stands; plain data. */
export interface CoverageSnapshot {
  readonly ranges: readonly OffsetRange[]
  readonly holes: readonly ExplainedHole[]
  readonly duplicates: number
  readonly duplicateRanges: readonly OffsetRange[]
}

/** Ranges listed in a report: enough to start looking, few enough for a certificate. */
export const RANGES_REPORTED = 100

export class OffsetCoverage {
  #ranges: OffsetRange[] = []
  #holes: ExplainedHole[] = []
  #duplicates = 0
  #duplicateRanges: OffsetRange[] = []

  constructor(snapshot: CoverageSnapshot | null = null) {
    if (snapshot === null) return
    this.#ranges = [...snapshot.ranges]
    this.#holes = [...snapshot.holes]
    this.#duplicates = snapshot.duplicates
    this.#duplicateRanges = [...snapshot.duplicateRanges]
  }

  /** The newest offset of history; −1 where there is none. */
  get last(): number {
    return this.#ranges.length === 0 ? -1 : this.#ranges[this.#ranges.length - 1].last
  }

  /** Offsets of rows of history, in any order; `limit-passed` above LIMITS.coverageRangesMax ranges. */
  add(offsets: Float64Array): void {
    if (offsets.length === 0) return
    const { ranges, repeats } = rangesOf(offsets)
    for (const repeat of repeats) this.#duplicate([{ first: repeat, last: repeat }], 1)
    this.#merge(ranges)
  }

  /** All offsets from `first` to `last`, both inclusive. */
  addRange(first: number, last: number): void {
    assert(first <= last, `offsets ${first}–${last} are no range`)
    this.#merge([{ first, last }])
  }

  /** What the broker says of offsets that no file has. Offsets that a file does have stay covered. */
  explain(hole: ExplainedHole): void {
    assert(hole.first <= hole.last, `offsets ${hole.first}–${hole.last} are no range`)
    this.#holes.push(hole)
  }

  /** The proof for the offsets from `first` (null: the first one covered) up to the newest one covered. */
  report(first: number | null = null): CoverageReport {
    const covered = this.#ranges
    const report = {
      first: covered.length === 0 ? null : covered[0].first,
      last: covered.length === 0 ? null : this.last,
      offsets: offsetsIn(covered),
      duplicates: this.#duplicates,
      duplicateRanges: this.#duplicateRanges,
    }
    const walk = new HoleWalk(this.#holes)
    let next = first ?? report.first ?? 0
    for (const range of covered) {
      if (range.first > next) walk.missing(next, range.first - 1)
      next = Math.max(next, range.last + 1)
    }
    const { holes, gaps } = walk
    return {
      ...report,
      holes: holes.slice(0, RANGES_REPORTED),
      holeOffsets: offsetsIn(holes),
      gaps: gaps.slice(0, RANGES_REPORTED),
      gapOffsets: offsetsIn(gaps),
    }
  }

  snapshot(): CoverageSnapshot {
    return {
      ranges: this.#ranges,
      holes: this.#holes,
      duplicates: this.#duplicates,
      duplicateRanges: this.#duplicateRanges,
    }
  }

  #merge(ranges: readonly OffsetRange[]): void {
    const merged = union(this.#ranges, ranges)
    const twice = offsetsIn(this.#ranges) + offsetsIn(ranges) - offsetsIn(merged)
    if (twice > 0) this.#duplicate(intersect(this.#ranges, ranges), twice)
    if (merged.length > LIMITS.coverageRangesMax) {
      throw new HindcastError(
        'limit-passed',
        `history covers offsets in more than ${LIMITS.coverageRangesMax} separate ranges`,
        {
          advice: 'Use a seam `by: time`, or compact the files so that each holds a run of offsets.',
        },
      )
    }
    this.#ranges = merged
  }

  #duplicate(ranges: readonly OffsetRange[], count: number): void {
    this.#duplicates += count
    for (const range of ranges) {
      if (this.#duplicateRanges.length === RANGES_REPORTED) return
      this.#duplicateRanges.push(range)
    }
  }
}

/** Splits what is missing into explained holes and gaps; asked in ascending order of offsets. */
class HoleWalk {
  readonly holes: ExplainedHole[] = []
  readonly gaps: OffsetRange[] = []
  readonly #explained: readonly ExplainedHole[]
  #at = 0

  constructor(explained: readonly ExplainedHole[]) {
    this.#explained = [...explained].sort((a, b) => a.first - b.first || a.last - b.last)
  }

  missing(first: number, last: number): void {
    let next = first
    while (next <= last) {
      const hole = this.#explaining(next)
      if (hole === null || hole.first > last) {
        this.gaps.push({ first: next, last })
        return
      }
      if (hole.first > next) this.gaps.push({ first: next, last: hole.first - 1 })
      const from = Math.max(next, hole.first)
      const to = Math.min(last, hole.last)
      this.holes.push({ first: from, last: to, why: hole.why })
      next = to + 1
    }
  }

  /** The first explanation that reaches to `offset` or beyond. */
  #explaining(offset: number): ExplainedHole | null {
    while (this.#at < this.#explained.length && this.#explained[this.#at].last < offset) this.#at++
    return this.#explained[this.#at] ?? null
  }
}
