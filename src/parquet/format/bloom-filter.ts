/**
 * Split-block bloom filters: which values a column chunk certainly does not have.
 *
 *     header (thrift) │ block 0: 8 words of 32 bits │ block 1 │ …
 *
 * The high half of a value's hash picks a block; its low half, times eight odd numbers, one bit in each word.
 *
 * Invariant: a value that was inserted is always found; nothing is read outside of the bitset.
 * Source: apache/parquet-format, `BloomFilter.md`. Values are hashed as PLAIN (strings without a length) by XxHash64.
 */

import { corrupt, passed, unsupported } from '../damage.ts'
import { ThriftReader } from './thrift-reader.ts'
import { ThriftWriter } from './thrift-writer.ts'

const BLOCK_BYTES = 32
/** Other writers stop at 128 MiB. */
const BITSET_BYTES_MAX = 128 * 1024 * 1024
const TWO_16 = 65_536
const SALT = new Int32Array([
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
])

/** Where the bitset is: behind the header. */
export interface BloomHeader {
  /** Position of the bitset, counted from the beginning of the header. */
  readonly headerBytes: number
  readonly bitsetBytes: number
}

/**
 * Parses the header at the beginning of `bytes`, which need not have the bitset. Raises `file-corrupt` (also where
 * the header is cut off), `unsupported` (another algorithm, hash or compression) or `limit-passed`.
 */
export function parseBloomHeader(bytes: Uint8Array): BloomHeader {
  const reader = new ThriftReader(bytes, 0, bytes.length)
  let bitsetBytes = -1
  let known = 0
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) bitsetBytes = reader.int32()
    else if (id >= 2 && id <= 4) known += firstMember(reader) === 1 ? 1 : 0
    else reader.skip()
  }
  if (known !== 3) throw unsupported('the bloom filter is of a kind that is not known')
  if (bitsetBytes < BLOCK_BYTES || bitsetBytes % BLOCK_BYTES !== 0)
    throw corrupt(`a bloom filter of ${bitsetBytes} bytes`)
  if (bitsetBytes > BITSET_BYTES_MAX)
    throw passed(`a bloom filter of ${bitsetBytes} bytes is more than ${BITSET_BYTES_MAX}`)
  return { headerBytes: reader.position, bitsetBytes }
}

/** Field id of the member of a union; the first one of each of ours is the only one that exists. */
function firstMember(reader: ThriftReader): number {
  let member = 0
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    member = id
    reader.skip()
  }
  return member
}

/** False: the value with this hash is certainly not in the column chunk. `bitset` is whole blocks. */
export function mightContain(bitset: Uint8Array, hashLow: number, hashHigh: number): boolean {
  const block = BLOCK_BYTES * blockOf(bitset.length / BLOCK_BYTES, hashHigh)
  for (let w = 0; w < 8; w++) {
    const bit = Math.imul(hashLow, SALT[w]!) >>> 27
    if ((bitset[block + 4 * w + (bit >> 3)]! & (1 << (bit & 7))) === 0) return false
  }
  return true
}

/** ⌊hash × blocks / 2^32⌋, exactly, by halves of 16 bits. */
function blockOf(blocks: number, hashHigh: number): number {
  const low = Math.floor(((hashHigh & 0xffff) * blocks) / TWO_16)
  return Math.floor(((hashHigh >>> 16) * blocks + low) / TWO_16)
}

/** Bytes of a bitset, a power of two, that `distinct` values fill to at most `falsePositives` (0 … 1) wrong answers. */
export function bloomBytes(distinct: number, falsePositives: number): number {
  const bits = (-8 * distinct) / Math.log(1 - falsePositives ** (1 / 8))
  const bytes = 2 ** Math.ceil(Math.log2(Math.max(1, bits / 8)))
  return Math.min(BITSET_BYTES_MAX, Math.max(BLOCK_BYTES, bytes))
}

/** Fills a bloom filter and encodes it. */
export class BloomBuilder {
  readonly #bitset: Uint8Array

  /** `bytes` of bitset, as `bloomBytes` says. */
  constructor(bytes: number) {
    this.#bitset = new Uint8Array(bytes)
  }

  insert(hashLow: number, hashHigh: number): void {
    const bitset = this.#bitset
    const block = BLOCK_BYTES * blockOf(bitset.length / BLOCK_BYTES, hashHigh)
    for (let w = 0; w < 8; w++) {
      const bit = Math.imul(hashLow, SALT[w]!) >>> 27
      bitset[block + 4 * w + (bit >> 3)]! |= 1 << (bit & 7)
    }
  }

  /** Header and bitset, as they stand in a file. */
  encode(): Uint8Array {
    const writer = new ThriftWriter(64)
    writer.beginStruct()
    writer.fieldI32(1, this.#bitset.length)
    for (let id = 2; id <= 4; id++) {
      writer.fieldStruct(id)
      writer.fieldStruct(1)
      writer.endStruct()
      writer.endStruct()
    }
    writer.endStruct()
    const header = writer.finish()
    const bytes = new Uint8Array(header.length + this.#bitset.length)
    bytes.set(header)
    bytes.set(this.#bitset, header.length)
    return bytes
  }
}
