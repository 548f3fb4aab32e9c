import { describe, expect, it } from 'vitest'
import { i64ToBigInt } from '../../../../src/core/batch/index.ts'
import { XxHash64 } from '../../../../src/parquet/format/xxhash64.ts'

function hashOf(text: string): string {
  const hash = new XxHash64()
  hash.hash(new TextEncoder().encode(text))
  return i64ToBigInt(hash.low, hash.high, true).toString(16).padStart(16, '0')
}

describe('XxHash64', () => {
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ])('of %j is the published one', (text, expected) => {
    expect(hashOf(text)).toBe(expected)
  })

  it('hashes a stretch as it hashes the bytes alone, and one after the other', () => {
    const hash = new XxHash64()
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) & 255)
    hash.hash(bytes.slice(33, 133))
    const alone = [hash.low, hash.high]
    hash.hash(bytes)
    hash.hash(bytes, 33, 133)
    expect([hash.low, hash.high]).toEqual(alone)
  })
})
