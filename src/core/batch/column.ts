/**
 * Columns: typed arrays plus validity.
 *
 * Invariants: `valid` is null when no value is null, else one byte a row, 1 valid and 0 null. Memory under a
 * null is zero (0, empty string), so that hashing and writing need no second look. A column is never changed
 * after it has been handed on.
 */

import { assert } from '../../errors.ts'
import { isCoded } from './coded-strings.ts'
import type { ColumnType, PhysicalKind } from './schema.ts'
import { physicalKind } from './schema.ts'

/** One byte a row: 1 valid, 0 null; null when every row is valid. */
export type Validity = Uint8Array | null

export interface I32Column {
  readonly kind: 'i32'
  readonly values: Int32Array
  readonly valid: Validity
}

/** `values[2 i]` is the low half, `values[2 i + 1]` the high half of row i. */
export interface I64Column {
  readonly kind: 'i64'
  readonly values: Int32Array
  readonly valid: Validity
}

export interface F64Column {
  readonly kind: 'f64'
  readonly values: Float64Array
  readonly valid: Validity
}

/**
 * Row i is `bytes[offsets[i] … offsets[i + 1])`; `offsets` has rows + 1 entries and need not start at 0. Strings that
 * repeat may come as codes: see coded-strings.ts.
 */
export interface BytesColumn {
  readonly kind: 'bytes'
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  readonly valid: Validity
}

export type Column = I32Column | I64Column | F64Column | BytesColumn

export function columnRows(column: Column): number {
  if (isCoded(column)) return column.codes.length
  switch (column.kind) {
    case 'i64':
      return column.values.length / 2
    case 'bytes':
      return column.offsets.length - 1
    default:
      return column.values.length
  }
}

export function isValid(column: Column, row: number): boolean {
  return column.valid === null || column.valid[row] === 1
}

/** A column of nulls. */
export function nullColumn(type: ColumnType, rows: number): Column {
  const valid = new Uint8Array(rows)
  switch (physicalKind(type)) {
    case 'i32':
      return { kind: 'i32', values: new Int32Array(rows), valid }
    case 'i64':
      return { kind: 'i64', values: new Int32Array(2 * rows), valid }
    case 'f64':
      return { kind: 'f64', values: new Float64Array(rows), valid }
    case 'bytes':
      return { kind: 'bytes', offsets: new Int32Array(rows + 1), bytes: new Uint8Array(0), valid }
  }
}

export function expectKind<K extends PhysicalKind>(column: Column, kind: K): Extract<Column, { kind: K }> {
  assert(column.kind === kind, `column is ${column.kind}, expected ${kind}`)
  return column as Extract<Column, { kind: K }>
}

/** Bytes of memory a column keeps alive, for budgets. */
export function columnBytes(column: Column): number {
  const valid = column.valid === null ? 0 : column.valid.byteLength
  if (column.kind !== 'bytes') return valid + column.values.byteLength
  if (isCoded(column)) return valid + column.codes.byteLength
  return valid + column.offsets.byteLength + column.bytes.byteLength
}

const TWO_32 = 4294967296

/** An int64 as a float64; exact up to 2^53, rounded beyond. */
export function i64ToNumber(low: number, high: number): number {
  return high * TWO_32 + (low >>> 0)
}

/** Writes a whole number (|value| ≤ 2^53) as the halves of row `row`. */
export function setI64(values: Int32Array, row: number, value: number): void {
  values[2 * row] = value | 0 // ToInt32 is modulo 2^32, exact for whole numbers
  values[2 * row + 1] = Math.floor(value / TWO_32)
}

/** An int64 as a BigInt: for messages and tests, never on the hot path. */
export function i64ToBigInt(low: number, high: number, unsigned = false): bigint {
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  return unsigned ? bits : BigInt.asIntN(64, bits)
}
