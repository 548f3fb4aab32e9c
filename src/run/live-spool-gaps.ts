/** Which offsets the topic is asked about while it can still answer: those that files of a partition may not have (C3). */

import type { OffsetRange } from '../core/seam/index.ts'
import type { PinnedFile } from '../plan/index.ts'

/**
 * Ranges of offsets from the first file's on and below `end`, ascending and apart: between files, and within those that
 * have, or may have, fewer rows than offsets. What metadata prove to be whole is not asked about.
 */
export function rangesInDoubt(files: readonly PinnedFile[], partition: number, end: number): OffsetRange[] {
  const held = files
    .flatMap(file => (file.range?.partition === partition ? [{ file, range: file.range }] : []))
    .sort((a, b) => a.range.offsetFirst - b.range.offsetFirst)
  const doubts: OffsetRange[] = []
  const doubt = (first: number, last: number): void => {
    const before = doubts.at(-1)
    const to = Math.min(last, end - 1)
    if (first > to) return
    if (before !== undefined && first <= before.last + 1)
      doubts[doubts.length - 1] = { first: before.first, last: Math.max(before.last, to) }
    else doubts.push({ first, last: to })
  }
  let next = held[0]?.range.offsetFirst ?? end
  for (const { file, range } of held) {
    doubt(next, range.offsetFirst - 1)
    // Its end is not known before it is read: up to the next file, or to live.
    const last = range.offsetLast ?? range.offsetFirst
    if (range.offsetLast === null || !isWhole(file, last - range.offsetFirst + 1))
      doubt(range.offsetFirst, last)
    next = Math.max(next, last + 1)
  }
  doubt(next, end - 1)
  return doubts
}

/** What of some ranges the holes leave open. Both ascending and apart. */
export function rangesWithout(ranges: readonly OffsetRange[], holes: readonly OffsetRange[]): OffsetRange[] {
  const left: OffsetRange[] = []
  let h = 0
  for (const { first, last } of ranges) {
    let next = first
    while (h < holes.length && holes[h]!.last < first) h++
    for (let at = h; at < holes.length && holes[at]!.first <= last; at++) {
      const hole = holes[at]!
      if (hole.first > next) left.push({ first: next, last: hole.first - 1 })
      next = Math.max(next, hole.last + 1)
    }
    if (next <= last) left.push({ first: next, last })
  }
  return left
}

/** Footers of Parquet count rows; of text they are estimated. */
function isWhole({ format, units }: PinnedFile, offsets: number): boolean {
  return format === 'parquet' && units.reduce((sum, { rows }) => sum + rows, 0) === offsets
}
