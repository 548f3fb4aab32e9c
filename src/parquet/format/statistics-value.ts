/**
 * Bounds of a column chunk or page as values, from the bytes that the writer left.
 *
 * Invariant: a bound that is not certain is none. A missing one costs memory or time; a wrong one costs rows, or the
 * order of events.
 * Source: apache/parquet-format, `parquet.thrift` (Statistics, ColumnOrder).
 */

import type { LeafColumn } from './leaf-columns.ts'
import type { Statistics } from './metadata.ts'

/**
 * A bound: a bigint for bools (0, 1), integers, dates (days), times and timestamps (ticks of the type's unit) and
 * decimals (unscaled); a number for floats; bytes for utf8 and binary, a uuid as its text.
 */
export type BoundValue = bigint | number | Uint8Array

export interface Bounds {
  readonly min: BoundValue
  readonly max: BoundValue
}

/**
 * Smallest and largest value that the column may have, nulls and NaN aside (a float column may hold NaN whatever its
 * bounds are); null where that is not known. Zero bounds of floats come as −0 (min) and +0 (max), which compare equal.
 */
export function boundsOf(
  leaf: LeafColumn,
  statistics: Pick<Statistics, 'min' | 'max'> | null,
): Bounds | null {
  if (statistics === null || statistics.min === null || statistics.max === null || leaf.type === null)
    return null
  const min = boundValue(leaf, statistics.min)
  const max = boundValue(leaf, statistics.max)
  if (min === null || max === null || !isOrdered(min, max)) return null
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }
}

/** Null where the bytes are not one value of the column. */
function boundValue(leaf: LeafColumn, bytes: Uint8Array): BoundValue | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (leaf.physical) {
    case 'BOOLEAN':
      return bytes.length === 1 && bytes[0]! < 2 ? BigInt(bytes[0]!) : null
    case 'INT32':
      if (bytes.length !== 4) return null
      return BigInt(isUnsigned(leaf) ? view.getUint32(0, true) : view.getInt32(0, true))
    case 'INT64':
      if (bytes.length !== 8) return null
      return isUnsigned(leaf) ? view.getBigUint64(0, true) : view.getBigInt64(0, true)
    case 'INT96':
      return null // its bytes have no order that writers agree on
    case 'FLOAT':
      return bytes.length === 4 ? notNaN(view.getFloat32(0, true)) : null
    case 'DOUBLE':
      return bytes.length === 8 ? notNaN(view.getFloat64(0, true)) : null
    case 'BYTE_ARRAY':
      return isDecimal(leaf) ? bigEndian(bytes) : bytes
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedValueOf(leaf, bytes, view)
  }
}

function fixedValueOf(leaf: LeafColumn, bytes: Uint8Array, view: DataView): BoundValue | null {
  const isWhole = bytes.length === leaf.typeLength
  if (leaf.form === 'fixed') return bytes.length <= leaf.typeLength! ? bytes : null // may have been shortened
  if (!isWhole) return null
  if (isDecimal(leaf)) return bigEndian(bytes)
  if (leaf.form === 'float16') return notNaN(view.getFloat16(0, true))
  return uuidText(bytes)
}

function isDecimal({ form }: LeafColumn): boolean {
  return form === 'decimal-bytes' || form === 'decimal-wide'
}

function isUnsigned({ type }: LeafColumn): boolean {
  return type?.name.startsWith('uint') === true
}

function notNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

/** Two's complement; null where it is longer than any decimal of ours. */
function bigEndian(bytes: Uint8Array): bigint | null {
  if (bytes.length === 0 || bytes.length > 64) return null
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(8 * bytes.length, value)
}

/** The text has the order of the bytes, as hexadecimal digits in lower case do. */
function uuidText(bytes: Uint8Array): Uint8Array {
  let text = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += bytes[i]!.toString(16).padStart(2, '0')
  }
  return new TextEncoder().encode(text)
}

function isOrdered(min: BoundValue, max: BoundValue): boolean {
  if (min instanceof Uint8Array || max instanceof Uint8Array)
    return min instanceof Uint8Array && max instanceof Uint8Array && compareBytes(min, max) <= 0
  return min <= max
}

/** Unsigned and byte by byte, which is the order of strings and bytes in the format: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
