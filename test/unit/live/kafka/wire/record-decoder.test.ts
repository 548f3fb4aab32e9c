import { createRequire } from 'node:module'
import { createRecordsBatch } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { type AbortedTransaction, RecordDecoder } from '../../../../../src/live/kafka/wire/index.ts'
import { batchBytes, PLAIN_CODECS, type PlainBatch } from '../../../../property/kafka-batch-bytes.ts'
import { markerBatch } from '../../../../property/kafka-log-twin.ts'
import { batch, fetched, rowsOf, text } from './few-records.ts'

const inTransaction = (producerId: number) => ({ isTransactional: true, producerId })

function read(
  batches: readonly (PlainBatch | Uint8Array)[],
  offset: number,
  aborted: readonly AbortedTransaction[] | null = [],
): { rows: string[]; holes: string[]; next: number } {
  const cursor = fetched(batches, offset, { aborted })
  const { holes, ...all } = new RecordDecoder().decode(cursor, 1e9)
  expect(cursor.isDone).toBe(true)
  return {
    rows: rowsOf({ ...all, holes }),
    holes: holes.map(({ first, last, why }) => `${first}-${last} ${why}`),
    next: all.offsetNext,
  }
}

describe('RecordDecoder', () => {
  it('tells null from empty, keys and values, and hands out memory of its own', () => {
    const records = [
      { offset: 7, timestampMs: -1, key: null, value: text(''), headers: [] },
      { offset: 8, timestampMs: 5, key: text(''), value: null, headers: [{ key: text('h'), value: null }] },
      { offset: 9, timestampMs: 6, key: text('key'), value: text('value'), headers: [] },
    ]
    const decoder = new RecordDecoder()
    const first = decoder.decode(fetched([batch(7, ['', '', ''], { records })], 7), 1e9)
    expect(first).toMatchObject({ partition: 1, rows: 3, offsetNext: 10, endOffset: 99, holes: [] })
    expect([...first.offset]).toEqual([7, 8, 9])
    expect([...first.timestampMs]).toEqual([-1, 5, 6])
    expect([...first.keyNull]).toEqual([1, 0, 0])
    expect([...first.keyOffsets]).toEqual([0, 0, 0, 3])
    expect([...(first.valueNull ?? [])]).toEqual([0, 1, 0])
    expect([...first.valueOffsets]).toEqual([0, 0, 0, 5])
    const second = decoder.decode(fetched([batch(0, ['other'])], 0), 1e9)
    expect(second.valueNull).toBeUndefined()
    expect(Buffer.from(first.bytes).toString()).toBe('value')
    expect(first.bytes.byteLength).toBe(first.bytes.buffer.byteLength)
  })

  it('ends where another leader wrote what follows, so that each position has its epoch', () => {
    const log = [batch(0, ['a']), batch(1, ['b']), batch(2, ['c'], { leaderEpoch: 6 })]
    const cursor = fetched(log, 0)
    const decoder = new RecordDecoder()
    expect(decoder.decode(cursor, 1e9)).toMatchObject({ rows: 2, offsetNext: 2, leaderEpoch: 3 })
    expect(decoder.decode(cursor, 1e9)).toMatchObject({ rows: 1, offsetNext: 3, leaderEpoch: 6 })
    expect(cursor.isDone).toBe(true)
  })

  it('takes the broker’s time where it stamped the records', () => {
    const stamped = batch(0, ['a', 'b'], { appendTimeMs: 77 })
    expect([...new RecordDecoder().decode(fetched([stamped], 0), 1e9).timestampMs]).toEqual([77, 77])
  })

  it('passes over what lies before the offset asked for, in the first batch or before it', () => {
    const log = [batch(0, ['a']), batch(3, ['b', 'c', 'd'])]
    expect(read(log, 4)).toEqual({ rows: ['4:c', '5:d'], holes: [], next: 6 })
    expect(read(log, 6)).toEqual({ rows: [], holes: [], next: 6 })
  })

  it('explains what is missing before, inside, behind and between batches', () => {
    const thinned = batch(10, ['a', 'b', 'c', 'd', 'e'])
    const records = [thinned.records[1], thinned.records[3]]
    const log = [{ ...thinned, records }, batch(15, ['x', 'y'], { records: [] }), batch(20, ['z'])]
    expect(read(log, 8)).toEqual({
      rows: ['11:b', '13:d', '20:z'],
      holes: ['8-10 compacted', '12-12 compacted', '14-19 compacted'],
      next: 21,
    })
    expect(read(log, 12).holes).toEqual(['12-12 compacted', '14-19 compacted'])
    expect(read([{ ...thinned, records }], 14)).toEqual({ rows: [], holes: ['14-14 compacted'], next: 15 })
  })

  it('leaves a cut batch for the next fetch and says how many bytes it needs', () => {
    const [whole, cut] = [batchBytes(batch(0, ['a'])), batchBytes(batch(1, ['b']))]
    for (let size = 0; size < cut.length; size++) {
      const cursor = fetched([whole, cut.subarray(0, size)], 0)
      expect(rowsOf(new RecordDecoder().decode(cursor, 1e9))).toEqual(['0:a'])
      expect(cursor).toMatchObject({ isDone: true, offsetNext: 1, leaderEpoch: 3 })
      expect(cursor.bytesNeeded).toBe(size === 0 ? 0 : size < 12 ? 61 : cut.length)
      const alone = fetched([cut.subarray(0, size)], 1)
      expect(new RecordDecoder().decode(alone, 1e9)).toMatchObject({ rows: 0, offsetNext: 1, holes: [] })
      expect(alone.bytesNeeded).toBe(size === 0 ? 0 : size < 12 ? 61 : cut.length)
    }
  })

  it('stops at the bytes asked for, batch by batch', () => {
    const cursor = fetched([batch(0, ['a', 'b']), batch(2, ['c']), batch(3, ['d'])], 1)
    const decoder = new RecordDecoder()
    const rows: string[][] = []
    while (!cursor.isDone) rows.push(rowsOf(decoder.decode(cursor, rows.length)))
    expect(rows).toEqual([['1:b'], ['2:c'], ['3:d']])
    expect(rowsOf(decoder.decode(cursor, 1))).toEqual([])
  })

  describe('leaves out aborted transactions', () => {
    it('of which one producer has two in one fetch', () => {
      const log = [
        batch(0, ['c0'], inTransaction(7)),
        markerBatch(1, 7, 'commit'),
        batch(2, ['a1'], inTransaction(7)),
        markerBatch(3, 7, 'abort'),
        batch(4, ['c1'], inTransaction(7)),
        markerBatch(5, 7, 'commit'),
        batch(6, ['a2'], inTransaction(7)),
        batch(7, ['other']),
        markerBatch(8, 7, 'abort'),
        batch(9, ['c2'], inTransaction(7)),
        markerBatch(10, 7, 'commit'),
      ]
      const aborted = [
        { producerId: 7, firstOffset: 6 },
        { producerId: 7, firstOffset: 2 },
      ]
      expect(read(log, 0, aborted)).toEqual({
        rows: ['0:c0', '4:c1', '7:other', '9:c2'],
        holes: [
          '1-1 control',
          '2-2 aborted',
          '3-3 control',
          '5-5 control',
          '6-6 aborted',
          '8-8 control',
          '10-10 control',
        ],
        next: 11,
      })
    })

    it('whose marker lies beyond the fetch', () => {
      const log = [batch(10, ['x', 'y'], inTransaction(7)), batch(12, ['z'], inTransaction(8))]
      expect(read(log, 11, [{ producerId: 7, firstOffset: 4 }])).toEqual({
        rows: ['12:z'],
        holes: ['11-11 aborted'],
        next: 13,
      })
    })

    it('whose marker begins the fetch', () => {
      const log = [markerBatch(20, 7, 'abort'), batch(21, ['good'], inTransaction(7))]
      const aborted = [{ producerId: 7, firstOffset: 4 }]
      expect(read(log, 20, aborted)).toEqual({ rows: ['21:good'], holes: ['20-20 control'], next: 22 })
    })

    it('but keeps what the same producer wrote without one, and everything where no list is given', () => {
      const log = [batch(0, ['a'], inTransaction(7)), batch(1, ['b'], { producerId: 7 })]
      expect(read(log, 0, [{ producerId: 7, firstOffset: 0 }]).rows).toEqual(['1:b'])
      expect(read(log, 0, null).rows).toEqual(['0:a', '1:b'])
    })

    it('without taking an emptied or a foreign control batch for a marker', () => {
      const emptied = { ...markerBatch(1, 7, 'abort'), records: [] }
      const commit = markerBatch(2, 7, 'commit')
      const foreign = {
        ...commit,
        base: 3,
        last: 3,
        records: [{ ...commit.records[0], offset: 3, key: Uint8Array.of(0, 0, 0, 9) }],
      }
      const log = [
        batch(0, ['a'], inTransaction(7)),
        emptied,
        commit,
        foreign,
        batch(4, ['b'], inTransaction(7)),
      ]
      expect(read(log, 0, [{ producerId: 7, firstOffset: 0 }])).toMatchObject({
        rows: [],
        holes: ['0-0 aborted', '1-3 control', '4-4 aborted'],
      })
    })
  })

  it('reads batches of all codecs and forms', () => {
    const values = Array.from({ length: 500 }, (_, i) => `{"id":${i},"text":"${'xyz'.repeat(i % 40)}"}`)
    const expected = values.map((value, i) => `${i}:${value}`)
    for (const codec of PLAIN_CODECS) {
      expect([codec, read([batch(0, values, { codec })], 0).rows]).toEqual([codec, expected])
    }
  })

  it('reads batches of another client’s encoder', () => {
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const messages = Array.from({ length: 300 }, (_, i) => ({
        topic: 't',
        key: Buffer.from(`k${i}`),
        value: Buffer.from(`value ${i} `.repeat(i % 30)),
        headers: new Map([[Buffer.from('name'), Buffer.from('x')]]),
        timestamp: BigInt(1_700_000_000_000 + ((i * 7919) % 5000)),
      }))
      const { buffer } = createRecordsBatch(messages, { compression })
      const decoded = new RecordDecoder().decode(fetched([buffer], 0), 1e9)
      expect(rowsOf(decoded)).toEqual(messages.map(({ value }, i) => `${i}:${value}`))
      expect([...decoded.timestampMs]).toEqual(messages.map(({ timestamp }) => Number(timestamp)))
    }
  })

  it('reads batches of a third client’s encoder', async () => {
    const require = createRequire(import.meta.url)
    const { RecordBatch: encode } = require('kafkajs/src/protocol/recordBatch/v0')
    const record = require('kafkajs/src/protocol/recordBatch/record/v0')
    for (const compression of [0, 1]) {
      const records = [0, 1, 2].map(i =>
        record({
          offsetDelta: i,
          timestampDelta: 10 * i,
          key: 'k',
          value: i === 1 ? null : `v${i}`,
          headers: { h: 'x' },
        }),
      )
      const { buffer } = await encode({
        compression,
        firstTimestamp: 5000,
        maxTimestamp: 5020,
        lastOffsetDelta: 2,
        records,
      })
      const decoded = new RecordDecoder().decode(fetched([buffer], 0), 1e9)
      expect(rowsOf(decoded)).toEqual(['0:v0', '1:null', '2:v2'])
      expect([...decoded.timestampMs]).toEqual([5000, 5010, 5020])
    }
  })
})
