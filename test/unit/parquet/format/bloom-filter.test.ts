import { describe, expect, it } from 'vitest'
import {
  BloomBuilder,
  bloomBytes,
  mightContain,
  parseBloomHeader,
} from '../../../../src/parquet/format/bloom-filter.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { XxHash64 } from '../../../../src/parquet/format/xxhash64.ts'
import { duckDbFile } from './duckdb-file.ts'

const hash = new XxHash64()

function contains(bitset: Uint8Array, value: Uint8Array): boolean {
  hash.hash(value)
  return mightContain(bitset, hash.low, hash.high)
}

function int64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true)
  return bytes
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The bitset behind a header. */
function bitsetOf(bytes: Uint8Array): Uint8Array {
  const { headerBytes, bitsetBytes } = parseBloomHeader(bytes)
  return bytes.subarray(headerBytes, headerBytes + bitsetBytes)
}

describe('bloom filters', () => {
  it('of DuckDB find every value that is there and few others', async () => {
    const { bytes, footer } = await duckDbFile(
      `SELECT (i % 500) * 1000003 AS number, 'key-' || i % 300 AS text FROM range(20000) t(i)`,
      'ROW_GROUP_SIZE 20480',
    )
    const [numbers, texts] = parseMetadata(footer).rowGroups[0]!.columns.map(chunk => {
      const { position, length } = chunk.bloomFilter!
      const whole = bytes.subarray(position, position + length!)
      const { headerBytes, bitsetBytes } = parseBloomHeader(whole)
      expect(headerBytes + bitsetBytes).toBe(length)
      return bitsetOf(whole)
    })
    const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
    expect(range(500).every(i => contains(numbers!, int64(i * 1000003)))).toBe(true)
    expect(range(300).every(i => contains(texts!, utf8(`key-${i}`)))).toBe(true)
    expect(range(1000).filter(i => contains(numbers!, int64(i * 1000003 + 1))).length).toBeLessThan(100)
    expect(range(1000).filter(i => contains(texts!, utf8(`other-${i}`))).length).toBeLessThan(100)
  })

  it('of ours do too, at about the rate that was asked for', () => {
    const builder = new BloomBuilder(bloomBytes(1000, 0.01))
    for (let i = 0; i < 1000; i++) {
      hash.hash(int64(i))
      builder.insert(hash.low, hash.high)
    }
    const bitset = bitsetOf(builder.encode())
    for (let i = 0; i < 1000; i++) expect(contains(bitset, int64(i))).toBe(true)
    let wrong = 0
    for (let i = 1000; i < 21_000; i++) if (contains(bitset, int64(i))) wrong++
    expect(wrong).toBeGreaterThan(0)
    expect(wrong / 20_000).toBeLessThan(0.012)
  })

  it('of ours are built as DuckDB builds them', async () => {
    const { bytes, footer } = await duckDbFile(
      `SELECT 'v' || i % 40 AS text FROM range(5000) t(i)`,
      'ROW_GROUP_SIZE 20480',
    )
    const { position, length } = parseMetadata(footer).rowGroups[0]!.columns[0]!.bloomFilter!
    const theirs = bytes.subarray(position, position + length!)
    const builder = new BloomBuilder(parseBloomHeader(theirs).bitsetBytes)
    for (let i = 0; i < 40; i++) {
      hash.hash(utf8(`v${i}`))
      builder.insert(hash.low, hash.high)
    }
    expect(builder.encode()).toEqual(theirs)
  })

  it('use every block and no byte outside, up to the largest hash', () => {
    const bitset = new Uint8Array(96).fill(255)
    for (const high of [0, 1, 0x55555555, 0x55555556, 0x7fffffff, -0x80000000, -1])
      expect(mightContain(bitset, 0x12345678, high)).toBe(true)
    const last = new Uint8Array(96)
    last.fill(255, 64)
    expect(mightContain(last, 1, -1)).toBe(true)
    expect(mightContain(last, 1, 0)).toBe(false)
    const first = new Uint8Array(96).fill(255, 0, 32)
    expect(mightContain(first, 1, 0x55555555)).toBe(true)
    expect(mightContain(first, 1, 0x55555556)).toBe(false)
  })

  it('are as large as their values need, within bounds', () => {
    expect(bloomBytes(0, 0.01)).toBe(32)
    expect(bloomBytes(1000, 0.01)).toBe(2048)
    expect(bloomBytes(1e12, 0.01)).toBe(128 * 1024 * 1024)
  })

  it.each([
    ['a length that is no whole blocks', [0x15, 0x42], /a bloom filter of 33 bytes/],
    ['no block', [0x15, 0x00], /a bloom filter of 0 bytes/],
    ['a negative length', [0x15, 0x3f], /a bloom filter of -32 bytes/],
    ['a length of 2 GB', [0x15, 0xc0, 0xff, 0xff, 0xff, 0x0f], /is more than/],
  ])('with %s are refused', (_, length, message) => {
    const rest = [0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0]
    expect(() => parseBloomHeader(new Uint8Array([...length, ...rest]))).toThrow(message)
  })

  it('with another hash are unsupported', () => {
    const bytes = new Uint8Array([0x15, 0x40, 0x1c, 0x1c, 0, 0, 0x1c, 0x2c, 0, 0, 0x1c, 0x1c, 0, 0, 0])
    expect(() => parseBloomHeader(bytes)).toThrow(/of a kind that is not known/)
    expect(() => parseBloomHeader(new Uint8Array([0x15, 0x40, 0]))).toThrow(/of a kind that is not known/)
  })
})
