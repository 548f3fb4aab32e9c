/**
 * Records as another client decodes them → columns of a `RecordBatch`. Pure, and it loads next to nothing: the reader process
 * of live/confluent runs it too.
 */

import { HindcastError } from '../errors.ts'

/** The columns of a `RecordBatch`: what each of them is stands there. */
export interface DecodedColumns {
  readonly rows: number
  readonly offset: Float64Array
  readonly timestampMs: Float64Array
  readonly bytes: Uint8Array
  readonly valueOffsets: Int32Array
  readonly valueNull: Uint8Array
  readonly keyBytes: Uint8Array
  readonly keyOffsets: Int32Array
  readonly keyNull: Uint8Array
}

/** Rows of one partition, and how far they reach. */
export interface FetchedRows extends DecodedColumns {
  /** Offset to fetch from next. */
  readonly offsetNext: number
  /** Epoch of the leader that wrote the last batch; −1: there was none, or it is not known. */
  readonly leaderEpoch: number
}

/** A record, as far as it becomes columns; numbers may be written out. */
export interface DecodedRecord {
  readonly offset: number | string
  /** ms since the epoch. */
  readonly timestamp: number | string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** No rows; the columns are new, so that whoever gets them may hand them over to another thread. */
export function emptyColumns(): DecodedColumns {
  return columnsOf([])
}

/** One row a record. Raises `reply-invalid` where values or keys have more bytes than an arena can; numbers are not checked. */
export function columnsOf(records: readonly DecodedRecord[]): DecodedColumns {
  const rows = records.length
  const valueOffsets = endsOf(records, 'value')
  const keyOffsets = endsOf(records, 'key')
  const columns = {
    rows,
    offset: new Float64Array(rows),
    timestampMs: new Float64Array(rows),
    bytes: new Uint8Array(valueOffsets[rows]!),
    valueOffsets,
    valueNull: new Uint8Array(rows),
    keyBytes: new Uint8Array(keyOffsets[rows]!),
    keyOffsets,
    keyNull: new Uint8Array(rows),
  }
  for (let row = 0; row < rows; row++) {
    const { offset, timestamp, key, value } = records[row]!
    columns.offset[row] = Number(offset)
    columns.timestampMs[row] = Number(timestamp)
    if (value === null) columns.valueNull[row] = 1
    else columns.bytes.set(value, valueOffsets[row])
    if (key === null) columns.keyNull[row] = 1
    else columns.keyBytes.set(key, keyOffsets[row])
  }
  return columns
}

/** Where each value (or key) begins, and behind the last where it ends. */
function endsOf(records: readonly DecodedRecord[], part: 'key' | 'value'): Int32Array {
  const ends = new Int32Array(records.length + 1)
  let end = 0
  for (let row = 0; row < records.length; row++) {
    end += records[row]![part]?.length ?? 0
    if (end > INT32_MAX) throw tooLong(part)
    ends[row + 1] = end
  }
  return ends
}

const INT32_MAX = 2 ** 31 - 1

function tooLong(part: 'key' | 'value'): HindcastError {
  return new HindcastError(
    'reply-invalid',
    `records cannot be used: the ${part}s of one fetch have more than ${INT32_MAX} bytes`,
    { advice: 'Look at the segment with kafka-dump-log on the leader of the partition.' },
  )
}
