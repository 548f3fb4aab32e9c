/**
 * Smallest and largest value of decoded rows: what statistics are held against.
 *
 * Cost: a comparison or two a row; one loop a typed array. Values become `BoundValue`s only at the end.
 */

import type {
  BytesColumn,
  CodedStrings,
  Column,
  F64Column,
  I32Column,
  I64Column,
} from '../../core/batch/index.ts'
import { i64ToBigInt, isCoded, wideDecimalAt } from '../../core/batch/index.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { Bounds, BoundValue } from '../format/statistics-value.ts'
import { compareBounds } from './bound-value.ts'
import { distinctCodes } from './distinct-codes.ts'

/** Rows (of coded strings, entries) of the smallest and the largest value; null where every row is null (or NaN). */
type Rows = readonly [number, number] | null

/** Bounds of the values of a column, nulls and NaN aside; null where there are none. */
export function extremesOf(leaf: LeafColumn, column: Column): Bounds | null {
  const rows = rowsOfExtremes(leaf, column)
  if (rows === null) return null
  return { min: boundAt(leaf, column, rows[0]), max: boundAt(leaf, column, rows[1]) }
}

/** Bounds that hold for both. */
export function widened(a: Bounds | null, b: Bounds | null): Bounds | null {
  if (a === null || b === null) return a ?? b
  return {
    min: compareBounds(b.min, a.min) < 0 ? b.min : a.min,
    max: compareBounds(b.max, a.max) > 0 ? b.max : a.max,
  }
}

/** Rows of a column that are null. */
export function nullsOf({ valid }: Column): number {
  if (valid === null) return 0
  let nulls = valid.length
  for (let i = 0; i < valid.length; i++) nulls -= valid[i]!
  return nulls
}

function rowsOfExtremes(leaf: LeafColumn, column: Column): Rows {
  switch (column.kind) {
    case 'i32':
      return leaf.type?.name === 'uint32' ? extremesU32(column) : extremesI32(column)
    case 'i64':
      // flipping the sign bit of both sides turns the unsigned order into the signed one
      return extremesI64(column, leaf.type?.name === 'uint64' ? 1 << 31 : 0)
    case 'f64':
      return extremesF64(column)
    case 'bytes':
      return isCoded(column) ? extremesCoded(column, signBit(leaf)) : extremesBytes(column, signBit(leaf))
  }
}

/** What to flip of the first byte: decimals are in two's complement. */
function signBit({ type }: LeafColumn): number {
  return type?.name === 'decimal' ? 0x80 : 0
}

function boundAt(leaf: LeafColumn, column: Column, row: number): BoundValue {
  switch (column.kind) {
    case 'i32':
      return BigInt(leaf.type?.name === 'uint32' ? column.values[row]! >>> 0 : column.values[row]!)
    case 'i64':
      return i64ToBigInt(column.values[2 * row]!, column.values[2 * row + 1]!, leaf.type?.name === 'uint64')
    case 'f64':
      return column.values[row]!
    case 'bytes': {
      const { bytes, offsets } = isCoded(column) ? column.entries : column
      const [start, end] = [offsets[row]!, offsets[row + 1]!]
      return leaf.type?.name === 'decimal' ? wideDecimalAt(bytes, start, end) : bytes.slice(start, end)
    }
  }
}

function extremesI32({ values, valid }: I32Column): Rows {
  let [min, max] = [-1, -1]
  for (let i = 0; i < values.length; i++) {
    if (valid !== null && valid[i] === 0) continue
    if (min < 0) min = max = i
    else if (values[i]! < values[min]!) min = i
    else if (values[i]! > values[max]!) max = i
  }
  return min < 0 ? null : [min, max]
}

function extremesU32({ values, valid }: I32Column): Rows {
  let [min, max] = [-1, -1]
  for (let i = 0; i < values.length; i++) {
    if (valid !== null && valid[i] === 0) continue
    if (min < 0) min = max = i
    else if (values[i]! >>> 0 < values[min]! >>> 0) min = i
    else if (values[i]! >>> 0 > values[max]! >>> 0) max = i
  }
  return min < 0 ? null : [min, max]
}

function extremesI64({ values, valid }: I64Column, flip: number): Rows {
  const rows = values.length / 2
  let [min, max] = [-1, -1]
  let [minLow, minHigh, maxLow, maxHigh] = [0, 0, 0, 0]
  for (let i = 0; i < rows; i++) {
    if (valid !== null && valid[i] === 0) continue
    const low = values[2 * i]! >>> 0
    const high = values[2 * i + 1]! ^ flip
    if (min < 0 || high < minHigh || (high === minHigh && low < minLow)) {
      min = i
      minLow = low
      minHigh = high
    }
    if (max < 0 || high > maxHigh || (high === maxHigh && low > maxLow)) {
      max = i
      maxLow = low
      maxHigh = high
    }
  }
  return min < 0 ? null : [min, max]
}

function extremesF64({ values, valid }: F64Column): Rows {
  let [min, max] = [-1, -1]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if ((valid !== null && valid[i] === 0) || Number.isNaN(value)) continue
    if (min < 0) min = max = i
    else if (value < values[min]!) min = i
    else if (value > values[max]!) max = i
  }
  return min < 0 ? null : [min, max]
}

function extremesBytes({ bytes, offsets, valid }: BytesColumn, flip: number): Rows {
  const rows = offsets.length - 1
  let [min, max] = [-1, -1]
  for (let i = 0; i < rows; i++) {
    if (valid !== null && valid[i] === 0) continue
    if (min < 0) min = max = i
    else if (compareRows(bytes, offsets, i, min, flip) < 0) min = i
    else if (compareRows(bytes, offsets, i, max, flip) > 0) max = i
  }
  return min < 0 ? null : [min, max]
}

/** Entries of the smallest and largest text. Nothing is spelt out: a page of texts may be a thousand times its size. */
function extremesCoded(column: CodedStrings, flip: number): Rows {
  const { bytes, offsets } = column.entries
  let [min, max] = [-1, -1]
  for (const code of distinctCodes(column)) {
    if (min < 0) min = max = code
    else if (compareRows(bytes, offsets, code, min, flip) < 0) min = code
    else if (compareRows(bytes, offsets, code, max, flip) > 0) max = code
  }
  return min < 0 ? null : [min, max]
}

function compareRows(bytes: Uint8Array, offsets: Int32Array, a: number, b: number, flip: number): number {
  const [aFrom, bFrom] = [offsets[a]!, offsets[b]!]
  const [aLength, bLength] = [offsets[a + 1]! - aFrom, offsets[b + 1]! - bFrom]
  const length = Math.min(aLength, bLength)
  if (length > 0 && bytes[aFrom] !== bytes[bFrom]) return (bytes[aFrom]! ^ flip) - (bytes[bFrom]! ^ flip)
  for (let i = 1; i < length; i++) {
    const difference = bytes[aFrom + i]! - bytes[bFrom + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
