/**
 * Rows with a value that its column's wanted type does not reach (a date of the year 3000 in nanoseconds): found by
 * the statement as bits, set aside here as bad rows. A value is never changed into another, nor into null.
 */

import type { Batch, Column } from '../../core/batch/index.ts'
import { expectKind, gatherColumn, valueAt } from '../../core/batch/index.ts'
import type { BadRow, DecodedUnit } from '../decoder.ts'

/** Bits of an int32 that flags can use; further columns share the last one. */
export const MISFIT_BITS = 30
const TEXT_MAX = 500

/**
 * `flags` has bit k of row i set where the k-th of `names` does not fit; null: everything fits. Rows are counted from
 * `rowFirst` in the file.
 */
export function setMisfitsAside(
  batch: Batch,
  flags: Column | null,
  names: readonly string[],
  rowFirst: number,
): DecodedUnit {
  if (flags === null) return { batch, fileRow: null, bad: [] }
  const bits = expectKind(flags, 'i32').values
  const bad: BadRow[] = []
  const good = new Int32Array(batch.rows)
  let kept = 0
  for (let i = 0; i < batch.rows; i++) {
    if (bits[i] === 0) good[kept++] = i
    else bad.push({ row: rowFirst + i, reason: reasonOf(bits[i]!, names), text: textOf(batch, i) })
  }
  if (bad.length === 0) return { batch, fileRow: null, bad }
  const rows = good.subarray(0, kept)
  const columns = batch.columns.map(column => gatherColumn(column, rows))
  const fileRow = Float64Array.from(rows, row => rowFirst + row)
  return { batch: { schema: batch.schema, rows: kept, columns }, fileRow, bad }
}

function reasonOf(bits: number, names: readonly string[]): string {
  const misfits = names.filter((_, k) => (bits >> Math.min(k, MISFIT_BITS)) & 1)
  return `column ${misfits.join(', ')} is out of range`
}

function textOf(batch: Batch, row: number): string {
  const values = batch.schema.map(
    (field, c) => `${field.name}=${String(valueAt(batch.columns[c]!, field.type, row))}`,
  )
  return values.join(' ').slice(0, TEXT_MAX)
}
