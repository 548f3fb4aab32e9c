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

/** Why there is nothing to have; `set-aside`: a file has it, and it is quarantined or outside of `from` and `until`. */
export type HoleReason = 'control' | 'aborted' | 'compacted' | 'set-aside'

/**
 * Why nothing explains that a topic has no record where one must have been: by its settings it is not compacted; the
 * broker does not tell its settings.
 */
export type DoubtReason = 'not-compacted' | 'settings-denied'

/** Offsets at which a topic has no record for us: a hole, or with a doubt a gap. */
export interface ExplainedHole extends OffsetRange {
  readonly why: HoleReason | DoubtReason
}

/** Offsets that no file has and nothing explains; `why`: what the topic says instead. */
export interface Gap extends OffsetRange {
  readonly why?: DoubtReason
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
  readonly gaps: readonly Gap[]
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

  /**
   * What the broker says of offsets that no file has. Offsets that a file does have stay covered. `limit-passed` above
   * LIMITS.coverageRangesMax holes that do not follow one another.
   */
  explain(hole: ExplainedHole): void {
    const { first, last, why } = hole
    assert(first <= last, `offsets ${first}–${last} are no range`)
    const before = this.#holes.at(-1)
    if (before !== undefined && before.why === why && before.last + 1 === first) {
      this.#holes[this.#holes.length - 1] = { first: before.first, last, why }
      return
    }
    if (this.#holes.length === LIMITS.coverageRangesMax) throw tooMany('the broker explains')
    this.#holes.push(hole)
  }

  /** What was told in doubt is forgotten: it is about to be asked again. */
  forgetDoubts(): void {
    this.#holes = this.#holes.filter(({ why }) => !isDoubt(why))
  }

  /** Offsets below `end`, behind the first one covered, that no file has and nothing explains; ascending, all of them. */
  missing(end: number): readonly OffsetRange[] {
    return this.#walk(null, end).gaps
  }

  /**
   * The proof for the offsets from `first` (null: the first one covered, else 0) up to the newest one covered, and beyond
   * it up to `end`, exclusive, where live was read from there on only.
   */
  report(first: number | null = null, end = 0): CoverageReport {
    const covered = this.#ranges
    const report = {
      first: covered.length === 0 ? null : covered[0].first,
      last: covered.length === 0 ? null : this.last,
      offsets: offsetsIn(covered),
      duplicates: this.#duplicates,
      duplicateRanges: this.#duplicateRanges,
    }
    const { holes, gaps } = this.#walk(first, end)
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

  #walk(first: number | null, end: number): HoleWalk {
    const walk = new HoleWalk(this.#holes)
    let next = first ?? this.#ranges[0]?.first ?? 0
    for (const range of this.#ranges) {
      if (range.first > next) walk.missing(next, range.first - 1)
      next = Math.max(next, range.last + 1)
    }
    if (end > next) walk.missing(next, end - 1)
    return walk
  }

  #merge(ranges: readonly OffsetRange[]): void {
    const merged = union(this.#ranges, ranges)
    const twice = offsetsIn(this.#ranges) + offsetsIn(ranges) - offsetsIn(merged)
    if (twice > 0) this.#duplicate(intersect(this.#ranges, ranges), twice)
    if (merged.length > LIMITS.coverageRangesMax) throw tooMany('history covers')
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

function isDoubt(why: ExplainedHole['why']): why is DoubtReason {
  return why === 'not-compacted' || why === 'settings-denied'
}

function tooMany(who: string): HindcastError {
  return new HindcastError(
    'limit-passed',
    `${who} offsets in more than ${LIMITS.coverageRangesMax} separate ranges`,
    { advice: 'Use a seam `by: time`, or compact the files so that each holds a run of offsets.' },
  )
}

/** Splits what is missing into explained holes and gaps; asked in ascending order of offsets. */
class HoleWalk {
  readonly holes: ExplainedHole[] = []
  readonly gaps: Gap[] = []
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
      if (isDoubt(hole.why)) this.gaps.push({ first: from, last: to, why: hole.why })
      else this.holes.push({ first: from, last: to, why: hole.why })
      next = to + 1
    }
  }

  /** The first explanation that reaches to `offset` or beyond. */
  #explaining(offset: number): ExplainedHole | null {
    while (this.#at < this.#explained.length && this.#explained[this.#at].last < offset) this.#at++
    return this.#explained[this.#at] ?? null
  }
}
