/**
 * A sample file, read back in order as our batches: what `verify` recomputes digests from (C7). Values come back
 * as they were appended.
 */

import type { Batch, Column, ColumnType, Schema } from '../core/batch/index.ts'
import { sameType, typeText } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { ByteSource, LeafColumn, ParquetFile } from '../parquet/index.ts'
import { openFileSource, planRead, RowReader, readableColumns, readParquetFile } from '../parquet/index.ts'

/** Rows of a batch: enough to amortise, little enough for the cache. */
const BATCH_ROWS = 32 * 1024

/**
 * Yields the rows of one file in their order, at most 32 Ki a batch; an empty file yields nothing. Raises
 * `output-corrupt` where the file is not there, is damaged, or does not have the columns. `open`: default on the local
 * disk.
 */
export async function* readSamples(
  path: string,
  schema: Schema,
  open: (path: string) => Promise<ByteSource> = openFileSource,
): AsyncGenerator<Batch> {
  try {
    const source = await open(path)
    try {
      const file = await readParquetFile(source)
      const leaves = leavesOf(file, schema)
      const reader = new RowReader(source, planRead(file, leaves), leaves)
      while (reader.rowsLeft > 0) {
        const rows = Math.min(reader.rowsLeft, BATCH_ROWS)
        const columns = await reader.read(rows)
        yield { schema, rows, columns: columns.map((column, c) => asAppended(column, schema[c]!.type)) }
      }
    } finally {
      await source.close()
    }
  } catch (thrown) {
    throw unreadable(thrown, path)
  }
}

function leavesOf(file: ParquetFile, schema: Schema): LeafColumn[] {
  const columns = readableColumns(file)
  return schema.map(({ name, type }) => {
    const leaf = columns.get(name)
    if (leaf?.type != null && sameType(leaf.type, writtenType(type))) return leaf
    const found = leaf?.type == null ? 'is not there' : `is ${typeText(leaf.type)}`
    throw new HindcastError('output-corrupt', `column ${name}, ${typeText(type)}, ${found}`)
  })
}

/** The type a column has in the file: Parquet has no seconds. */
function writtenType(type: ColumnType): ColumnType {
  return type.name === 'timestamp' && type.unit === 's' ? { ...type, unit: 'ms' } : type
}

function asAppended(column: Column, type: ColumnType): Column {
  if (column.kind !== 'i64' || type.name !== 'timestamp' || type.unit !== 's') return column
  const ticks = new BigInt64Array(column.values.slice().buffer)
  for (let i = 0; i < ticks.length; i++) ticks[i] = ticks[i]! / 1000n
  return { ...column, values: new Int32Array(ticks.buffer) }
}

function unreadable(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof HindcastError) || thrown.kind === 'bug' || thrown.kind === 'transient')
    return thrown
  return new HindcastError('output-corrupt', `the sample file cannot be read back: ${thrown.message}`, {
    where: { ...thrown.where, uri: path },
    advice:
      'The files of a run are not to be changed: restore it from a copy, or run the job again into another directory.',
    cause: thrown,
  })
}
