/**
 * Lossless widening of column types: what files of one history, and event and feature keys, may differ in.
 *
 *     int8 → int16 → int32 → int64            float32 → float64 ← integers to 32 bits
 *     uint8 → int16, uint16 → int32, uint32 → int64
 *     integers → decimal with room for all their digits; decimal → decimal with room for both
 *     timestamp → finer unit; date → timestamp at midnight UTC; without zone → UTC (the same instant, C1)
 *     time → finer unit; without zone → UTC
 *
 * Nothing else widens: int64 with float64, text with numbers, uint64 with int64 lose values or meaning. A finer unit
 * or a date reaches less far from 1970 (nanoseconds: 1677 to 2262); a value beyond is a bad row, never another value.
 */

import type { ColumnType } from '../core/batch/index.ts'
import { DECIMAL_DIGITS_MAX, sameType } from '../core/batch/index.ts'
import type { TimeUnit } from '../core/time.ts'

/** The narrowest type that holds every value of both, or null where there is none. */
export function widenTypes(a: ColumnType, b: ColumnType): ColumnType | null {
  if (sameType(a, b)) return a
  return widenIntegers(a, b) ?? widenFloats(a, b) ?? widenDecimals(a, b) ?? widenTimes(a, b) ?? null
}

/**
 * Order in which several types are widened so that the result does not hang on the order of files: integers of mixed
 * sign would become int64 before they meet the float or decimal that holds each of them.
 */
export function wideningRank(type: ColumnType): number {
  if (isFloat(type)) return 0
  return type.name === 'decimal' ? 1 : 2
}

/** Whether every value of `from` is a value of `to`. */
export function widensTo(from: ColumnType, to: ColumnType): boolean {
  const wide = widenTypes(from, to)
  return wide !== null && sameType(wide, to)
}

const SIGNED = ['int8', 'int16', 'int32', 'int64'] as const
const UNSIGNED = ['uint8', 'uint16', 'uint32', 'uint64'] as const
const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']

/** Digits of the largest value, for decimals. */
const INTEGER_DIGITS: ReadonlyMap<string, number> = new Map([
  ['int8', 3],
  ['uint8', 3],
  ['int16', 5],
  ['uint16', 5],
  ['int32', 10],
  ['uint32', 10],
  ['int64', 19],
  ['uint64', 20],
])

function widenIntegers(a: ColumnType, b: ColumnType): ColumnType | null {
  const [signedA, signedB] = [signedRank(a), signedRank(b)]
  const [unsignedA, unsignedB] = [unsignedRank(a), unsignedRank(b)]
  if (signedA >= 0 && signedB >= 0) return { name: SIGNED[Math.max(signedA, signedB)]! }
  if (unsignedA >= 0 && unsignedB >= 0) return { name: UNSIGNED[Math.max(unsignedA, unsignedB)]! }
  const [signed, unsigned] = signedA >= 0 ? [signedA, unsignedB] : [signedB, unsignedA]
  if (signed < 0 || unsigned < 0) return null
  const name = SIGNED[Math.max(signed, unsigned + 1)]
  return name === undefined ? null : { name }
}

function widenFloats(a: ColumnType, b: ColumnType): ColumnType | null {
  const floats = Number(isFloat(a)) + Number(isFloat(b))
  if (floats === 2) return { name: 'float64' }
  const integer = isFloat(a) ? b : a
  const narrow =
    signedRank(integer) >= 0
      ? signedRank(integer) <= 2
      : unsignedRank(integer) >= 0 && unsignedRank(integer) <= 2
  return floats === 1 && narrow ? { name: 'float64' } : null
}

function widenDecimals(a: ColumnType, b: ColumnType): ColumnType | null {
  if (a.name !== 'decimal' && b.name !== 'decimal') return null
  const [x, y] = [decimalOf(a), decimalOf(b)]
  if (x === null || y === null) return null
  const scale = Math.max(x.scale, y.scale)
  const precision = scale + Math.max(x.precision - x.scale, y.precision - y.scale)
  return precision <= DECIMAL_DIGITS_MAX ? { name: 'decimal', precision, scale } : null
}

function widenTimes(a: ColumnType, b: ColumnType): ColumnType | null {
  if (a.name === 'date' && b.name === 'timestamp') return b
  if (a.name === 'timestamp' && b.name === 'date') return a
  if (a.name !== b.name || (a.name !== 'timestamp' && a.name !== 'time')) return null
  const other = b as typeof a
  const finer = UNITS.indexOf(a.unit) > UNITS.indexOf(other.unit) ? a : other
  return { ...finer, utc: a.utc || other.utc }
}

function decimalOf(type: ColumnType): { readonly precision: number; readonly scale: number } | null {
  if (type.name === 'decimal') return type
  const precision = INTEGER_DIGITS.get(type.name)
  return precision === undefined ? null : { precision, scale: 0 }
}

function signedRank(type: ColumnType): number {
  return (SIGNED as readonly string[]).indexOf(type.name)
}

function unsignedRank(type: ColumnType): number {
  return (UNSIGNED as readonly string[]).indexOf(type.name)
}

function isFloat(type: ColumnType): boolean {
  return type.name === 'float32' || type.name === 'float64'
}
