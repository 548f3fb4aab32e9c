/**
 * Columns as canonical texts, the same as python/cells.py makes: the slow and obvious form in which files of
 * different programs are compared. Also holds columns to their invariants (core/batch/column.ts).
 */
import type { Column, ColumnType } from '../../../src/core/batch/index.ts'
import { columnRows, i64ToBigInt, isValid, wideDecimalAt } from '../../../src/core/batch/index.ts'

/** Null, or the text of a value: see python/cells.py. */
export type Cell = string | null

/** Cells of every row. Throws where the column breaks an invariant of columns. */
export function cellsOf(column: Column, type: ColumnType): Cell[] {
  const rows = columnRows(column)
  if (column.valid !== null && column.valid.length !== rows)
    throw new Error(`validity of ${column.valid.length} rows for ${rows}`)
  return Array.from({ length: rows }, (_, row) => {
    if (isValid(column, row)) return cell(column, type, row)
    if (memoryOf(column, row).some(byte => byte !== 0))
      throw new Error(`memory under null row ${row} is not 0`)
    return null
  })
}

function cell(column: Column, type: ColumnType, row: number): string {
  switch (column.kind) {
    case 'f64':
      return floatCell(column.values[row]!)
    case 'i32':
      if (type.name === 'bool') return column.values[row] === 1 ? 'true' : 'false'
      return String(type.name === 'uint32' ? column.values[row]! >>> 0 : column.values[row])
    case 'i64':
      return String(i64ToBigInt(column.values[2 * row]!, column.values[2 * row + 1]!, type.name === 'uint64'))
    case 'bytes':
      if (type.name === 'decimal')
        return String(wideDecimalAt(column.bytes, column.offsets[row]!, column.offsets[row + 1]!))
      return Buffer.from(memoryOf(column, row)).toString('hex')
  }
}

/** The bits of the float64 in hexadecimal; every NaN is `nan`. */
export function floatCell(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

/** What row `row` takes of the column's memory. */
function memoryOf(column: Column, row: number): Uint8Array {
  if (column.kind === 'bytes') return column.bytes.subarray(column.offsets[row], column.offsets[row + 1])
  const { buffer, byteOffset } = column.values
  const width = column.kind === 'i32' ? 4 : 8
  return new Uint8Array(buffer, byteOffset + width * row, width)
}

const TEXT = new TextDecoder('utf8')

/** A cell for a message: the text of bytes that are text. */
function readable(cell: Cell | undefined, type: string): string {
  if (cell === undefined) return 'missing'
  if (cell === null || type !== 'utf8') return String(cell)
  return JSON.stringify(TEXT.decode(Buffer.from(cell, 'hex')))
}

/** Where two columns of cells differ first, in a sentence; null where they do not. */
export function difference(got: readonly Cell[], want: readonly Cell[], type: string): string | null {
  if (got.length === want.length && got.every((cell, row) => cell === want[row])) return null
  const row = want.findIndex((cell, i) => got[i] !== cell)
  if (row < 0) return `${got.length} rows where ${want.length} are expected`
  const count = want.reduce((sum, cell, i) => sum + (got[i] === cell ? 0 : 1), 0)
  return `row ${row} is ${readable(got[row], type)}, not ${readable(want[row], type)}; ${count} of ${want.length} differ`
}
