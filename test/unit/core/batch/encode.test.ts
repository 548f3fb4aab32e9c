import { describe, expect, it } from 'vitest'
import type { Batch, Column, ColumnType, EventBatch } from '../../../../src/core/batch/index.ts'
import {
  decodeBatch,
  decodeEvents,
  encodeBatch,
  encodeEvents,
  sliceEvents,
  wordsOf,
  xxHash32,
} from '../../../../src/core/batch/index.ts'

const TYPES: readonly ColumnType[] = [
  { name: 'int32' },
  { name: 'int64' },
  { name: 'float64' },
  { name: 'utf8' },
  { name: 'timestamp', unit: 'us', utc: true },
]

function column(type: ColumnType, rows: number, valid: Uint8Array | null): Column {
  switch (type.name) {
    case 'int32':
      return { kind: 'i32', values: Int32Array.from({ length: rows }, (_, i) => i - 3), valid }
    case 'float64':
      return { kind: 'f64', values: Float64Array.from({ length: rows }, (_, i) => i / 3), valid }
    case 'utf8': {
      const offsets = Int32Array.from({ length: rows + 1 }, (_, i) => 2 * i)
      return {
        kind: 'bytes',
        offsets,
        bytes: Uint8Array.from({ length: 2 * rows }, (_, i) => 97 + (i % 26)),
        valid,
      }
    }
    default:
      return { kind: 'i64', values: Int32Array.from({ length: 2 * rows }, (_, i) => i * 7), valid }
  }
}

function events(rows: number, options: { sub: boolean; offset: boolean; valid: boolean }): EventBatch {
  const valid = (c: number): Uint8Array | null =>
    options.valid ? Uint8Array.from({ length: rows }, (_, i) => ((i + c) % 3 === 0 ? 0 : 1)) : null
  return {
    schema: TYPES.map((type, c) => ({ name: c === 0 ? '__proto__' : `größe ${c}`, type })),
    rows,
    columns: TYPES.map((type, c) => column(type, rows, valid(c))),
    stream: 2,
    partition: 7,
    time: Float64Array.from({ length: rows }, (_, i) => 1e12 + i),
    sub: options.sub ? new Int32Array(rows).fill(999) : null,
    sourceOffset: options.offset ? Float64Array.from({ length: rows }, (_, i) => 2 ** 52 + i) : null,
  }
}

describe('encoded batches', () => {
  for (const rows of [0, 1, 2, 5, 8]) {
    for (const on of [true, false]) {
      it(`come back: ${rows} rows, ${on ? 'with' : 'without'} nulls, sub and offsets`, () => {
        const batch = events(rows, { sub: on, offset: on, valid: on })
        expect(decodeEvents(encodeEvents(batch))).toEqual(batch)
        const { schema, columns } = batch
        expect(decodeBatch(encodeBatch({ schema, rows, columns }))).toEqual({ schema, rows, columns })
      })
    }
  }

  it('hold only the rows of a view', () => {
    const batch = events(8, { sub: true, offset: true, valid: true })
    const view = sliceEvents(batch, 2, 5)
    const decoded = decodeEvents(encodeEvents(view))
    expect(decoded.columns[3]).toEqual({
      ...view.columns[3],
      offsets: new Int32Array([0, 2, 4, 6]),
      bytes: Uint8Array.from({ length: 6 }, (_, i) => 97 + 4 + i),
    })
    expect(decoded.time).toEqual(view.time)
  })

  it('are read where they lie, and copied where they are not aligned', () => {
    const bytes = encodeEvents(events(5, { sub: true, offset: true, valid: true }))
    expect(decodeEvents(bytes).time.buffer).toBe(bytes.buffer)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(decodeEvents(shifted.subarray(1))).toEqual(decodeEvents(bytes))
  })

  it('of an empty schema are possible', () => {
    const batch: Batch = { schema: [], rows: 3, columns: [] }
    expect(decodeBatch(encodeBatch(batch))).toEqual(batch)
  })
})

describe('damaged bytes', () => {
  const bytes = encodeEvents(events(5, { sub: true, offset: true, valid: true }))
  const corrupt = expect.objectContaining({ code: 'output-corrupt' })

  it('are told at every byte', () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at] ^= 1 << (at % 8)
      expect(() => decodeEvents(damaged)).toThrow(corrupt)
    }
  })

  it('are told at every length', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeEvents(bytes.slice(0, length))).toThrow(corrupt)
    }
  })

  it('are refused where the checksum is right and the structure is not, before memory is taken for it', () => {
    const words = new Int32Array(bytes.buffer)
    for (let at = 2; at < words.length; at++) {
      for (const value of [0, -1, 0x7fffffff, 0x10000]) {
        const forged = bytes.slice()
        new Int32Array(forged.buffer)[at] = value
        new Uint32Array(forged.buffer)[1] = xxHash32(wordsOf(forged, 8, forged.length))
        try {
          decodeEvents(forged)
        } catch (error) {
          expect((error as { code?: string }).code).toBe('output-corrupt')
        }
      }
    }
  })

  it('are refused as another kind of batch', () => {
    expect(() => decodeBatch(bytes)).toThrow(corrupt)
    expect(() => decodeEvents(encodeBatch(events(1, { sub: false, offset: false, valid: false })))).toThrow(
      corrupt,
    )
  })
})

describe('xxHash32', () => {
  it('gives the published values', () => {
    const of = (text: string): number => {
      const bytes = new TextEncoder().encode(text)
      return xxHash32(wordsOf(bytes.slice(), 0, bytes.length))
    }
    expect(of('')).toBe(0x02cc5d05)
    expect(of('abcd')).toBe(0xa3643705)
    for (const words of [4, 5, 8, 11, 64]) {
      const input = Int32Array.from({ length: words }, (_, i) => Math.imul(i + 1, 0x9e3779b1))
      expect(xxHash32(input)).toBe(slowHash(input))
    }
  })
})

/** The algorithm as its specification states it, in BigInt. */
function slowHash(words: Int32Array): number {
  const [p1, p2, p3, p4] = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn, 0x27d4eb2fn]
  const u32 = (x: bigint): bigint => BigInt.asUintN(32, x)
  const rotate = (x: bigint, by: bigint): bigint => u32(x << by) | (x >> (32n - by))
  const lanes = [u32(p1 + p2), p2, 0n, u32(-p1)]
  const end = words.length - (words.length % 4)
  for (let i = 0; i < end; i++) {
    lanes[i % 4] = u32(rotate(u32(lanes[i % 4] + u32(BigInt(words[i])) * p2), 13n) * p1)
  }
  let hash = u32(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n))
  hash = u32(hash + BigInt(4 * words.length))
  for (let i = end; i < words.length; i++)
    hash = u32(rotate(u32(hash + u32(BigInt(words[i])) * p3), 17n) * p4)
  hash = u32((hash ^ (hash >> 15n)) * p2)
  hash = u32((hash ^ (hash >> 13n)) * p3)
  return Number(hash ^ (hash >> 16n))
}
