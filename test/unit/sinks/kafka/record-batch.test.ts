/** Our record batches, read by the decoder of another client, and built anew from their parts. */
import { crc32c, Reader, readRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EncodedBatch,
  encodeRecordBatch,
  sealRecordBatch,
  sequenceAfter,
} from '../../../../src/sinks/kafka/record-batch.ts'
import type { SampleRecords } from '../../../../src/sinks/kafka/sample-records.ts'

interface Row {
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array
}

const ROWS = fc.array(
  fc.record({
    timestampMs: fc.oneof(fc.integer({ min: 0, max: 2 ** 41 }), fc.integer({ min: 0, max: 300 })),
    key: fc.option(fc.uint8Array({ maxLength: 200 })),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
  { minLength: 1, maxLength: 200 },
)
const PRODUCER = { producerId: 7_000_000_000n, producerEpoch: 12, transactional: true }

function recordsOf(rows: readonly Row[]): SampleRecords {
  const offsetsOf = (parts: readonly (Uint8Array | null)[]): Int32Array => {
    const offsets = new Int32Array(parts.length + 1)
    for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + (part?.length ?? 0)
    return offsets
  }
  const keys = rows.map(row => row.key)
  const values = rows.map(row => row.value)
  return {
    rows: rows.length,
    timestampMs: Float64Array.from(rows, row => row.timestampMs),
    values: Buffer.concat(values),
    valueOffsets: offsetsOf(values),
    keys: Buffer.concat(keys.map(key => key ?? Buffer.alloc(0))),
    keyOffsets: offsetsOf(keys),
    keyNull: Uint8Array.from(keys, key => (key === null ? 1 : 0)),
  }
}

function batchesOf(records: SampleRecords, bytesMax: number): EncodedBatch[] {
  const batches: EncodedBatch[] = []
  for (let from = 0; from < records.rows; from += batches.at(-1)!.rows)
    batches.push(encodeRecordBatch(records, from, bytesMax))
  return batches
}

describe('record batches', () => {
  it('hold the rows in order, cut by their bytes', () => {
    fc.assert(
      fc.property(ROWS, fc.integer({ min: 100, max: 5000 }), (rows, bytesMax) => {
        const read: Row[] = []
        for (const batch of batchesOf(recordsOf(rows), bytesMax)) {
          sealRecordBatch(batch, PRODUCER, 3)
          const parsed = readRecordsBatch(Reader.from(Buffer.from(batch.bytes)))
          expect(parsed).toMatchObject({
            firstOffset: 0n,
            length: batch.bytes.length - 12,
            magic: 2,
            crc: crc32c(Buffer.from(batch.bytes.subarray(21))),
            attributes: 0x10,
            lastOffsetDelta: batch.rows - 1,
            producerId: PRODUCER.producerId,
            producerEpoch: 12,
            firstSequence: 3,
          })
          if (batch.rows > 1) expect(batch.bytes.length).toBeLessThanOrEqual(bytesMax)
          let newest = 0
          for (const [i, record] of parsed.records.entries()) {
            expect([record.offsetDelta, record.headers]).toEqual([i, []])
            const timestampMs = Number(parsed.firstTimestamp + record.timestampDelta)
            newest = Math.max(newest, timestampMs)
            read.push({ timestampMs, key: record.key ?? null, value: record.value ?? Buffer.alloc(0) })
          }
          expect(Number(parsed.maxTimestamp)).toBe(newest)
        }
        expect(read.map(plain)).toEqual(rows.map(plain))
      }),
      { numRuns: 60 },
    )
  })

  it('the same batch can be sealed again, for another epoch', () => {
    const [batch] = batchesOf(recordsOf([{ timestampMs: 5, key: null, value: Buffer.from('v') }]), 1000)
    sealRecordBatch(batch!, PRODUCER, 0)
    const first = Buffer.from(batch!.bytes)
    sealRecordBatch(batch!, { ...PRODUCER, producerEpoch: 13, transactional: false }, 9)
    expect(readRecordsBatch(Reader.from(Buffer.from(batch!.bytes)))).toMatchObject({
      attributes: 0,
      producerEpoch: 13,
      firstSequence: 9,
    })
    sealRecordBatch(batch!, PRODUCER, 0)
    expect(Buffer.from(batch!.bytes)).toEqual(first)
  })

  it('a row that is longer than a batch may be is alone in one', () => {
    const rows = [10, 5000, 10].map(length => ({ timestampMs: 0, key: null, value: Buffer.alloc(length) }))
    expect(batchesOf(recordsOf(rows), 200).map(batch => batch.rows)).toEqual([1, 1, 1])
  })

  it('sequence numbers go round', () => {
    expect(sequenceAfter(2 ** 31 - 2, 5)).toBe(3)
    expect(sequenceAfter(0, 5)).toBe(5)
  })
})

function plain(row: Row): unknown[] {
  return [
    row.timestampMs,
    row.key === null ? null : Buffer.from(row.key).toString('hex'),
    Buffer.from(row.value).toString('hex'),
  ]
}
