/**
 * Answers to Fetch v12 as a broker (Apache Kafka 4.3.1) gave them, of records that Java's producer wrote: each codec as
 * Java frames it, and five ended transactions of one producer, from the marker of the first on.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FetchedRecords, parseFetchResponse, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import type { RecordBatch } from '../../src/live/source.ts'

function decode(name: string, offset: number): RecordBatch {
  const bytes = readFileSync(new URL(`./fixtures/kafka-java/${name}.bin`, import.meta.url))
  const [{ topic, partitions }] = parseFetchResponse(bytes, 12).topics
  const [{ partition, records, aborted, lastStableOffset }] = partitions
  const place = { topic, partition, offset, endOffset: lastStableOffset }
  return new RecordDecoder().decode(new FetchedRecords({ ...place, records, aborted }), 1e9)
}

const textAt = (bytes: Uint8Array, offsets: Int32Array, i: number): string =>
  Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString()

/** As they were produced: `i` is the offset. */
const written = Array.from({ length: 150 }, (_, i) => ({
  offset: i,
  timestampMs: 1_700_000_000_000 + ((i * 13) % 101),
  key: i % 5 === 0 ? null : `k${i}`,
  value: i % 7 === 0 ? null : `{"id":${i},"text":"${'abc'.repeat(i % 20)}"}`,
}))

describe('what Java’s producer wrote and a broker answered', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('is read whole, compressed by %s', codec => {
    const batch = decode(codec, 0)
    const rows = Array.from({ length: batch.rows }, (_, i) => ({
      offset: batch.offset[i],
      timestampMs: batch.timestampMs[i],
      key: batch.keyNull[i] === 1 ? null : textAt(batch.keyBytes, batch.keyOffsets, i),
      value: batch.valueNull?.[i] === 1 ? null : textAt(batch.bytes, batch.valueOffsets, i),
    }))
    expect(rows).toEqual(written)
    expect(batch).toMatchObject({ holes: [], offsetNext: 150, endOffset: 150 })
  })

  it('is read without the aborted transactions, from a marker on', () => {
    const batch = decode('transactions-from-2', 2)
    expect([...batch.offset]).toEqual([6, 7, 12, 13, 56, 57])
    expect(batch.holes.map(({ first, last, why }) => `${first}-${last} ${why}`)).toEqual([
      '2-2 control',
      '3-4 aborted',
      '5-5 control',
      '8-8 control',
      '9-10 aborted',
      '11-11 control',
      '14-14 control',
      '15-54 aborted',
      '55-55 control',
      '58-58 control',
    ])
    expect(batch.offsetNext).toBe(59)
  })
})
