/** Batches of a few records for tests of the record decoder, what a fetch would bring of them, and rows as text. */
import { type FetchedBytes, FetchedRecords } from '../../../../../src/live/kafka/wire/index.ts'
import type { RecordBatch } from '../../../../../src/live/source.ts'
import { batchBytes, type PlainBatch } from '../../../../property/kafka-batch-bytes.ts'

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** Records with the values given, from `base` on; null values are tombstones. */
export function batch(
  base: number,
  values: readonly (string | null)[],
  more: Partial<PlainBatch> = {},
): PlainBatch {
  const records = values.map((value, i) => ({
    offset: base + i,
    timestampMs: 1000 + i,
    key: text('k'),
    value: value === null ? null : text(value),
    headers: [],
  }))
  return {
    base,
    last: base + values.length - 1,
    leaderEpoch: 3,
    codec: 'none',
    baseTimestampMs: 1000,
    appendTimeMs: null,
    marker: null,
    isTransactional: false,
    producerId: -1,
    records,
    ...more,
  }
}

export function fetched(
  batches: readonly (PlainBatch | Uint8Array)[],
  offset: number,
  more: Partial<FetchedBytes> = {},
): FetchedRecords {
  const records = Buffer.concat(batches.map(one => (one instanceof Uint8Array ? one : batchBytes(one))))
  return new FetchedRecords({
    topic: 't',
    partition: 1,
    offset,
    records,
    aborted: [],
    endOffset: 99,
    ...more,
  })
}

/** `offset:value` of each row. */
export function rowsOf(batch: RecordBatch): string[] {
  return Array.from({ length: batch.rows }, (_, i) => {
    const value = Buffer.from(
      batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1]),
    ).toString()
    return `${batch.offset[i]}:${batch.valueNull?.[i] === 1 ? 'null' : value}`
  })
}
