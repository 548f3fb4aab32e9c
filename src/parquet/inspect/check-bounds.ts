/**
 * Statistics held against the values that they are about.
 */

import type { LeafColumn } from '../format/leaf-columns.ts'
import type { Statistics } from '../format/metadata.ts'
import type { Bounds, BoundValue } from '../format/statistics-value.ts'
import { boundsOf } from '../format/statistics-value.ts'
import { compareBounds, plainBound, shortened } from './bound-value.ts'

/** Texts in messages are cut. */
const CHARACTERS_MAX = 60

/** What a value lies outside of, as the end of a sentence that begins with who says so; null where all lie inside. */
export function boundsComplaint(
  leaf: LeafColumn,
  claimed: Bounds | null,
  found: Bounds | null,
): string | null {
  if (claimed === null || found === null) return null
  if (compareBounds(found.min, claimed.min) < 0)
    return `a smallest value of ${text(leaf, claimed.min)}, and there is ${text(leaf, found.min)}`
  if (compareBounds(found.max, claimed.max) > 0)
    return `a largest value of ${text(leaf, claimed.max)}, and there is ${text(leaf, found.max)}`
  return null
}

/** Bounds that contradict each other; null where they do not, or cannot be told. */
export function claimComplaint(
  leaf: LeafColumn,
  { min, max }: Pick<Statistics, 'min' | 'max'>,
): string | null {
  if (min === null || max === null || boundsOf(leaf, { min, max }) !== null) return null
  // each by itself, to see whether it is a value at all
  const low = boundsOf(leaf, { min, max: min })?.min
  const high = boundsOf(leaf, { min: max, max })?.max
  if (low === undefined || high === undefined) return null
  return `its smallest value ${text(leaf, low)} is larger than its largest, ${text(leaf, high)}`
}

/** Everything in the statistics of a chunk or page that its values contradict. */
export function statisticsComplaints(
  leaf: LeafColumn,
  statistics: Statistics | null,
  found: { readonly nulls: number; readonly bounds: Bounds | null },
): readonly string[] {
  if (statistics === null) return []
  const complaints: string[] = []
  const { nulls, minIsExact, maxIsExact } = statistics
  if (nulls !== null && nulls !== found.nulls)
    complaints.push(`the statistics say ${nulls} nulls, there are ${found.nulls}`)
  const claim = claimComplaint(leaf, statistics)
  if (claim !== null) complaints.push(`the statistics: ${claim}`)
  const claimed = boundsOf(leaf, statistics)
  const outside = boundsComplaint(leaf, claimed, found.bounds)
  if (outside !== null) complaints.push(`the statistics say ${outside}`)
  else if (claimed !== null && found.bounds !== null) {
    if (minIsExact && compareBounds(claimed.min, found.bounds.min) !== 0)
      complaints.push(`the statistics say that ${text(leaf, claimed.min)} occurs, and it does not`)
    if (maxIsExact && compareBounds(claimed.max, found.bounds.max) !== 0)
      complaints.push(`the statistics say that ${text(leaf, claimed.max)} occurs, and it does not`)
  }
  return complaints
}

function text(leaf: LeafColumn, bound: BoundValue): string {
  const value = leaf.type === null ? String(bound) : plainBound(leaf.type, bound)
  return shortened(typeof value === 'string' ? JSON.stringify(value) : String(value), CHARACTERS_MAX)
}
