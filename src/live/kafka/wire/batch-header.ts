/**
 * The header of a record batch, format v2 (magic 2, brokers ≥ 0.11). Source: Apache Kafka, `DefaultRecordBatch.java`.
 * Big-endian:
 *
 *      0 baseOffset i64          offset of the record of delta 0
 *      8 length i32              of all that follows
 *     12 leaderEpoch i32
 *     16 magic i8
 *     17 crc u32                 CRC32C of [21 … end)
 *     21 attributes i16          bits 0–2 codec, 3 LogAppendTime, 4 transactional, 5 control
 *     23 lastOffsetDelta i32     of the last record as it was written; compaction may have removed it
 *     27 baseTimestamp i64       ms
 *     35 maxTimestamp i64        with LogAppendTime that of all records
 *     43 producerId i64          −1: none
 *     51 producerEpoch i16
 *     53 baseSequence i32
 *     57 count i32               records that are left
 *     61 records                 compressed as a whole where there is a codec
 *
 * Older formats have their magic at the same place. The brokers themselves do not change a batch but for baseOffset,
 * leaderEpoch, and with LogAppendTime the time (and the CRC, which they make anew).
 *
 * Invariant: nothing of a batch but its offset and length is used before its CRC has been checked.
 */

import { HindcastError } from '../../../errors.ts'
import { crc32c } from '../../crc32c.ts'
import { batchDamage } from './damage.ts'

export const HEADER_BYTES = 61
const EPOCH_AT = 12
/** What `length` does not count. */
const PREFIX_BYTES = 12
const MAGIC_POSITION = 16
const CRC_POSITION = 17
const ATTRIBUTES_POSITION = 21

const CODEC_BITS = 0b111
const LOG_APPEND_TIME = 1 << 3
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5

export interface BatchHeader {
  /** Where the whole batch ends in the bytes. */
  readonly end: number
  readonly baseOffset: number
  /** Offset of the last record as it was written. */
  readonly lastOffset: number
  readonly leaderEpoch: number
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; others are not known yet. */
  readonly codec: number
  readonly isControl: boolean
  readonly isTransactional: boolean
  readonly producerId: number
  /** Time of all records where the broker stamped them, else null. */
  readonly appendTimeMs: number | null
  readonly baseTimestampMs: number
  readonly count: number
}

/** Epoch of the leader that wrote the batch at `at`, which nobody has checked yet. */
export function batchEpoch(view: DataView, at: number): number {
  return view.getInt32(at + EPOCH_AT)
}

/**
 * Length of the batch at `at`, as far as the bytes tell: HEADER_BYTES where not even its length is there. A length
 * that no batch has is given as HEADER_BYTES too, so that `readBatchHeader` comes to see it.
 */
export function batchLength(view: DataView, at: number): number {
  if (view.byteLength - at < PREFIX_BYTES) return HEADER_BYTES
  return Math.max(HEADER_BYTES, PREFIX_BYTES + view.getInt32(at + 8))
}

/**
 * Reads and checks the header at `at` of a batch that is whole in `bytes`, CRC included. Raises `unsupported` for
 * older formats, else `reply-invalid`; all with the batch's offset.
 */
export function readBatchHeader(bytes: Uint8Array, view: DataView, at: number): BatchHeader {
  const baseOffset = readInt64(view, at)
  const where = { offset: baseOffset }
  const magic = view.getInt8(at + MAGIC_POSITION)
  if (magic === 0 || magic === 1) throw tooOld(magic, baseOffset)
  if (magic !== 2) throw batchDamage(`a record batch of format ${magic} is not known`, where)
  const length = view.getInt32(at + 8)
  if (length < HEADER_BYTES - PREFIX_BYTES)
    throw batchDamage(`a record batch cannot have a length of ${length}`, where)
  const end = at + PREFIX_BYTES + length
  const crc = view.getUint32(at + CRC_POSITION)
  if (crc32c(bytes, at + ATTRIBUTES_POSITION, end) !== crc)
    throw batchDamage('a record batch does not match its CRC32C: it was changed after it was written', where)
  if (!Number.isSafeInteger(baseOffset) || baseOffset < 0)
    throw batchDamage(`a record batch cannot begin at offset ${baseOffset}`, where)
  const attributes = view.getInt16(at + ATTRIBUTES_POSITION)
  const lastOffset = baseOffset + view.getInt32(at + 23)
  if (lastOffset < baseOffset || !Number.isSafeInteger(lastOffset))
    throw batchDamage(`a record batch cannot end at offset ${lastOffset}`, where)
  const maxTimestampMs = readInt64(view, at + 35)
  return {
    end,
    baseOffset,
    lastOffset,
    leaderEpoch: batchEpoch(view, at),
    codec: attributes & CODEC_BITS,
    isControl: (attributes & CONTROL) !== 0,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    producerId: readInt64(view, at + 43),
    appendTimeMs: (attributes & LOG_APPEND_TIME) !== 0 ? maxTimestampMs : null,
    baseTimestampMs: readInt64(view, at + 27),
    count: view.getInt32(at + 57),
  }
}

/** The nearest float64: a producer may write any timestamp, and beyond 2^53 ms none is right to the millisecond. */
function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4)
}

function tooOld(magic: number, offset: number): HindcastError {
  return new HindcastError('unsupported', `records of format v${magic} are not read, only v2 (Kafka 0.11)`, {
    where: { offset },
    advice: 'Copy the topic with a newer producer, or start behind these records.',
  })
}
