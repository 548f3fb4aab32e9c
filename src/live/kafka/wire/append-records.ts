/**
 * The records of a batch, decompressed → columns. Source of the format: Apache Kafka, `DefaultRecord.java`.
 *
 *     record := length varint  attributes i8 (none in use)  timeDelta varlong  offsetDelta varint
 *               keyLength varint (negative: null) key  valueLength varint (negative: null) value
 *               headerCount varint { keyLength varint key  valueLength varint value }
 *
 * Each record must end where its length says, offsets must rise and stay within the batch, and the records must fill the
 * batch to its end. Headers are walked and not kept.
 */

import type { RecordColumns } from './record-columns.ts'
import type { RecordReader } from './record-reader.ts'

/** All of a record that is always there: seven numbers of a byte. */
export const RECORD_BYTES_MIN = 7
/** Copied byte by byte up to here; beyond, a call of the engine is faster. */
const COPY_BYTES = 24

/** What is known of a batch before its records are read. */
export interface BatchFacts {
  readonly count: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly baseTimestampMs: number
  /** Time of all records, or null. */
  readonly appendTimeMs: number | null
  /** Records before it are passed over. */
  readonly offsetFrom: number
}

const RECORD_PASSED = -1
const OFFSET_BAD = -2
const LENGTH_BAD = -3
const END_BAD = -4
const REST_BAD = -5

/** What a negative answer of `appendRecords` means. */
export const RECORD_FAILURES: ReadonlyMap<number, string> = new Map([
  [RECORD_PASSED, 'has a record that is longer than what is left of it, or fewer records than it says'],
  [OFFSET_BAD, 'has a record whose offset does not follow the one before, or is not within it'],
  [LENGTH_BAD, 'has a record whose key or value is longer than the record'],
  [END_BAD, 'has a record that ends elsewhere than its length says'],
  [REST_BAD, 'goes on behind its last record'],
])

/**
 * Appends the records of one batch behind the rows of `columns`, and returns how many rows there are then, or a failure.
 * Its `size` bytes lie in `columns.bytes` from `columns.valueEnd` on: values move to the front over what lies before
 * them, so a record's key is copied before its value. Offsets that no record has become holes. Nothing is committed.
 *
 * Sketch, records of 8 + 200 bytes: the CRC reads them before (180 ns a record), they are copied in (30), the value moves
 * (30; by `set` of a `subarray` 65, byte by byte 300), `take` copies out into fresh memory (80), and the eight numbers of
 * a byte or two take 50. That makes some 2.5 M records a CPU-second; measured are 1.6–2.0 M, on a busy machine.
 */
export function appendRecords(
  columns: RecordColumns,
  reader: RecordReader,
  size: number,
  batch: BatchFacts,
): number {
  const { bytes, offset, timestampMs, valueOffsets, keyBytes, keyOffsets, valueNull, keyNull } = columns
  const { count, baseOffset, baseTimestampMs, appendTimeMs } = batch
  const end = columns.valueEnd + size
  const deltaMax = batch.lastOffset - baseOffset
  let row = columns.rows
  let valueEnd = columns.valueEnd
  let keyEnd = columns.keyEnd
  let deltaBefore = -1
  let next = batch.offsetFrom
  reader.bytes = bytes
  reader.at = valueEnd
  for (let i = 0; i < count; i++) {
    const length = reader.int()
    const recordEnd = reader.at + length
    if (length < 0 || recordEnd > end) return RECORD_PASSED
    reader.at++
    const timeDelta = reader.long()
    const delta = reader.int()
    if (delta <= deltaBefore || delta > deltaMax) return OFFSET_BAD
    deltaBefore = delta
    const keyLength = reader.int()
    const keyStart = reader.at
    if (keyLength > recordEnd - keyStart) return LENGTH_BAD
    if (keyLength > 0) reader.at += keyLength
    const valueLength = reader.int()
    const valueStart = reader.at
    if (valueLength > recordEnd - valueStart) return LENGTH_BAD
    if (valueLength > 0) reader.at += valueLength
    reader.skipHeaders(recordEnd)
    if (reader.at !== recordEnd) return END_BAD
    const place = baseOffset + delta
    if (place < next) continue
    if (place > next) columns.addHole(next, place - 1, 'compacted')
    next = place + 1
    offset[row] = place
    timestampMs[row] = appendTimeMs === null ? baseTimestampMs + timeDelta : appendTimeMs
    if (keyLength > 0) {
      if (keyLength > COPY_BYTES) keyBytes.set(bytes.subarray(keyStart, keyStart + keyLength), keyEnd)
      else for (let k = 0; k < keyLength; k++) keyBytes[keyEnd + k] = bytes[keyStart + k]
      keyEnd += keyLength
    }
    keyNull[row] = keyLength < 0 ? 1 : 0
    if (valueLength > 0) {
      bytes.copyWithin(valueEnd, valueStart, valueStart + valueLength)
      valueEnd += valueLength
    }
    valueNull[row] = valueLength < 0 ? 1 : 0
    row++
    keyOffsets[row] = keyEnd
    valueOffsets[row] = valueEnd
  }
  if (reader.at !== end) return REST_BAD
  if (next <= batch.lastOffset) columns.addHole(next, batch.lastOffset, 'compacted')
  return row
}
