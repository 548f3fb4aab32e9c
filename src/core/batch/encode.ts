/**
 * Batches to bytes: the form is in `binary-form.ts`.
 */

import { assert } from '../../errors.ts'
import type { Batch, EventBatch } from './batch.ts'
import {
  BYTES_MAX,
  EVENTS,
  FIELD_BYTES,
  HEADER_BYTES,
  MAGIC,
  padded,
  SOURCE_OFFSET,
  SUB,
} from './binary-form.ts'
import type { BytesColumn, Column } from './column.ts'
import { typeText } from './schema.ts'
import { wordsOf, xxHash32 } from './xxhash32.ts'

const UTF8 = new TextEncoder()

/** The bytes of a batch of events; at most 4 GiB. */
export function encodeEvents(batch: EventBatch): Uint8Array {
  const flags = EVENTS | (batch.sub === null ? 0 : SUB) | (batch.sourceOffset === null ? 0 : SOURCE_OFFSET)
  const writer = begin(batch, { flags, stream: batch.stream, partition: batch.partition })
  writer.f64(batch.time)
  if (batch.sub !== null) writer.i32(batch.sub)
  if (batch.sourceOffset !== null) writer.f64(batch.sourceOffset)
  for (const column of batch.columns) writer.column(column, batch.rows)
  return writer.end()
}

/** The bytes of a batch without event times. */
export function encodeBatch(batch: Batch): Uint8Array {
  const writer = begin(batch, { flags: 0, stream: 0, partition: 0 })
  for (const column of batch.columns) writer.column(column, batch.rows)
  return writer.end()
}

interface EncodedField {
  readonly name: Uint8Array
  readonly type: Uint8Array
  readonly arenaBytes: number
  readonly hasValid: boolean
}

function begin(batch: Batch, tags: { flags: number; stream: number; partition: number }): Writer {
  const fields = batch.schema.map((field, c): EncodedField => {
    const column = batch.columns[c]
    return {
      name: UTF8.encode(field.name),
      type: UTF8.encode(typeText(field.type)),
      arenaBytes: column.kind === 'bytes' ? column.offsets[batch.rows] - column.offsets[0] : 0,
      hasValid: column.valid !== null,
    }
  })
  let bytes = HEADER_BYTES
  for (const field of fields) bytes += FIELD_BYTES + field.name.length + field.type.length
  bytes = padded(bytes)
  if ((tags.flags & EVENTS) !== 0) bytes += 8 * batch.rows
  if ((tags.flags & SUB) !== 0) bytes += padded(4 * batch.rows)
  if ((tags.flags & SOURCE_OFFSET) !== 0) bytes += 8 * batch.rows
  for (const [c, field] of fields.entries()) bytes += columnSectionBytes(batch.columns[c], field, batch.rows)
  assert(bytes <= BYTES_MAX, `a batch of ${bytes} bytes is too large to encode`)
  const writer = new Writer(bytes)
  writer.header([tags.flags, tags.stream, tags.partition, batch.rows, fields.length])
  for (const field of fields) writer.field(field)
  return writer
}

function columnSectionBytes(column: Column, field: EncodedField, rows: number): number {
  const valid = field.hasValid ? padded(rows) : 0
  switch (column.kind) {
    case 'i32':
      return valid + padded(4 * rows)
    case 'i64':
    case 'f64':
      return valid + 8 * rows
    case 'bytes':
      return valid + padded(4 * (rows + 1)) + padded(field.arenaBytes)
  }
}

class Writer {
  readonly #out: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  #at = 0

  constructor(bytes: number) {
    this.#out = new Uint8Array(bytes)
    this.#view = new DataView(this.#out.buffer)
  }

  header(numbers: readonly number[]): void {
    this.#view.setUint32(0, MAGIC, true)
    this.#view.setUint32(8, this.#out.length, true)
    for (const [i, number] of numbers.entries()) this.#view.setInt32(12 + 4 * i, number, true)
    this.#at = HEADER_BYTES
  }

  field(field: EncodedField): void {
    const numbers = [field.name.length, field.type.length, field.arenaBytes, field.hasValid ? 1 : 0]
    for (const [i, number] of numbers.entries()) this.#view.setUint32(this.#at + 4 * i, number, true)
    this.#out.set(field.name, this.#at + FIELD_BYTES)
    this.#out.set(field.type, this.#at + FIELD_BYTES + field.name.length)
    this.#at += FIELD_BYTES + field.name.length + field.type.length
  }

  f64(values: Float64Array): void {
    this.#section(values)
  }

  i32(values: Int32Array): void {
    this.#section(values)
  }

  column(column: Column, rows: number): void {
    if (column.valid !== null) this.#section(column.valid)
    if (column.kind !== 'bytes') {
      this.#section(column.values)
      return
    }
    this.#offsets(column, rows)
    this.#section(column.bytes.subarray(column.offsets[0], column.offsets[rows]))
  }

  /** Offsets from 0, whatever part of its arena the column is a view on. */
  #offsets(column: BytesColumn, rows: number): void {
    this.#align()
    const offsets = new Int32Array(this.#out.buffer, this.#at, rows + 1)
    const start = column.offsets[0]
    for (let i = 0; i <= rows; i++) offsets[i] = column.offsets[i] - start
    this.#at += 4 * (rows + 1)
  }

  #section(values: Float64Array | Int32Array | Uint8Array): void {
    this.#align()
    this.#out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.#at)
    this.#at += values.byteLength
  }

  #align(): void {
    this.#at = padded(this.#at)
  }

  end(): Uint8Array {
    this.#align()
    assert(this.#at === this.#out.length, `batch encoded to ${this.#at} of ${this.#out.length} bytes`)
    this.#view.setUint32(4, xxHash32(wordsOf(this.#out, 8, this.#out.length)), true)
    return this.#out
  }
}
