/** Values that are JSON objects: see core/batch/json-rows.ts, which reads JSON-lines history too. */

import type { Batch, JsonRows, Schema } from '../../core/batch/index.ts'
import { createJsonRows } from '../../core/batch/index.ts'
import type { RecordBatch } from '../source.ts'
import type { RecordReader } from './event-columns.ts'

export class JsonReader implements RecordReader {
  readonly isText = true
  readonly #rows: JsonRows

  constructor(schema: Schema) {
    this.#rows = createJsonRows(schema)
  }

  get unknownColumns(): number {
    return this.#rows.unknownColumns
  }

  async prepare(): Promise<void> {}

  push({ bytes, valueOffsets }: RecordBatch, i: number): string | null {
    return this.#rows.pushBytes(bytes, valueOffsets[i]!, valueOffsets[i + 1]!)
  }

  take(): Batch {
    return this.#rows.take()
  }

  async close(): Promise<void> {}
}
