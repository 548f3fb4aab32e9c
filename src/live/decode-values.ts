/**
 * Raw records → columns of events. What cannot be one is told with its offset and reason, and left out: nothing is
 * skipped in silence, and no value can end the run by itself (C9).
 */

import type { Batch, Schema } from '../core/batch/index.ts'
import { createJsonRows } from '../core/batch/index.ts'
import type { RecordBatch } from './source.ts'

/** A record whose value is no event. */
export interface BadValue {
  readonly offset: number
  readonly reason: string
  /** The value as text, shortened, for people. */
  readonly text: string
}

/** Row i of `batch` is the event of `offset[i]`; offsets of bad records are missing from it. */
export interface DecodedValues {
  readonly batch: Batch
  readonly offset: Float64Array
  readonly timestampMs: Float64Array
  readonly bad: readonly BadValue[]
}

export interface ValueDecoder {
  decode(records: RecordBatch): DecodedValues
  /** Values dropped so far because the schema has no such column. */
  readonly unknownColumns: number
}

const TEXT_CHARACTERS = 200

/** Decodes values that are JSON objects. The decoder keeps no rows between calls. */
export function createValueDecoder(schema: Schema): ValueDecoder {
  const rows = createJsonRows(schema)
  return {
    get unknownColumns() {
      return rows.unknownColumns
    },
    decode(records) {
      const { valueOffsets, bytes } = records
      const offset = new Float64Array(records.rows)
      const timestampMs = new Float64Array(records.rows)
      const bad: BadValue[] = []
      let good = 0
      for (let i = 0; i < records.rows; i++) {
        const start = valueOffsets[i]!
        const end = valueOffsets[i + 1]!
        const reason = rows.pushBytes(bytes, start, end)
        if (reason === null) {
          offset[good] = records.offset[i]!
          timestampMs[good] = records.timestampMs[i]!
          good++
        } else bad.push({ offset: records.offset[i]!, reason, text: excerpt(bytes, start, end) })
      }
      return {
        batch: rows.take(),
        offset: offset.slice(0, good),
        timestampMs: timestampMs.slice(0, good),
        bad,
      }
    },
  }
}

/** The beginning of a value; bytes that are not UTF-8 show as U+FFFD. */
function excerpt(bytes: Uint8Array, start: number, end: number): string {
  const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 4 * TEXT_CHARACTERS)))
  return text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS)}…` : text
}
