/**
 * The statement that reads a row range of a Parquet file. Columns are named by their place in the file (`c0`, `c1` …),
 * so that names that SQL would fold or refuse (`A` and `a`, the empty one, `file_row_number`) are told apart.
 */

import type { Field, Schema } from '../../core/batch/index.ts'
import { sqlText } from '../../duckdb/index.ts'
import { HindcastError } from '../../errors.ts'
import { MISFIT_BITS } from './misfits.ts'
import type { FileColumn, FileLayout } from './parquet-layout.ts'
import type { Projection } from './projection.ts'
import { projectionOf } from './projection.ts'
import type { StreamQuery } from './row-stream.ts'

/** Wanted fields that the file has. Raises `unsupported` for a column it has in a form that is not read. */
export function presentFields(layout: FileLayout, fields: Schema, path: string): Schema {
  for (const { name } of fields) {
    const foreign = layout.unsupported.find(column => column.name === name)
    if (foreign === undefined || foreign.type === 'null') continue
    throw new HindcastError('unsupported', `column ${name} has type ${foreign.type}, which is not read yet`, {
      where: { uri: path, column: name },
      advice: 'Leave the column out of the job, or write the file anew with a flat column in its place.',
    })
  }
  return fields.filter(field => layout.columns.has(field.name))
}

/** Rows `from … end` of the file, with the file row number as the last column. */
export function queryOf(
  path: string,
  layout: FileLayout,
  fields: Schema,
  from: number,
  end: number,
): StreamQuery {
  const expressions: string[] = []
  const misfits: { name: string; test: string }[] = []
  for (const field of fields) {
    const column = layout.columns.get(field.name)!
    const name = `c${column.index}`
    const { sql, partial } = projected(column, field, name, path)
    expressions.push(sql)
    if (partial) misfits.push({ name: field.name, test: `${name} IS NOT NULL AND ${sql} IS NULL` })
  }
  if (misfits.length > 0) expressions.push(misfitBits(misfits))
  const names = Array.from({ length: layout.width }, (_, c) => `c${c}`)
  const sql = `SELECT ${[...expressions, 'file_row_number'].join(', ')}
    FROM read_parquet(${sqlText(path)}, hive_partitioning = false) AS t(${names.join(', ')})
    WHERE file_row_number >= ${from} AND file_row_number < ${end}`
  return { sql, fields, misfits: misfits.map(misfit => misfit.name) }
}

/** One int32 a row: bit k is set where the k-th test holds. */
function misfitBits(misfits: readonly { readonly test: string }[]): string {
  const bits = misfits.map(
    ({ test }, k) => `CASE WHEN ${test} THEN ${1 << Math.min(k, MISFIT_BITS)} ELSE 0 END`,
  )
  return bits.join(' | ')
}

function projected(column: FileColumn, field: Field, name: string, path: string): Projection {
  try {
    return projectionOf(column, field.type, name)
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error
    throw new HindcastError(error.code, error.message, {
      where: { uri: path, column: field.name },
      advice: error.advice,
      cause: error,
    })
  }
}
