/**
 * Raw records → columns of events. What cannot be one is told with its offset and reason, and left out: nothing is
 * skipped in silence, and no value can end the run by itself (C9).
 *
 *     prepare (async: schemas are fetched) ──► decode (no I/O): columns, and the bad records
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import type { ValueFormat } from '../../job/index.ts'
import type { RecordBatch } from '../source.ts'
import type { RecordReader } from './event-columns.ts'
import { AvroFileReader, ProtobufFileReader } from './file-readers.ts'
import { JsonReader } from './json-reader.ts'
import { RawReader } from './raw-reader.ts'
import { RegistryReader } from './registry-reader.ts'

/** A record whose value is no event. */
export interface BadValue {
  readonly offset: number
  readonly reason: string
  /** The value shortened, for people: text of formats that are text, else hexadecimal. */
  readonly text: string
}

/** Row i of `batch` is the event of `offset[i]`; offsets of bad records are missing from it. */
export interface DecodedValues {
  readonly batch: Batch
  readonly offset: Float64Array
  readonly timestampMs: Float64Array
  readonly bad: readonly BadValue[]
}

export interface ValueDecoder {
  /**
   * Fetches the schemas that these records name and are not known yet; resolves at once where there are none. Throws
   * `schema-conflict` where a schema can never go into the stream's columns, `schema-invalid`, and what a registry that
   * fails or refuses raises (`remote-failed`, `access-denied`, `reply-invalid`).
   */
  prepare(records: RecordBatch, signal?: AbortSignal): Promise<void>
  /** The events of records that were prepared. Never throws for what a value holds. */
  decode(records: RecordBatch): DecodedValues
  /** Values dropped so far because the schema has no such column. */
  readonly unknownColumns: number
  /** Ends connections to a registry. */
  close(): Promise<void>
}

const TEXT_CHARACTERS = 200
const NEVER = new AbortController().signal

/** Decodes values of one format. Secrets in it are resolved; the decoder keeps no rows between calls. */
export function createValueDecoder(format: ValueFormat, schema: Schema): ValueDecoder {
  const reader = readerOf(format, schema)
  return {
    get unknownColumns() {
      return reader.unknownColumns
    },
    prepare: (records, signal = NEVER) => reader.prepare(records, signal),
    decode: records => decodeRecords(reader, records),
    close: () => reader.close(),
  }
}

function readerOf(format: ValueFormat, schema: Schema): RecordReader {
  switch (format.kind) {
    case 'json':
      return new JsonReader(schema)
    case 'raw':
      return new RawReader(format, schema)
    case 'avro':
      if (format.schema.from === 'registry') return new RegistryReader('avro', format.schema, schema)
      return new AvroFileReader(format.schema, schema)
    case 'protobuf':
      if (format.schema.from === 'registry') return new RegistryReader('protobuf', format.schema, schema)
      return new ProtobufFileReader(format.schema, schema)
  }
}

function decodeRecords(reader: RecordReader, records: RecordBatch): DecodedValues {
  const { rows, valueNull } = records
  const offset = new Float64Array(rows)
  const timestampMs = new Float64Array(rows)
  const bad: BadValue[] = []
  let good = 0
  for (let i = 0; i < rows; i++) {
    const isNull = valueNull !== undefined && valueNull[i] === 1
    const reason = isNull && reader.readsNull !== true ? 'is null (a tombstone)' : reader.push(records, i)
    if (reason === null) {
      offset[good] = records.offset[i]!
      timestampMs[good] = records.timestampMs[i]!
      good++
    } else bad.push({ offset: records.offset[i]!, reason, text: excerpt(reader, records, i) })
  }
  return { batch: reader.take(), offset: offset.slice(0, good), timestampMs: timestampMs.slice(0, good), bad }
}

/** The beginning of a value; bytes that are not UTF-8 show as U+FFFD in text. */
function excerpt({ isText }: RecordReader, { bytes, valueOffsets }: RecordBatch, i: number): string {
  const start = valueOffsets[i]!
  const end = valueOffsets[i + 1]!
  const shown = bytes.subarray(start, Math.min(end, start + 4 * TEXT_CHARACTERS))
  const text = isText
    ? new TextDecoder().decode(shown)
    : Buffer.from(shown.subarray(0, TEXT_CHARACTERS / 2 + 1)).toString('hex')
  return text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS)}…` : text
}
