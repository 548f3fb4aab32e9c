/**
 * Values of cells → values of columns, without an object in between.
 *
 *     type               bytes of the cell                                      column
 *     int8 … int64       1, 2, 4 or 8, big-endian (Bytes.toBytes of Java)       the same
 *     float32, float64   4 or 8, IEEE 754, big-endian                           the same
 *     bool               1: 0 is false, all else true                           the same
 *     utf8, text, json   UTF-8; a number as text stays text, JSON as it is      utf8
 *     binary             any                                                    binary
 *
 * A cell of another length, or that is not UTF-8, is bad: null in the column, and counted by whoever reads.
 */

import { isUtf8 } from 'node:buffer'
import type { ColumnBuilder, ColumnType } from '../../core/batch/index.ts'
import { copyBytes } from '../../core/batch/index.ts'
import type { CellType } from '../../job/index.ts'

/** Type of the column that cells of this type become. */
export function cellColumnType(type: CellType): ColumnType {
  return type === 'text' || type === 'json' ? { name: 'utf8' } : { name: type }
}

/** Bytes of a value; null: any number. */
const LENGTHS: Readonly<Record<CellType, number | null>> = {
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
  bool: 1,
  utf8: null,
  binary: null,
  text: null,
  json: null,
}

const FLOAT = new DataView(new ArrayBuffer(8))

/**
 * Writes `bytes[from … to)` as row `row` of the column, for which there is room. False: it is no such value, and the row
 * is null.
 */
export function writeCell(
  type: CellType,
  bytes: Uint8Array,
  from: number,
  to: number,
  column: ColumnBuilder,
  row: number,
): boolean {
  const length = LENGTHS[type]
  if (length === null) return writeBytes(type !== 'binary', bytes, from, to, column, row)
  if (to - from !== length) {
    column.setNull(row)
    return false
  }
  column.setValid(row)
  switch (type) {
    case 'bool':
      column.int32[row] = bytes[from] === 0 ? 0 : 1
      break
    case 'int8':
      column.int32[row] = (bytes[from]! << 24) >> 24
      break
    case 'int16':
      column.int32[row] = ((bytes[from]! << 24) >> 16) | bytes[from + 1]!
      break
    case 'int32':
      column.int32[row] = int32At(bytes, from)
      break
    case 'int64':
      column.int32[2 * row] = int32At(bytes, from + 4)
      column.int32[2 * row + 1] = int32At(bytes, from)
      break
    case 'float32':
      FLOAT.setInt32(0, int32At(bytes, from))
      column.float64[row] = FLOAT.getFloat32(0)
      break
    default:
      FLOAT.setInt32(0, int32At(bytes, from))
      FLOAT.setInt32(4, int32At(bytes, from + 4))
      column.float64[row] = FLOAT.getFloat64(0)
  }
  return true
}

/** What a value of the type must be, for messages. */
export function cellForm(type: CellType): string {
  const length = LENGTHS[type]
  return length === null ? 'UTF-8' : `${length} byte${length === 1 ? '' : 's'}`
}

function writeBytes(
  isText: boolean,
  bytes: Uint8Array,
  from: number,
  to: number,
  column: ColumnBuilder,
  row: number,
): boolean {
  if (isText && !isText8(bytes, from, to)) {
    column.setNull(row)
    return false
  }
  const at = column.reserveBytes(row, to - from)
  copyBytes(bytes, from, column.arena, at, to - from)
  column.offsets[row + 1] = at + to - from
  column.setValid(row)
  return true
}

/** Most text is ASCII, for which no view needs to be made. */
function isText8(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (bytes[p]! >= 0x80) return isUtf8(bytes.subarray(p, to))
  return true
}

function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
