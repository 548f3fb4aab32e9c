/**
 * xxHash64 in 32-bit halves and the bloom filter against slow twins in BigInt, written as the specifications are.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { i64ToBigInt } from '../../src/core/batch/index.ts'
import { BloomBuilder, mightContain, parseBloomHeader } from '../../src/parquet/format/bloom-filter.ts'
import { XxHash64 } from '../../src/parquet/format/xxhash64.ts'
import { cases } from './cases.ts'

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotated = (value: bigint, bits: bigint): bigint => u64(value << bits) | (value >> (64n - bits))
const round = (lane: bigint, input: bigint): bigint => u64(rotated(u64(lane + input * P2), 31n) * P1)

function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let hash = P5
  if (bytes.length >= 32) {
    const lanes = [P1 + P2, P2, 0n, -P1].map(u64)
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + 8 * i, true))
    const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint]
    hash = u64(rotated(a, 1n) + rotated(b, 7n) + rotated(c, 12n) + rotated(d, 18n))
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4)
  }
  hash = u64(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8)
    hash = u64(rotated(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  if (at + 4 <= bytes.length) {
    hash = u64(rotated(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = u64(rotated(hash ^ u64(BigInt(bytes[at]!) * P5), 11n) * P1)
  hash = u64((hash ^ (hash >> 33n)) * P2)
  hash = u64((hash ^ (hash >> 29n)) * P3)
  return hash ^ (hash >> 32n)
}

const SALT = [
  0x47b6137bn,
  0x44974d91n,
  0x8824ad5bn,
  0xa2b7289dn,
  0x705495c7n,
  0x2df1424bn,
  0x9efc4947n,
  0x5c6bfb31n,
]

/** The bits that a hash sets, by their number in the bitset. */
function bitsOf(hash: bigint, blocks: number): number[] {
  const block = Number(((hash >> 32n) * BigInt(blocks)) >> 32n)
  return SALT.map(
    (salt, w) => 256 * block + 32 * w + Number(BigInt.asUintN(32, (hash & 0xffffffffn) * salt) >> 27n),
  )
}

describe('XxHash64', () => {
  it('is what BigInt says it is', () => {
    const hash = new XxHash64()
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ minLength: 30, maxLength: 300 }),
      fc.nat({ max: 100 }).map(length => new Uint8Array(length).fill(255)),
    )
    fc.assert(
      fc.property(bytes, made => {
        hash.hash(made)
        expect(i64ToBigInt(hash.low, hash.high, true)).toBe(xxh64(made))
      }),
      cases(5000),
    )
  })
})

describe('bloom filters', () => {
  it('set the bits that the specification names, and look at no others', () => {
    const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(
        fc.array(hash, { maxLength: 20 }),
        fc.array(hash, { maxLength: 20 }),
        fc.integer({ min: 1, max: 70 }),
        (inserted, others, blocks) => {
          const builder = new BloomBuilder(32 * blocks)
          const set = new Set<number>()
          for (const value of inserted) {
            builder.insert(Number(value & 0xffffffffn) | 0, Number(value >> 32n) | 0)
            for (const bit of bitsOf(value, blocks)) set.add(bit)
          }
          const encoded = builder.encode()
          const bitset = encoded.subarray(parseBloomHeader(encoded).headerBytes)
          expect(bitset.length).toBe(32 * blocks)
          for (const value of [...inserted, ...others]) {
            const expected = bitsOf(value, blocks).every(bit => set.has(bit))
            expect(mightContain(bitset, Number(value & 0xffffffffn) | 0, Number(value >> 32n) | 0)).toBe(
              expected,
            )
          }
        },
      ),
      cases(),
    )
  })
})
