/**
 * The columns that Hive folders give: one value for all rows of a file.
 */

import type { Column, Field } from '../core/batch/index.ts'
import { gatherColumn, nullColumn, setI64 } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import { HIVE_NULL } from './merge-schema.ts'
import type { PinnedFile } from './plan.ts'

const DAY_MS = 86_400_000

/** The folder's value as a column of `rows` rows, of one of the types that `hiveType` tells. */
export function hiveColumn(field: Field, file: PinnedFile, rows: number): Column {
  const text = Object.hasOwn(file.hive, field.name) ? file.hive[field.name] : undefined
  if (text === undefined || text === HIVE_NULL) return nullColumn(field.type, rows)
  return gatherColumn(oneRow(field, text, file), new Int32Array(rows))
}

function oneRow(field: Field, text: string, file: PinnedFile): Column {
  if (field.type.name === 'utf8') {
    const bytes = new TextEncoder().encode(text)
    return { kind: 'bytes', offsets: Int32Array.of(0, bytes.length), bytes, valid: null }
  }
  const value = field.type.name === 'date' ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : Number(text)
  if (text === '' || !Number.isSafeInteger(value)) {
    throw new HindcastError('file-corrupt', `folder ${field.name}=${text} is no ${field.type.name}`, {
      where: { uri: file.path, column: field.name },
      advice: 'Rename the folder, or leave it out of the glob.',
    })
  }
  if (field.type.name === 'date') return { kind: 'i32', values: Int32Array.of(value), valid: null }
  const values = new Int32Array(2)
  setI64(values, 0, value)
  return { kind: 'i64', values, valid: null }
}
