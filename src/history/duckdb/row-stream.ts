/**
 * Rows of one Parquet file, from one row on, delivered as the units ask for them.
 *
 * A unit that is a piece of a larger row group leaves its stream open at the unit's end, because finding that place
 * again would mean decoding all that lies before it in the row group. The next unit goes on from there.
 */

import type { Connection, DataChunk, Result } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'
import type { Column, Schema } from '../../core/batch/index.ts'
import { physicalKind } from '../../core/batch/index.ts'
import type { Session, VectorSink } from '../../duckdb/index.ts'
import { createSink } from '../../duckdb/index.ts'

export interface StreamColumns {
  readonly columns: readonly Column[]
  /** Bit k of a row is set where the k-th of `misfitNames` did not fit (see misfits.ts); null: nothing can. */
  readonly misfits: Column | null
  readonly misfitNames: readonly string[]
}

/** What a stream reads. */
export interface StreamQuery {
  readonly sql: string
  /** Wanted columns that the file has: those of the statement, in order. */
  readonly fields: Schema
  /** Columns with bits in the column of misfits behind them, if any; the row number is always the last column. */
  readonly misfits: readonly string[]
}

export class RowStream {
  readonly #session: Session
  readonly #query: StreamQuery
  #connection: Connection | null
  #result: Result | null = null
  /** Kept here while it is read: its vectors live only as long as it is referenced. */
  #chunk: DataChunk | null = null
  #chunkFrom = 0
  #row: number

  private constructor(session: Session, connection: Connection, query: StreamQuery, rowFirst: number) {
    this.#session = session
    this.#connection = connection
    this.#query = query
    this.#row = rowFirst
  }

  static async open(session: Session, query: StreamQuery, rowFirst: number): Promise<RowStream> {
    return new RowStream(session, await session.lease(), query, rowFirst)
  }

  /** The next `rows` rows. Throws DuckDB's error, or an Error where rows are missing or out of order. */
  async read(rows: number): Promise<StreamColumns> {
    const { fields, misfits } = this.#query
    this.#result ??= await this.#session.stream(this.#connection!, this.#query.sql)
    const sinks = fields.map(field => createSink(physicalKind(field.type), rows))
    const flags = misfits.length > 0 ? createSink('i32', rows) : null
    for (let missing = rows; missing > 0; ) {
      if (this.#chunk === null) await this.#nextChunk(missing)
      const taken = Math.min(missing, duckdb.data_chunk_get_size(this.#chunk!) - this.#chunkFrom)
      this.#append(sinks, flags, taken)
      missing -= taken
    }
    return {
      columns: sinks.map(sink => sink.finish()),
      misfits: flags?.finish() ?? null,
      misfitNames: misfits,
    }
  }

  close(): void {
    this.#chunk = null
    this.#result = null
    if (this.#connection !== null) this.#session.release(this.#connection)
    this.#connection = null
  }

  async #nextChunk(missing: number): Promise<void> {
    this.#chunk = await this.#session.fetch(this.#result!)
    this.#chunkFrom = 0
    if (this.#chunk === null) throw new Error(`${missing} rows fewer than the footer promises`)
  }

  #append(sinks: readonly VectorSink[], flags: VectorSink | null, rows: number): void {
    const chunk = this.#chunk!
    const from = this.#chunkFrom
    for (let c = 0; c < sinks.length; c++)
      sinks[c]!.append(duckdb.data_chunk_get_vector(chunk, c), from, rows)
    flags?.append(duckdb.data_chunk_get_vector(chunk, sinks.length), from, rows)
    const last = sinks.length + (flags === null ? 0 : 1)
    this.#checkRows(
      duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk, last), 8 * (from + rows)),
      from,
      rows,
    )
    this.#row += rows
    this.#chunkFrom += rows
    if (this.#chunkFrom === duckdb.data_chunk_get_size(chunk)) this.#chunk = null
  }

  /** Order is promised by DuckDB and checked here: the row numbers must go up by one. */
  #checkRows(data: Uint8Array, from: number, rows: number): void {
    const halves = new Int32Array(data.buffer, data.byteOffset + 8 * from, 2 * rows)
    const low = this.#row | 0
    for (let i = 0; i < rows; i++) {
      if (halves[2 * i] !== ((low + i) | 0))
        throw new Error(`row ${this.#row + i} is missing or out of order`)
    }
  }
}
