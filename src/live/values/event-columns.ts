/**
 * The columns that records are decoded into, and the port of those who know a format. A record is accepted as a whole
 * or not at all: what a bad one has written is written over by the next.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { ColumnBuilder } from '../../core/batch/index.ts'
import type { RecordBatch } from '../source.ts'

export class EventColumns {
  readonly schema: Schema
  readonly builders: readonly ColumnBuilder[]
  /** Rows accepted since the last `take`; the next one is written as row `rows`. */
  rows = 0

  constructor(schema: Schema) {
    this.schema = schema
    this.builders = schema.map(field => new ColumnBuilder(field))
  }

  /** Makes room for the next row in all columns. */
  reserve(): void {
    for (let i = 0; i < this.builders.length; i++) this.builders[i]!.reserveRow(this.rows)
  }

  /** The rows as a batch with memory of its own. */
  take(): Batch {
    const { rows, schema } = this
    this.rows = 0
    return { schema, rows, columns: this.builders.map(builder => builder.take(rows)) }
  }
}

/** Reads the records of one format into columns. */
export interface RecordReader {
  /** Fetches what `push` needs for these records: schemas. Nothing else here does I/O. */
  prepare(records: RecordBatch, signal: AbortSignal): Promise<void>
  /** Adds record `i` as a row; the reason why it is none, else null. */
  push(records: RecordBatch, i: number): string | null
  /** The rows since the last call. */
  take(): Batch
  /** Values dropped so far from accepted records, because the stream has no such column. */
  readonly unknownColumns: number
  /** Whether a null value is an event; else it is bad. */
  readonly readsNull?: boolean
  /** Whether values are text for people. */
  readonly isText: boolean
  close(): Promise<void>
}
