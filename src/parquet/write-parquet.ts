/**
 * `writeParquet`: batches → one file, there whole or not at all. Writing by hand, with row groups cut where you want
 * them, is `ParquetWriter`.
 */

import type { Batch, Schema } from '../core/batch/index.ts'
import { columnRows, physicalKind, typeText } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { ByteSink } from './write/byte-sink.ts'
import { FileSink } from './write/byte-sink.ts'
import { ParquetWriter } from './write/parquet-writer.ts'
import type { WriteOptions } from './write/write-options.ts'

export interface Written {
  readonly rows: number
  /** Size of the file. */
  readonly bytes: number
}

/**
 * Writes all batches to a local file (by path: temporary name, fsync, rename) or to any sink, which is closed. Where
 * anything fails, also in the batches' own iterator, nothing is left behind and the error goes on.
 *
 * Raises `unsupported` for names that no file can have, `argument-invalid` for a batch that is not of the schema,
 * `disk-full` and `io-failed`.
 */
export async function writeParquet(
  to: string | ByteSink,
  schema: Schema,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  options: WriteOptions = {},
): Promise<Written> {
  const sink = typeof to === 'string' ? new FileSink(to) : to
  const writer = new ParquetWriter(sink, schema, options)
  try {
    for await (const batch of batches) {
      expectColumns(schema, batch)
      await writer.append(batch)
    }
    const bytes = await writer.close()
    return { rows: writer.rows, bytes }
  } catch (thrown) {
    await writer.discard()
    throw thrown
  }
}

function expectColumns(schema: Schema, { columns, rows }: Batch): void {
  if (columns.length !== schema.length)
    throw wrongBatch(`a batch has ${columns.length} columns, the schema ${schema.length}`)
  for (const [c, { name, type }] of schema.entries()) {
    const column = columns[c]!
    if (column.kind !== physicalKind(type))
      throw wrongBatch(
        `column '${name}' is ${column.kind} in a batch, where ${typeText(type)} is ${physicalKind(type)}`,
      )
    if (columnRows(column) !== rows)
      throw wrongBatch(`column '${name}' has ${columnRows(column)} rows in a batch of ${rows}`)
    if (column.valid !== null && column.valid.length !== rows)
      throw wrongBatch(`column '${name}' has validity for ${column.valid.length} rows in a batch of ${rows}`)
  }
}

function wrongBatch(message: string): HindcastError {
  return new HindcastError('argument-invalid', message, {
    advice: 'Make batches of the columns of the schema, in its order; see docs/parquet.md, "Columns".',
  })
}
