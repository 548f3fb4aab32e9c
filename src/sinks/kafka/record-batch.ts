/**
 * Rows → record batches of Kafka (magic 2), uncompressed: the topic's `compression.type` is the broker's affair.
 *
 *     batch    0 baseOffset:i64=0 · 8 length:i32 · 12 leaderEpoch:i32=-1 · 16 magic:i8=2 · 17 crc:u32
 *              21 attributes:i16 · 23 lastOffsetDelta:i32 · 27 baseTimestamp:i64 · 35 maxTimestamp:i64
 *              43 producerId:i64 · 51 producerEpoch:i16 · 53 baseSequence:i32 · 57 count:i32 · 61 record*
 *     record   length:varint attributes:i8=0 timestampDelta:varint offsetDelta:varint
 *              keyLength:varint (-1: null) key  valueLength:varint value  headers:varint=0
 *     crc      CRC32C of all from byte 21 on;  attributes: bit 4 transactional, 0 else (CreateTime, no codec)
 *
 * Source: Kafka's protocol guide, "Record batch"; varints are zigzag. A batch is encoded once and sealed when it is
 * known which producer sends it as what: the records in it stay as they are.
 */

import { crc32c } from '@platformatic/kafka'
import { assert } from '../../errors.ts'
import type { SampleRecords } from './sample-records.ts'

const HEADER_BYTES = 61
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const TRANSACTIONAL = 0x10
const MAGIC = 2
/** What a record has besides key and value, at most: length, attributes, deltas (10 and 5), two lengths, headers. */
const RECORD_BYTES = 5 + 1 + 10 + 5 + 5 + 5 + 1

/** A batch without its producer. */
export interface EncodedBatch {
  readonly bytes: Uint8Array
  readonly rows: number
}

/** Who sends a batch: transactional where `transactional` is set; sequence numbers count the records of a partition. */
export interface Producer {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly transactional: boolean
}

/**
 * The rows from `from` on that fit a batch of `bytesMax`, at least one; what it holds is its own. Whoever sends it
 * looks whether one row alone is longer than the topic takes.
 */
export function encodeRecordBatch(records: SampleRecords, from: number, bytesMax: number): EncodedBatch {
  const { rows, timestampMs } = records
  let until = from
  let bytes = HEADER_BYTES
  while (until < rows) {
    const next = bytes + RECORD_BYTES + bodyBytes(records, until)
    if (next > bytesMax && until > from) break
    bytes = next
    until++
  }
  assert(until > from, 'a batch has a row')
  const writer = new RecordWriter(bytes)
  const base = timestampMs[from]!
  let newest = base
  for (let row = from; row < until; row++) {
    writer.record(records, row, timestampMs[row]! - base, row - from)
    if (timestampMs[row]! > newest) newest = timestampMs[row]!
  }
  return { bytes: writer.end({ rows: until - from, base, newest }), rows: until - from }
}

/** Says who sends the batch as which records of the partition, and makes its CRC; the same batch may be sealed again. */
export function sealRecordBatch({ bytes }: EncodedBatch, producer: Producer, sequence: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setInt16(ATTRIBUTES_AT, producer.transactional ? TRANSACTIONAL : 0)
  view.setBigInt64(43, producer.producerId)
  view.setInt16(51, producer.producerEpoch)
  view.setInt32(53, sequence)
  view.setUint32(CRC_AT, crc32c(bytes.subarray(ATTRIBUTES_AT)))
}

/** Sequence numbers go round at 2^31. */
export function sequenceAfter(sequence: number, rows: number): number {
  return (sequence + rows) % 2 ** 31
}

function bodyBytes({ keyOffsets, valueOffsets }: SampleRecords, row: number): number {
  return keyOffsets[row + 1]! - keyOffsets[row]! + valueOffsets[row + 1]! - valueOffsets[row]!
}

class RecordWriter {
  readonly #bytes: Uint8Array
  #at = HEADER_BYTES

  constructor(bytesMax: number) {
    this.#bytes = new Uint8Array(bytesMax)
  }

  record(records: SampleRecords, row: number, timestampDelta: number, offsetDelta: number): void {
    const { keys, keyOffsets, keyNull, values, valueOffsets } = records
    const keyLength = keyNull[row] === 1 ? -1 : keyOffsets[row + 1]! - keyOffsets[row]!
    const valueLength = valueOffsets[row + 1]! - valueOffsets[row]!
    const length =
      2 + // attributes, and a count of no headers
      varintBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      varintBytes(keyLength) +
      Math.max(0, keyLength) +
      varintBytes(valueLength) +
      valueLength
    this.#varint(length)
    this.#bytes[this.#at++] = 0
    this.#varint(timestampDelta)
    this.#varint(offsetDelta)
    this.#varint(keyLength)
    if (keyLength > 0) this.#copy(keys, keyOffsets[row]!, keyOffsets[row + 1]!)
    this.#varint(valueLength)
    this.#copy(values, valueOffsets[row]!, valueOffsets[row + 1]!)
    this.#bytes[this.#at++] = 0
  }

  end({
    rows,
    base,
    newest,
  }: {
    readonly rows: number
    readonly base: number
    readonly newest: number
  }): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#at)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    view.setInt32(8, bytes.length - 12)
    view.setInt32(12, -1)
    view.setInt8(16, MAGIC)
    view.setInt32(23, rows - 1)
    view.setBigInt64(27, BigInt(base))
    view.setBigInt64(35, BigInt(newest))
    view.setInt32(57, rows)
    return bytes
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    this.#bytes.set(source.subarray(start, end), this.#at)
    this.#at += end - start
  }

  /** Zigzag, of a whole number up to 2^52. */
  #varint(value: number): void {
    let rest = zigzag(value)
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = zigzag(value); rest > 127; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
