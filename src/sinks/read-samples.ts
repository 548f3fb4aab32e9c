/**
 * A sample file, read back in order as our batches: what `verify` recomputes digests from (C7). Values come back
 * as they were appended, whatever Parquet made of their types on the way.
 */

import type { DataChunk } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'
import type { Batch, ColumnType, Schema } from '../core/batch/index.ts'
import { physicalKind } from '../core/batch/index.ts'
import type { VectorSink } from '../duckdb/index.ts'
import { CHUNK_ROWS, createSink, readError, Session, sqlText } from '../duckdb/index.ts'
import { HindcastError } from '../errors.ts'
import { quoteName } from './parquet-sql.ts'

/** Rows of a batch: enough to amortise, little enough for the cache. */
const BATCH_ROWS = 16 * CHUNK_ROWS
const MEMORY_BYTES = 256 * 1024 * 1024

/**
 * Yields the rows of one file in their order, at most 32 Ki a batch; an empty file yields nothing. Raises
 * `output-corrupt` where the file is not there, is damaged, or does not have the columns. For many files,
 * `openSampleReader` is cheaper: starting DuckDB costs 10 to 20 ms.
 */
export async function* readSamples(path: string, schema: Schema): AsyncGenerator<Batch> {
  const reader = await openSampleReader([path])
  try {
    yield* reader.read(path, schema)
  } finally {
    await reader.close()
  }
}

export interface SampleReader {
  /** As `readSamples`, for one of the paths the reader was opened for. */
  read(path: string, schema: Schema): AsyncGenerator<Batch>
  close(): Promise<void>
}

/** A reader of these files and no others. */
export async function openSampleReader(paths: readonly string[]): Promise<SampleReader> {
  const session = await Session.open({ memoryBytes: MEMORY_BYTES, threads: 1, paths })
  return {
    read: (path, schema) => readFile(session, path, schema),
    close: () => session.close(),
  }
}

async function* readFile(session: Session, path: string, schema: Schema): AsyncGenerator<Batch> {
  const connection = await session.lease()
  try {
    const columns = schema.map(field => readExpression(quoteName(field.name), field.type))
    const sql = `SELECT ${columns.join(', ')} FROM read_parquet(${sqlText(path)})`
    const result = await session.stream(connection, sql)
    let filling = new BatchFilling(schema)
    for (let chunk = await session.fetch(result); chunk !== null; chunk = await session.fetch(result)) {
      filling.add(chunk)
      if (filling.rows <= BATCH_ROWS - CHUNK_ROWS) continue
      yield filling.finish()
      filling = new BatchFilling(schema)
    }
    if (filling.rows > 0) yield filling.finish()
  } catch (thrown) {
    throw unreadable(thrown, path)
  } finally {
    session.release(connection)
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

  add(chunk: DataChunk): void {
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

function unreadable(thrown: unknown, path: string): HindcastError {
  const error = readError(thrown, { uri: path })
  if (error.code === 'limit-passed') return error
  return new HindcastError('output-corrupt', `the sample file cannot be read back: ${error.message}`, {
    where: { uri: path },
    advice:
      'The files of a run are not to be changed: restore it from a copy, or run the job again into another directory.',
    cause: thrown,
  })
}
