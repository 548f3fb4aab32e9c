/**
 * A sample file, read back in order as our batches: what `verify` recomputes digests from (C7). Values come back
 * as they were appended, whatever Parquet made of their types on the way.
 */

import duckdb from '@duckdb/node-bindings'
import type { Batch, ColumnType, Schema } from '../core/batch/index.ts'
import { physicalKind } from '../core/batch/index.ts'
import { type HindcastError, wrapError } from '../errors.ts'
import { Session } from '../history/duckdb/session.ts'
import type { VectorSink } from '../history/duckdb/vector-sinks.ts'
import { createSink } from '../history/duckdb/vector-sinks.ts'
import { CHUNK_ROWS } from '../parquet/index.ts'
import { quoteName, quoteText } from './parquet-sql.ts'

/** Rows of a batch: enough to amortise, little enough for the cache. */
const BATCH_ROWS = 16 * CHUNK_ROWS
const MEMORY_BYTES = 256 * 1024 * 1024

/**
 * Yields the rows of the file in their order, at most 32 Ki a batch; an empty file yields nothing. Raises
 * `output-corrupt` where the file is not there, is damaged, or does not have the columns.
 */
export async function* readSamples(path: string, schema: Schema): AsyncGenerator<Batch> {
  const session = await Session.open({ memoryBytes: MEMORY_BYTES, threads: 1, paths: [path] })
  try {
    const connection = await session.lease()
    try {
      const columns = schema.map(field => readExpression(quoteName(field.name), field.type))
      const result = await session.stream(
        connection,
        `SELECT ${columns.join(', ')} FROM read_parquet(${quoteText(path)})`,
      )
      let filling = new BatchFilling(schema)
      for (let chunk = await session.fetch(result); chunk !== null; chunk = await session.fetch(result)) {
        filling.add(chunk)
        if (filling.rows <= BATCH_ROWS - CHUNK_ROWS) continue
        yield filling.finish()
        filling = new BatchFilling(schema)
      }
      if (filling.rows > 0) yield filling.finish()
    } finally {
      session.release(connection)
    }
  } catch (thrown) {
    throw corruptError(thrown, path)
  } finally {
    await session.close()
  }
}

class BatchFilling {
  readonly #schema: Schema
  readonly #sinks: readonly VectorSink[]
  rows = 0

  constructor(schema: Schema) {
    this.#schema = schema
    this.#sinks = schema.map(field => createSink(physicalKind(field.type), BATCH_ROWS))
  }

  add(chunk: Parameters<typeof duckdb.data_chunk_get_size>[0]): void {
    const rows = duckdb.data_chunk_get_size(chunk)
    for (let c = 0; c < this.#sinks.length; c++)
      this.#sinks[c]!.append(duckdb.data_chunk_get_vector(chunk, c), 0, rows)
    this.rows += rows
  }

  finish(): Batch {
    return { schema: this.#schema, rows: this.rows, columns: this.#sinks.map(sink => sink.finish()) }
  }
}

/** SQL that brings a written column back into the memory form of its type. */
function readExpression(name: string, type: ColumnType): string {
  switch (type.name) {
    case 'bool':
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
      return `CAST(${name} AS INTEGER)`
    case 'float32':
      return `CAST(${name} AS DOUBLE)`
    case 'decimal':
      return `CAST(${name} AS DECIMAL(18, ${type.scale}))`
    case 'timestamp':
      // Parquet has no seconds, and DuckDB reads milliseconds as microseconds: back to the unit it was given in.
      if (type.unit === 's') return `epoch_us(${name}) // 1000000`
      return type.unit === 'ms' ? `epoch_us(${name}) // 1000` : name
    default:
      return name
  }
}

function corruptError(thrown: unknown, path: string): HindcastError {
  return wrapError(thrown, 'output-corrupt', 'the sample file cannot be read back', {
    where: { uri: path },
    advice:
      'Run `hindcast run` for this directory again after removing the file and its line in the manifest.',
  })
}
