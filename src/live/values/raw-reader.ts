/**
 * Undecoded records: the value, and if wanted the key and the record's timestamp, each into a named column. Here a null
 * value is an event like any other, with null in its column.
 */

import type { Batch, ColumnBuilder, Schema } from '../../core/batch/index.ts'
import { fieldIndex, setI64, typeText } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import type { ValueFormat } from '../../job/index.ts'
import type { RecordBatch } from '../source.ts'
import type { ColumnTarget } from './column-target.ts'
import { targetOf } from './column-target.ts'
import type { RecordReader } from './event-columns.ts'
import { EventColumns } from './event-columns.ts'

export type RawFormat = Extract<ValueFormat, { readonly kind: 'raw' }>

const TICKS_PER_MS = { ms: 1, us: 1e3, ns: 1e6 }

/** Columns of a stream that has nothing but raw records. */
export function rawColumns({ value, key, timestamp }: RawFormat): Schema {
  return [
    { name: value, type: { name: 'binary' } },
    ...(key === undefined ? [] : [{ name: key, type: { name: 'binary' } } as const]),
    ...(timestamp === undefined
      ? []
      : [{ name: timestamp, type: { name: 'timestamp', unit: 'ms', utc: true } } as const]),
  ]
}

export class RawReader implements RecordReader {
  readonly unknownColumns = 0
  readonly isText = false
  readonly readsNull = true
  readonly #columns: EventColumns
  readonly #value: ColumnTarget | null
  readonly #key: ColumnTarget | null
  readonly #timestamp: ColumnBuilder | null
  readonly #ticksPerMs: number

  /** `job-invalid` where the stream has other columns than the format fills, or of types that cannot be. */
  constructor(format: RawFormat, schema: Schema) {
    this.#columns = new EventColumns(schema)
    const names = [format.value, format.key, format.timestamp]
    const other = schema.find(({ name }) => !names.includes(name))
    if (other !== undefined) throw invalid(`raw records have nothing for the column ${other.name}`)
    this.#value = this.#bytesOf(format.value)
    this.#key = this.#bytesOf(format.key)
    const { timestamp } = format
    const column = timestamp === undefined ? -1 : fieldIndex(schema, timestamp)
    this.#timestamp = column < 0 ? null : this.#columns.builders[column]!
    const type = this.#timestamp?.field.type
    if (type !== undefined && type.name !== 'int64' && (type.name !== 'timestamp' || type.unit === 's'))
      throw invalid(
        `a record's timestamp, in ms, does not go into the column ${timestamp} (${typeText(type)})`,
      )
    this.#ticksPerMs = type?.name === 'timestamp' && type.unit !== 's' ? TICKS_PER_MS[type.unit] : 1
  }

  async prepare(): Promise<void> {}

  push(records: RecordBatch, i: number): string | null {
    const { rows: row } = this.#columns
    this.#columns.reserve()
    const { bytes, valueOffsets, valueNull, keyBytes, keyOffsets, keyNull } = records
    let reason: string | null = null
    if (this.#value !== null) {
      if (valueNull?.[i] === 1) this.#value.builder.setNull(row)
      else reason = this.#value.bytes(row, bytes, valueOffsets[i]!, valueOffsets[i + 1]!)
    }
    if (this.#key !== null) {
      if (keyNull[i] === 1) this.#key.builder.setNull(row)
      else reason ??= this.#key.bytes(row, keyBytes, keyOffsets[i]!, keyOffsets[i + 1]!)
    }
    const timestamp = this.#timestamp
    if (timestamp !== null) {
      const ticks = records.timestampMs[i]! * this.#ticksPerMs
      if (Math.abs(ticks) > 2 ** 63 - 1024) reason ??= 'has a timestamp out of range'
      timestamp.setValid(row)
      setI64(timestamp.int32, row, ticks)
    }
    if (reason === null) this.#columns.rows = row + 1
    return reason
  }

  take(): Batch {
    return this.#columns.take()
  }

  async close(): Promise<void> {}

  /** The column of this name takes bytes; null where the stream does not read it. */
  #bytesOf(name: string | undefined): ColumnTarget | null {
    const column = name === undefined ? -1 : fieldIndex(this.#columns.schema, name)
    if (column < 0) return null
    const target = targetOf(this.#columns.builders[column]!, { name: 'binary' })
    if (target !== null) return target
    throw invalid(`the column ${name} is to hold bytes, so its type is binary or utf8`)
  }
}

function invalid(reason: string): HindcastError {
  return new HindcastError('job-invalid', reason, {
    advice: 'Let `columns:` have what `value: { raw: … }` names, and nothing else.',
  })
}
