/**
 * Encodes record batches of Kafka, slow and obvious: BigInt arithmetic, arrays of bytes, CRC32C bit by bit. What tests
 * of the record decoder are made of; every field can be made to lie.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compress } from '../../src/parquet/codec/compress.ts'

export interface PlainHeader {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

export interface PlainRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly PlainHeader[]
}

/** How records are compressed; the last four are further forms that the same codecs have. */
export type PlainCodec =
  | 'none'
  | 'gzip'
  | 'snappy'
  | 'lz4'
  | 'zstd'
  | 'snappy-framed'
  | 'lz4-checked'
  | 'zstd-frames'
  | 'gzip-members'

export interface PlainBatch {
  readonly base: number
  readonly last: number
  readonly leaderEpoch: number
  readonly codec: PlainCodec
  readonly baseTimestampMs: number
  /** LogAppendTime, or null. */
  readonly appendTimeMs: number | null
  /** A control batch that ends its producer's transaction. */
  readonly marker: 'commit' | 'abort' | null
  readonly isTransactional: boolean
  readonly producerId: number
  readonly records: readonly PlainRecord[]
}

const NUMBERS: Readonly<Record<PlainCodec, number>> = {
  none: 0,
  gzip: 1,
  'gzip-members': 1,
  snappy: 2,
  'snappy-framed': 2,
  lz4: 3,
  'lz4-checked': 3,
  zstd: 4,
  'zstd-frames': 4,
}
const CODECS = Object.keys(NUMBERS) as PlainCodec[]

export { CODECS as PLAIN_CODECS }

/** Big-endian, two's complement. */
export function int(value: number | bigint, bytes: number): number[] {
  const raw = BigInt.asUintN(8 * bytes, BigInt(value))
  return Array.from({ length: bytes }, (_, i) => Number((raw >> BigInt(8 * (bytes - 1 - i))) & 255n))
}

export function uvarint(value: number | bigint): number[] {
  let rest = BigInt(value)
  const bytes: number[] = []
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128)
  return [...bytes, Number(rest)]
}

/** Zigzag: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
export function varint(value: number | bigint): number[] {
  const wide = BigInt(value)
  return uvarint(wide >= 0n ? 2n * wide : -2n * wide - 1n)
}

/** Length, or −1 for null, and the bytes. */
function sized(bytes: Uint8Array | null): number[] {
  return bytes === null ? varint(-1) : [...varint(bytes.length), ...bytes]
}

export function recordBytes(record: PlainRecord, base: number, baseTimestampMs: number): number[] {
  const body = [
    0,
    ...varint(BigInt(record.timestampMs) - BigInt(baseTimestampMs)),
    ...varint(record.offset - base),
    ...sized(record.key),
    ...sized(record.value),
    ...varint(record.headers.length),
    ...record.headers.flatMap(({ key, value }) => [...sized(key), ...sized(value)]),
  ]
  return [...varint(body.length), ...body]
}

/** A whole batch: `body` are its records as they go over the wire, whatever they are. */
export function batchBytes(
  batch: PlainBatch,
  body: Uint8Array = bodyOf(batch),
  count = batch.records.length,
): Uint8Array {
  const attributes =
    NUMBERS[batch.codec] +
    (batch.appendTimeMs === null ? 0 : 8) +
    (batch.isTransactional ? 16 : 0) +
    (batch.marker === null ? 0 : 32)
  const checked = [
    ...int(attributes, 2),
    ...int(batch.last - batch.base, 4),
    ...int(batch.baseTimestampMs, 8),
    ...int(batch.appendTimeMs ?? Math.max(...batch.records.map(record => record.timestampMs), -1), 8),
    ...int(batch.producerId, 8),
    ...int(0, 2),
    ...int(0, 4),
    ...int(count, 4),
    ...body,
  ]
  const rest = [...int(batch.leaderEpoch, 4), 2, ...int(slowCrc32c(checked), 4), ...checked]
  return Uint8Array.from([...int(batch.base, 8), ...int(rest.length, 4), ...rest])
}

/** The batch with its CRC made to fit whatever its bytes are now. */
export function withCrc(batch: Uint8Array): Uint8Array {
  const bytes = batch.slice()
  bytes.set(int(slowCrc32c([...bytes.subarray(21)]), 4), 17)
  return bytes
}

function bodyOf(batch: PlainBatch): Uint8Array {
  const plain = Uint8Array.from(
    batch.records.flatMap(record => recordBytes(record, batch.base, batch.baseTimestampMs)),
  )
  return plain.length === 0 ? plain : compressed(batch.codec, plain)
}

export function compressed(codec: PlainCodec, plain: Uint8Array): Uint8Array {
  const half = plain.length >>> 1
  const halves = [plain.subarray(0, half), plain.subarray(half)]
  switch (codec) {
    case 'none':
      return plain
    case 'gzip':
      return gzipSync(plain)
    case 'gzip-members':
      return Buffer.concat(halves.map(part => gzipSync(part)))
    case 'zstd':
      return zstdCompressSync(plain)
    case 'zstd-frames':
      return Buffer.concat(halves.map(part => zstdCompressSync(part)))
    case 'snappy':
      return Uint8Array.from(compress('SNAPPY', plain))
    case 'snappy-framed':
      return snappyFramed(halves)
    case 'lz4':
      return lz4Frame([plain])
    case 'lz4-checked':
      return lz4Frame(halves, plain.length)
  }
}

/** The framing of Java's snappy-java. */
export function snappyFramed(blocks: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, ...int(1, 4), ...int(1, 4)])]
  for (const plain of blocks) {
    const block = compress('SNAPPY', plain).slice()
    parts.push(Buffer.from(int(block.length, 4)), block)
  }
  return Buffer.concat(parts)
}

/** A frame of independent blocks of at most 64 KiB; with a content size it has all checksums too (which are wrong). */
export function lz4Frame(parts: readonly Uint8Array[], contentSize: number | null = null): Uint8Array {
  const isChecked = contentSize !== null
  const checksum = Buffer.from(isChecked ? [1, 2, 3, 4] : [])
  const little = (value: number, bytes: number) => Buffer.from(int(value, bytes).reverse())
  const out: Uint8Array[] = [Buffer.of(0x04, 0x22, 0x4d, 0x18, isChecked ? 0x7c : 0x60, 0x40)]
  out.push(isChecked ? little(contentSize, 8) : Buffer.of(), Buffer.of(0xab))
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 65_536) {
      const plain = part.subarray(at, at + 65_536)
      const block = compress('LZ4_RAW', plain).slice()
      // As LZ4 does, a block that would become longer stays as it is.
      const isStored = block.length >= plain.length
      out.push(
        little(isStored ? plain.length + 2 ** 31 : block.length, 4),
        isStored ? plain : block,
        checksum,
      )
    }
  }
  return Buffer.concat([...out, little(0, 4), checksum])
}

function slowCrc32c(bytes: readonly number[]): number {
  let state = 0xffffffff
  for (const byte of bytes) {
    state ^= byte
    for (let bit = 0; bit < 8; bit++) state = (state & 1) === 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1
  }
  return ~state >>> 0
}
