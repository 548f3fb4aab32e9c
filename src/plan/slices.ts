/**
 * Slices (C6): UTC ranges of equal length, aligned to the epoch, independent of how input is read.
 */

import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { SlicePlan } from './plan.ts'

/** Start of the slice that holds a time, ms. */
export function sliceStart(timeMs: number, sliceMs: number): number {
  return Math.floor(timeMs / sliceMs) * sliceMs
}

/** The slices that cover [fromMs, lastMs]; none where nothing is known. */
export function slicesOf(fromMs: number | null, lastMs: number | null, sliceMs: number): SlicePlan[] {
  if (fromMs === null || lastMs === null) return []
  const first = sliceStart(fromMs, sliceMs)
  const count = Math.floor((lastMs - first) / sliceMs) + 1
  if (count > LIMITS.slicesMax) {
    throw new HindcastError(
      'limit-passed',
      `${count} slices of ${sliceMs} ms, more than ${LIMITS.slicesMax} (slicesMax)`,
      {
        where: { path: 'output.slice' },
        advice: 'Make `output.slice` longer, or bound the history with `from` and `until`.',
      },
    )
  }
  return Array.from({ length: count }, (_, k) => ({
    startMs: first + k * sliceMs,
    endMs: first + (k + 1) * sliceMs,
  }))
}

/** Name of a slice in paths: `2001-01-01T000000Z`, with milliseconds where it has some. */
export function sliceName(startMs: number): string {
  return isoOfMs(startMs).replace('.000Z', 'Z').replaceAll(':', '')
}
