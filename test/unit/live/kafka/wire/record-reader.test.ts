import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordReader } from '../../../../../src/live/kafka/wire/record-reader.ts'
import { varint } from '../../../../property/kafka-batch-bytes.ts'

function readerOf(bytes: readonly number[]): RecordReader {
  const reader = new RecordReader()
  reader.bytes = Uint8Array.from(bytes)
  return reader
}

describe('RecordReader', () => {
  it('reads 32-bit and 64-bit numbers as BigInt arithmetic does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 })), value => {
        const reader = readerOf(varint(value))
        expect(reader.int() + 0).toBe(value + 0)
        expect(reader.at).toBe(reader.bytes.length)
      }),
    )
    const long = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-70_000n, 70_000n))
    fc.assert(
      fc.property(long, value => {
        const reader = readerOf(varint(value))
        const read = reader.long() + 0
        if (value > -(2n ** 53n) && value < 2n ** 53n) expect(read).toBe(Number(value))
        else expect(Math.abs(read / Number(value) - 1)).toBeLessThan(2 ** -50)
        expect(reader.at).toBe(reader.bytes.length)
      }),
    )
    const edges = [2n ** 53n - 1n, -(2n ** 53n) + 1n, 2n ** 27n, -(2n ** 27n) - 1n, 2n ** 28n, 2n ** 34n]
    for (const value of edges) expect(readerOf(varint(value)).long()).toBe(Number(value))
  })

  it('takes padded numbers of as many bytes as they may have, and moves away from longer or cut ones', () => {
    const padded = (bytes: number) => [...Array(bytes - 1).fill(0x80), 0]
    const ends = (bytes: number[], read: (reader: RecordReader) => unknown) => {
      const reader = readerOf(bytes)
      read(reader)
      return reader.at
    }
    expect(ends(padded(5), reader => reader.int())).toBe(5)
    expect(ends(padded(10), reader => reader.long())).toBe(10)
    const bad: [number[], 'int' | 'long'][] = [
      [padded(6), 'int'],
      [padded(11), 'long'],
      [[0xff, 0xff, 0xff, 0xff, 0x10], 'int'],
      [[...Array(9).fill(0xff), 2], 'long'],
      [[0x80, 0x80], 'int'],
      [[0x80, 0x80], 'long'],
      [[], 'int'],
      [[], 'long'],
    ]
    for (const [bytes, kind] of bad) expect(ends(bytes, reader => reader[kind]())).toBeGreaterThan(2 ** 29)
  })

  it('goes over headers, and away from those that are not within the record', () => {
    const header = [...varint(1), 7, ...varint(2), 8, 9]
    const twoHeaders = [...varint(2), ...header, ...varint(0), ...varint(-1)]
    const at = (bytes: number[], end = bytes.length) => {
      const reader = readerOf([...bytes, ...Array(20).fill(0)])
      reader.skipHeaders(end)
      return reader.at
    }
    expect(at(twoHeaders)).toBe(twoHeaders.length)
    expect(at([0])).toBe(1)
    for (const bad of [
      varint(-1),
      varint(2 ** 31 - 1),
      [...varint(1), ...varint(-1), ...varint(0)],
      [...varint(1), ...varint(2 ** 31 - 1), ...varint(0)],
      [...varint(1), ...varint(0), ...varint(5), 1],
    ])
      expect(at(bad)).not.toBe(bad.length)
  })
})
