/**
 * Rows with a value that is none of its column's wanted type (a date of the year 3000 in nanoseconds, text that is not
 * UTF-8), set aside as bad rows. A value is never changed into another, nor into null.
 */

import { isUtf8 } from 'node:buffer'
import type { Batch, BytesColumn, CodedStrings } from '../../core/batch/index.ts'
import { gatherColumn, isCoded, rowText } from '../../core/batch/index.ts'
import type { BadRow, DecodedUnit } from '../decoder.ts'

/** Rows of a batch whose value of one column does not fit. */
export interface Misfits {
  readonly name: string
  /** What is said of them. */
  readonly reason: string
  readonly rows: readonly number[]
}

/**
 * Rows of a text column that are not UTF-8, ascending. All of the column is looked at at once; where that is UTF-8, so
 * is every row that begins at a character.
 */
export function rowsNotUtf8(column: BytesColumn): number[] {
  if (isCoded(column))
    return rowsWithEntries(column, rowsNotUtf8({ kind: 'bytes', ...column.entries, valid: null }))
  const { offsets, bytes } = column
  const rows = offsets.length - 1
  if (isUtf8(bytes)) {
    let inside = 0
    for (let i = 0; i < rows; i++) if ((bytes[offsets[i]!]! & 0xc0) === 0x80) inside++
    if (inside === 0) return []
  }
  const bad: number[] = []
  for (let i = 0; i < rows; i++) if (!isUtf8(bytes.subarray(offsets[i], offsets[i + 1]))) bad.push(i)
  return bad
}

/** Rows that have one of the codes. */
function rowsWithEntries({ codes }: CodedStrings, entries: readonly number[]): number[] {
  if (entries.length === 0) return []
  const bad = new Set(entries)
  const rows: number[] = []
  for (let i = 0; i < codes.length; i++) if (bad.has(codes[i]!)) rows.push(i)
  return rows
}

/** `fileRow` has the row in the file of each row; null: they are counted from `rowFirst`. */
export function setMisfitsAside(
  batch: Batch,
  misfits: readonly Misfits[],
  fileRow: Float64Array | null,
  rowFirst: number,
): DecodedUnit {
  if (misfits.length === 0) return { batch, fileRow, bad: [] }
  const placeOf = (row: number): number => fileRow?.[row] ?? rowFirst + row
  const reasons = new Map<number, string[]>()
  for (const { name, reason, rows } of misfits) {
    for (const row of rows) reasons.set(row, [...(reasons.get(row) ?? []), `column ${name} ${reason}`])
  }
  const rows = [...reasons].sort(([a], [b]) => a - b)
  const bad = rows.map(([row, texts]): BadRow => {
    return { row: placeOf(row), reason: texts.join(', '), text: rowText(batch, row) }
  })
  const good = new Int32Array(batch.rows - bad.length)
  for (let row = 0, kept = 0; row < batch.rows; row++) if (!reasons.has(row)) good[kept++] = row
  const columns = batch.columns.map(column => gatherColumn(column, good))
  const kept: Batch = { schema: batch.schema, rows: good.length, columns }
  return { batch: kept, fileRow: Float64Array.from(good, placeOf), bad }
}
