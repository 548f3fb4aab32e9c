/** Batches of records as a fetch would bring them, and decoded columns as plain rows: for tests of values. */

import type { Batch, PlainValue, Schema } from '../../../../src/core/batch/index.ts'
import { typeFromText, valueAt } from '../../../../src/core/batch/index.ts'
import type { RecordBatch } from '../../../../src/live/index.ts'

/** Records of these values (null: a tombstone) and keys; offsets from 100, timestamps from 1000. */
export function recordsOf(
  values: readonly (Uint8Array | null)[],
  keys: readonly (Uint8Array | null)[] = values.map(() => null),
): RecordBatch {
  return {
    partition: 2,
    rows: values.length,
    offset: Float64Array.from(values, (_, i) => 100 + i),
    timestampMs: Float64Array.from(values, (_, i) => 1000 + i),
    bytes: joined(values),
    valueOffsets: offsetsOf(values),
    valueNull: nullsOf(values),
    keyBytes: joined(keys),
    keyOffsets: offsetsOf(keys),
    keyNull: nullsOf(keys),
    holes: [],
    offsetNext: 100 + values.length,
    endOffset: 100 + values.length,
  }
}

type Parts = readonly (Uint8Array | null)[]

function joined(parts: Parts): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(part => part ?? new Uint8Array(0))))
}

function offsetsOf(parts: Parts): Int32Array {
  const ends = [0]
  for (const part of parts) ends.push(ends.at(-1)! + (part?.length ?? 0))
  return Int32Array.from(ends)
}

function nullsOf(parts: Parts): Uint8Array {
  return Uint8Array.from(parts, part => (part === null ? 1 : 0))
}

/** `{ a: 'int32' }` as a schema. */
export function columns(types: Readonly<Record<string, string>>): Schema {
  return Object.entries(types).map(([name, type]) => ({ name, type: typeFromText(type)! }))
}

/** The rows of a batch, each a list of plain values. */
export function rowsOf(batch: Batch): PlainValue[][] {
  return Array.from({ length: batch.rows }, (_, row) =>
    batch.schema.map((field, c) => valueAt(batch.columns[c]!, field.type, row)),
  )
}
