/**
 * Events as JSON text → records for the log: the key from the key columns as producers write it (C1), the timestamp
 * from a column or given, the value the text itself, byte for byte.
 */

import type { PlainValue } from '../../core/batch/index.ts'
import { JsonFields, msOfIsoText } from '../../core/batch/index.ts'
import { keyBytes } from '../../core/order/index.ts'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { type LogRecord, recordBytes } from './batch-format.ts'
import type { LogMeta } from './meta.ts'

export class EventRecords {
  readonly #fields: JsonFields
  readonly #keys: number
  readonly #meta: LogMeta
  readonly #timestamp: string | null

  /** `timestamp` names the column of the record timestamp: whole milliseconds, or ISO 8601 text. */
  constructor(meta: LogMeta, timestamp: string | null = null) {
    this.#meta = meta
    this.#timestamp = timestamp
    this.#keys = meta.key.length
    const extra = timestamp === null || meta.key.includes(timestamp) ? [] : [timestamp]
    this.#fields = new JsonFields([...meta.key, ...extra])
  }

  /**
   * The record of the event in `bytes[start … end)`, with memory of its own; a reason where it cannot be one.
   * `nowMs` is the timestamp where no column gives it.
   */
  record(bytes: Uint8Array, start: number, end: number, nowMs: number): LogRecord | string {
    const values = this.#fields.read(bytes, start, end)
    if (typeof values === 'string') return values
    const timestampMs = this.#timestamp === null ? nowMs : this.#timestampOf(values)
    if (typeof timestampMs === 'string') return timestampMs
    const key = this.#keyOf(values.slice(0, this.#keys))
    if (typeof key === 'string') return key
    const record = { key, value: bytes.slice(start, end), timestampMs }
    if (recordBytes(record) > LIMITS.recordBytesMax)
      return `is longer than ${LIMITS.recordBytesMax} bytes with its key`
    return record
  }

  #timestampOf(values: readonly PlainValue[]): number | string {
    const index = this.#meta.key.indexOf(this.#timestamp!)
    const value = values[index === -1 ? this.#keys : index]!
    const ms = typeof value === 'string' ? msOfIsoText(value) : value
    if (typeof ms === 'number' && Number.isSafeInteger(ms)) return ms
    return `column "${this.#timestamp}" is not a time (ISO 8601, or whole milliseconds): ${String(value).slice(0, 40)}`
  }

  #keyOf(values: readonly PlainValue[]): Uint8Array | null | string {
    const { keyEncoding, partitioner, partitions, key } = this.#meta
    if (partitioner === 'column' && !isPartition(values[0]!, partitions)) {
      return `column "${key[0]}" is not a partition of 0…${partitions - 1}: ${String(values[0]).slice(0, 40)}`
    }
    try {
      return keyBytes(values, partitioner === 'column' ? 'text' : keyEncoding)
    } catch (error) {
      if (error instanceof HindcastError) return error.message
      throw error
    }
  }
}

/** Null is the null key, which goes to partition 0. */
function isPartition(value: PlainValue, partitions: number): boolean {
  return (
    value === null ||
    (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < partitions)
  )
}
