/**
 * Bounds of a time column in milliseconds since the epoch, rounded outward, for ordering row groups and pruning.
 *
 * Invariant: every time of the column lies in [minMs, maxMs], or nothing is claimed.
 */

import type { TimeUnit } from '../../core/time.ts'
import type { LeafColumn } from './leaf-columns.ts'
import type { Statistics } from './metadata.ts'
import type { BoundValue } from './statistics-value.ts'
import { boundsOf } from './statistics-value.ts'

export interface TimeBounds {
  readonly minMs: number | null
  readonly maxMs: number | null
}

/** A millisecond, and whether the time lies behind its beginning. */
interface Moment {
  readonly ms: number
  readonly fraction: boolean
}

/** Nothing is known. */
const NO_BOUNDS: TimeBounds = { minMs: null, maxMs: null }
const DAY_MS = 86_400_000n

/** Times of a column by its statistics; `unit` is what a column of numbers counts, and needed for such only. */
export function timeBounds(
  leaf: LeafColumn,
  statistics: Pick<Statistics, 'min' | 'max'> | null,
  unit: TimeUnit | undefined,
): TimeBounds {
  const bounds = boundsOf(leaf, statistics)
  if (bounds === null) return NO_BOUNDS
  const [low, high] = [momentOf(leaf, bounds.min, unit), momentOf(leaf, bounds.max, unit)]
  if (low === null || high === null) return NO_BOUNDS
  return { minMs: outward(low.ms, -1), maxMs: outward(high.ms, 1) + (high.fraction ? 1 : 0) }
}

/** Null where the column is none of times. */
function momentOf({ type }: LeafColumn, value: BoundValue, unit: TimeUnit | undefined): Moment | null {
  switch (type?.name) {
    case 'timestamp':
      return typeof value === 'bigint' ? wholeMoment(value, type.unit) : null
    case 'date':
      return typeof value === 'bigint' ? { ms: Number(value * DAY_MS), fraction: false } : null
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return typeof value === 'bigint' && unit !== undefined ? wholeMoment(value, unit) : null
    case 'float32':
    case 'float64':
      return typeof value === 'number' && unit !== undefined ? floatMoment(value, unit) : null
    default:
      return null
  }
}

/** Exact: BigInt costs nothing here, and a float64 would round large microseconds across a millisecond. */
function wholeMoment(value: bigint, unit: TimeUnit): Moment {
  if (unit === 's') return { ms: Number(value * 1000n), fraction: false }
  if (unit === 'ms') return { ms: Number(value), fraction: false }
  const perMs = unit === 'us' ? 1000n : 1_000_000n
  const rest = ((value % perMs) + perMs) % perMs
  return { ms: Number((value - rest) / perMs), fraction: rest !== 0n }
}

/** A millisecond wider than need be, as multiplying rounds; an infinite time bounds nothing. */
function floatMoment(value: number, unit: TimeUnit): Moment | null {
  if (!Number.isFinite(value)) return null
  const ms = { s: value * 1000, ms: value, us: value / 1000, ns: value / 1e6 }[unit]
  return { ms: Math.floor(ms), fraction: true }
}

/** Beyond 2^53 a float64 has been rounded, by half of 2^-52 of it at most. */
function outward(ms: number, sign: 1 | -1): number {
  return Number.isSafeInteger(ms) ? ms : ms + sign * Math.abs(ms) * 2 ** -52
}
