/**
 * Bounds of statistics as values that people and JSON can read, and their order.
 *
 * Invariant: a bound reads as `valueAt` would give the value, so that what `inspect` prints can be looked for in `head`.
 */

import type { Column, ColumnType } from '../../core/batch/index.ts'
import {
  isWideDecimal,
  physicalKind,
  valueAt,
  WIDE_DECIMAL_BYTES,
  wideDecimalBytes,
} from '../../core/batch/index.ts'
import type { BoundValue } from '../format/statistics-value.ts'
import { compareBytes } from '../format/statistics-value.ts'

/** A value as JSON can hold it: whole numbers beyond 2^53, times and decimals are text, binary is base64. */
export type PlainBound = string | number | boolean

/** Longer texts are cut, with `…` behind them. */
const CHARACTERS_MAX = 256
/** UTF-8 has at most four bytes a character. */
const BYTES_MAX = 4 * CHARACTERS_MAX

/** The value of a bound of a column of type `type`; float bounds that are not finite come as text. */
export function plainBound(type: ColumnType, bound: BoundValue): PlainBound {
  const bits = isWideDecimal(type) ? 8 * WIDE_DECIMAL_BYTES : 64
  if (typeof bound === 'bigint' && BigInt.asIntN(bits, bound) !== bound && type.name !== 'uint64')
    return String(bound) // a decimal of more digits than its type has
  const value = valueAt(columnOf(type, bound), type, 0)
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string') return shortened(value)
  return value ?? ''
}

/** A column of one row. */
function columnOf(type: ColumnType, bound: BoundValue): Column {
  if (typeof bound === 'number') return { kind: 'f64', values: Float64Array.of(bound), valid: null }
  if (typeof bound !== 'bigint' || isWideDecimal(type)) {
    const bytes = typeof bound === 'bigint' ? wideDecimalBytes(bound) : bound.subarray(0, BYTES_MAX)
    return { kind: 'bytes', offsets: Int32Array.of(0, bytes.length), bytes, valid: null }
  }
  const low = Number(BigInt.asIntN(32, bound))
  if (physicalKind(type) === 'i32') return { kind: 'i32', values: Int32Array.of(low), valid: null }
  const high = Number(BigInt.asIntN(32, bound >> 32n))
  return { kind: 'i64', values: Int32Array.of(low, high), valid: null }
}

/** Negative, 0 or positive, in the order of the column's type. Both are bounds of one column. */
export function compareBounds(a: BoundValue, b: BoundValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Text of at most `charactersMax` characters; what is longer ends in `…`. */
export function shortened(text: string, charactersMax: number = CHARACTERS_MAX): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`
}
