/**
 * The bytes of a record batch, the unit of writing, checking and recovery of the embedded log. Little-endian:
 *
 *     segment    := batch*
 *     batch      := header timestamp{count} keyLength{count} valueLength{count} keys values
 *     header     := magic u32        "HCB1"
 *                   length u32       of the whole batch, header included
 *                   crc u32          CRC32C of seed ‖ batch[12 … length)
 *                   count u32        records, ≥ 1
 *                   base f64         offset of the first record; the others follow without holes
 *                   batchMax f64     newest record timestamp of this batch, ms
 *                   runningMax f64   newest record timestamp of the partition up to and with this batch, ms
 *     timestamp  := f64              whole milliseconds since the epoch
 *     keyLength  := i32              -1: the key is null
 *     valueLength:= i32
 *     keys, values := u8*            all keys, then all values, end to end
 *
 * The seed is the CRC32C of the text `<log id>/<partition>`. So a batch is only whole in its own place: neither a
 * file moved between partitions nor a batch that travels inside a record's value can pass for one. `runningMax` never
 * falls, which makes times searchable without an index file.
 *
 * Invariant: nothing of a batch is used before `checkBatch` has passed all of it.
 */

import { LIMITS } from '../../limits.ts'
import { crc32c } from '../crc32c.ts'

export const HEADER_BYTES = 40
const RECORD_BYTES = 16
/** "HCB1" */
const MAGIC = 0x31424348

/** A record to be appended. */
export interface LogRecord {
  /** Null: no key. */
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  /** Whole milliseconds since the epoch. */
  readonly timestampMs: number
}

/** The header of a batch that lies at `position` of its segment. */
export interface BatchHeader {
  readonly position: number
  readonly length: number
  readonly count: number
  readonly base: number
  readonly batchMax: number
  readonly runningMax: number
}

/** What every batch of a partition's CRC starts from. */
export function crcSeed(logId: string, partition: number): number {
  const text = new TextEncoder().encode(`${logId}/${partition}`)
  return crc32c(text, 0, text.length)
}

/** Bytes that a record takes in a batch. */
export function recordBytes(record: LogRecord): number {
  return RECORD_BYTES + (record.key === null ? 0 : record.key.length) + record.value.length
}

/** Writes the batch of `records` to the start of `target`, which has room for it; returns its length and newest timestamp. */
export function encodeBatch(
  records: readonly LogRecord[],
  place: { readonly base: number; readonly runningMax: number; readonly seed: number },
  target: Uint8Array,
): { readonly length: number; readonly runningMax: number } {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  const count = records.length
  const lengths = HEADER_BYTES + 8 * count
  let batchMax = Number.NEGATIVE_INFINITY
  let p = HEADER_BYTES + RECORD_BYTES * count
  for (let i = 0; i < count; i++) {
    const { key, timestampMs } = records[i]!
    view.setFloat64(HEADER_BYTES + 8 * i, timestampMs, true)
    if (timestampMs > batchMax) batchMax = timestampMs
    view.setInt32(lengths + 4 * i, key === null ? -1 : key.length, true)
    if (key === null) continue
    target.set(key, p)
    p += key.length
  }
  for (let i = 0; i < count; i++) {
    const { value } = records[i]!
    view.setInt32(lengths + 4 * (count + i), value.length, true)
    target.set(value, p)
    p += value.length
  }
  const runningMax = Math.max(batchMax, place.runningMax)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, p, true)
  view.setUint32(12, count, true)
  view.setFloat64(16, place.base, true)
  view.setFloat64(24, batchMax, true)
  view.setFloat64(32, runningMax, true)
  view.setUint32(8, crc32c(target, 12, p, place.seed), true)
  return { length: p, runningMax }
}

/**
 * The header at `bytes[at …)`, where it could be the batch of offset `base` at `position`; null where it could not,
 * or is not all there. Form only: the CRC is not looked at.
 */
export function readHeader(bytes: Buffer, at: number, position: number, base: number): BatchHeader | null {
  const header = readAnyHeader(bytes, at, position)
  return header !== null && header.base === base ? header : null
}

/** The same for a batch of any offset. */
export function readAnyHeader(bytes: Buffer, at: number, position: number): BatchHeader | null {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return null
  const length = bytes.readUInt32LE(at + 4)
  const count = bytes.readUInt32LE(at + 12)
  const base = bytes.readDoubleLE(at + 16)
  if (count === 0 || length > LIMITS.logBatchBytesMax || length < HEADER_BYTES + RECORD_BYTES * count)
    return null
  if (!Number.isSafeInteger(base) || base < 0 || !Number.isSafeInteger(base + count)) return null
  return {
    position,
    length,
    count,
    base,
    batchMax: bytes.readDoubleLE(at + 24),
    runningMax: bytes.readDoubleLE(at + 32),
  }
}

/** Whether all of the batch is at `bytes[at …)`, unchanged and well formed. */
export function checkBatch(bytes: Buffer, at: number, header: BatchHeader, seed: number): boolean {
  const end = at + header.length
  if (end > bytes.length || crc32c(bytes, at + 12, end, seed) !== bytes.readUInt32LE(at + 8)) return false
  // Lengths that do not add up cannot come from `encodeBatch`, but they could come from somebody's editor.
  let p = at + HEADER_BYTES + 8 * header.count
  let total = HEADER_BYTES + RECORD_BYTES * header.count
  for (let i = 0; i < header.count; i++, p += 4) {
    const length = bytes.readInt32LE(p)
    if (length < -1) return false
    total += Math.max(0, length)
  }
  for (let i = 0; i < header.count; i++, p += 4) {
    const length = bytes.readInt32LE(p)
    if (length < 0) return false
    total += length
  }
  return total === header.length
}

/** Where the parts of a checked batch lie in the buffer that holds it at `at`. */
export interface BatchParts {
  readonly timestamps: number
  readonly keyLengths: number
  readonly valueLengths: number
  readonly keys: number
}

export function batchParts(at: number, count: number): BatchParts {
  const timestamps = at + HEADER_BYTES
  const keyLengths = timestamps + 8 * count
  return { timestamps, keyLengths, valueLengths: keyLengths + 4 * count, keys: keyLengths + 8 * count }
}

/** Position of the next byte at or after `from` where a batch may start, -1 where there is none. */
export function findMagic(bytes: Buffer, from: number): number {
  return bytes.indexOf('HCB1', from, 'latin1')
}
