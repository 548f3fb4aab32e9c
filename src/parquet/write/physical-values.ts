/**
 * Columns in the memory form of Parquet's physical types: 4-byte words, 8-byte words, or strings. What is the same
 * already is not copied.
 *
 *     bool, int8 … uint32, date, time of ms, decimal to 9 digits   words of 4
 *     float32                                                      words of 4, the bits of the float
 *     int64, uint64, timestamp, time, decimal to 18 digits         words of 8 (two int32 each)
 *     float64                                                      words of 8, the bits of the double
 *     utf8, binary                                                 strings
 *     decimal of more digits                                       strings of 16 bytes
 */

import type { BytesColumn, Column, ColumnType } from '../../core/batch/index.ts'
import { isCoded, isWideDecimal, WIDE_DECIMAL_BYTES } from '../../core/batch/index.ts'
import { assert, HindcastError, located } from '../../errors.ts'
import { passed } from '../damage.ts'

export type PhysicalLayout = 'w4' | 'w8' | 'bytes'

/** `words` has one int32 a row for w4, two for w8. */
export type PhysicalValues =
  | { readonly layout: 'w4' | 'w8'; readonly words: Int32Array; readonly valid: Uint8Array | null }
  | { readonly layout: 'bytes'; readonly column: BytesColumn; readonly valid: Uint8Array | null }

/** Digits that fit an INT32. */
export const DECIMAL_INT32_DIGITS = 9

export function layoutOf(type: ColumnType): PhysicalLayout {
  switch (type.name) {
    case 'int64':
    case 'uint64':
    case 'timestamp':
    case 'float64':
      return 'w8'
    case 'time':
      return type.unit === 'ms' ? 'w4' : 'w8'
    case 'decimal':
      if (isWideDecimal(type)) return 'bytes'
      return type.precision <= DECIMAL_INT32_DIGITS ? 'w4' : 'w8'
    case 'utf8':
    case 'binary':
      return 'bytes'
    default:
      return 'w4'
  }
}

/** Raises `argument-invalid` for a decimal of more than 18 digits that has not 16 bytes. */
export function physicalValues(column: Column, type: ColumnType): PhysicalValues {
  const { valid } = column
  if (column.kind === 'bytes') {
    if (isWideDecimal(type)) checkWidths(column)
    return { layout: 'bytes', column, valid }
  }
  if (column.kind === 'i32') return { layout: 'w4', words: column.values, valid }
  if (column.kind === 'f64') {
    if (type.name === 'float64') return { layout: 'w8', words: bits(column.values), valid }
    return { layout: 'w4', words: bits(Float32Array.from(column.values)), valid }
  }
  if (layoutOf(type) === 'w4') {
    return { layout: 'w4', words: lowHalves(column.values), valid }
  }
  const seconds = type.name === 'timestamp' && type.unit === 's'
  return { layout: 'w8', words: seconds ? milliseconds(column.values) : column.values, valid }
}

/** Values without a length in front must have that of the column; a null has none. */
function checkWidths(column: BytesColumn): void {
  const { valid } = column
  const rows = isCoded(column) ? column.codes.length : column.offsets.length - 1
  const { offsets } = isCoded(column) ? column.entries : column
  for (let i = 0; i < rows; i++) {
    const place = isCoded(column) ? column.codes[i]! : i
    const width = offsets[place + 1]! - offsets[place]!
    if (width === (valid === null || valid[i] === 1 ? WIDE_DECIMAL_BYTES : 0)) continue
    throw located(
      new HindcastError(
        'argument-invalid',
        `a decimal of ${width} bytes where a value has ${WIDE_DECIMAL_BYTES}, and a null none`,
        { advice: 'Fill the column as docs/parquet.md says, "Columns".' },
      ),
      { row: i },
    )
  }
}

function bits(values: Float64Array | Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4)
}

function lowHalves(halves: Int32Array): Int32Array {
  const low = new Int32Array(halves.length / 2)
  for (let i = 0; i < low.length; i++) low[i] = halves[2 * i]!
  return low
}

/** Parquet has no seconds. Raises `limit-passed` beyond the int64 milliseconds, 292 million years from now. */
function milliseconds(halves: Int32Array): Int32Array {
  const out = new Int32Array(halves.length)
  for (let i = 0; i < halves.length; i += 2) {
    const low = (halves[i]! >>> 0) * 1000
    const high = halves[i + 1]! * 1000 + Math.floor(low / 2 ** 32)
    out[i] = low | 0
    out[i + 1] = high
    if (out[i + 1] !== high) {
      throw located(passed('a time in seconds is beyond the milliseconds of a Parquet file'), { row: i / 2 })
    }
  }
  return out
}

/** Rows [from, to) that are not null, behind `at` words of `out`; returns the words behind them. */
export function packWords(
  values: Extract<PhysicalValues, { layout: 'w4' | 'w8' }>,
  from: number,
  to: number,
  out: Int32Array,
  at: number,
): number {
  const { words, valid, layout } = values
  const width = layout === 'w4' ? 1 : 2
  assert(at + width * (to - from) <= out.length, 'packed words have room')
  if (valid === null) {
    out.set(words.subarray(width * from, width * to), at)
    return at + width * (to - from)
  }
  if (width === 1) {
    for (let i = from; i < to; i++) if (valid[i] === 1) out[at++] = words[i]!
    return at
  }
  for (let i = from; i < to; i++) {
    if (valid[i] === 0) continue
    out[at++] = words[2 * i]!
    out[at++] = words[2 * i + 1]!
  }
  return at
}
