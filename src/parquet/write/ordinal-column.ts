/**
 * The column that numbers the rows of a file, written when the first number is known: behind all other columns, as
 * deltas of one, which take five bytes for 128 rows.
 */

import type { Field } from '../../core/batch/index.ts'
import { setI64 } from '../../core/batch/index.ts'
import type { SchemaElement } from '../format/metadata.ts'
import type { FinishedChunk } from './chunk-assembly.ts'
import { ColumnWriter } from './column-writer.ts'
import type { ResolvedWriteOptions } from './write-options.ts'

const STEP = 8192

/** The chunk of a row group of `rows` rows whose first one has number `first`. */
export function ordinalChunk(
  field: Field,
  element: SchemaElement,
  first: number,
  rows: number,
  options: ResolvedWriteOptions,
): FinishedChunk {
  const column = new ColumnWriter(element, field.type, options, true)
  const words = new Int32Array(2 * Math.min(STEP, rows))
  for (let from = 0; from < rows; from += STEP) {
    const count = Math.min(STEP, rows - from)
    for (let i = 0; i < count; i++) setI64(words, i, first + from + i)
    column.append({ layout: 'w8', words, valid: null }, count)
  }
  return column.finish()
}
