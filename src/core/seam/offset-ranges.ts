/**
 * Sets of offsets as ranges: ascending, disjoint, and never touching (`[1, 2] [3, 4]` is `[1, 4]`), so that equal
 * sets have equal lists.
 */

/** Offsets from `first` to `last`, both inclusive. */
export interface OffsetRange {
  readonly first: number
  readonly last: number
}

/** The set of `offsets`, given in any order, and those that come more than once (each time but the first). */
export function rangesOf(offsets: Float64Array): { ranges: OffsetRange[]; repeats: number[] } {
  const sorted = isAscending(offsets) ? offsets : offsets.slice().sort()
  const ranges: OffsetRange[] = []
  const repeats: number[] = []
  let first = sorted[0]
  let last = first
  for (let i = 1; i < sorted.length; i++) {
    const offset = sorted[i]
    if (offset === last) repeats.push(offset)
    else if (offset !== last + 1) {
      ranges.push({ first, last })
      first = offset
    }
    last = offset
  }
  if (sorted.length > 0) ranges.push({ first, last })
  return { ranges, repeats }
}

function isAscending(offsets: Float64Array): boolean {
  for (let i = 1; i < offsets.length; i++) if (offsets[i] < offsets[i - 1]) return false
  return true
}

/** How many offsets the ranges hold. */
export function offsetsIn(ranges: readonly OffsetRange[]): number {
  let offsets = 0
  for (const range of ranges) offsets += range.last - range.first + 1
  return offsets
}

export function union(a: readonly OffsetRange[], b: readonly OffsetRange[]): OffsetRange[] {
  const merged: OffsetRange[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const range = j === b.length || (i < a.length && a[i].first <= b[j].first) ? a[i++] : b[j++]
    const before = merged[merged.length - 1]
    if (before === undefined || range.first > before.last + 1) merged.push(range)
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last }
  }
  return merged
}

export function intersect(a: readonly OffsetRange[], b: readonly OffsetRange[]): OffsetRange[] {
  const common: OffsetRange[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const first = Math.max(a[i].first, b[j].first)
    const last = Math.min(a[i].last, b[j].last)
    if (first <= last) common.push({ first, last })
    if (a[i].last < b[j].last) i++
    else j++
  }
  return common
}
