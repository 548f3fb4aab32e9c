/**
 * Bytes to batches: the form is in `binary-form.ts`. Everything a header claims is checked against the bytes
 * that are there before memory is allocated for it.
 */

import type { Batch, EventBatch } from './batch.ts'
import {
  corruptBatch,
  EVENTS,
  FIELD_BYTES,
  HEADER_BYTES,
  MAGIC,
  padded,
  SOURCE_OFFSET,
  SUB,
} from './binary-form.ts'
import type { BytesColumn, Column, Validity } from './column.ts'
import type { ColumnType, Field, Schema } from './schema.ts'
import { physicalKind, typeFromText } from './schema.ts'
import { wordsOf, xxHash32 } from './xxhash32.ts'

const TEXT = new TextDecoder('utf-8', { fatal: true })

/** Inverse of `encodeEvents`: columns are views on `bytes` where it is 8-byte aligned, else on a copy. */
export function decodeEvents(bytes: Uint8Array): EventBatch {
  const reader = open(bytes, EVENTS)
  const { rows, flags, stream, partition } = reader
  const time = reader.f64(rows)
  const sub = (flags & SUB) === 0 ? null : reader.i32(rows)
  const sourceOffset = (flags & SOURCE_OFFSET) === 0 ? null : reader.f64(rows)
  return { ...reader.batch(), stream, partition, time, sub, sourceOffset }
}

/** Inverse of `encodeBatch`. */
export function decodeBatch(bytes: Uint8Array): Batch {
  return open(bytes, 0).batch()
}

interface DecodedField extends Field {
  readonly arenaBytes: number
  readonly hasValid: boolean
}

function open(input: Uint8Array, events: number): Reader {
  if (input.length < HEADER_BYTES || input.length % 8 !== 0)
    throw corruptBatch(`${input.length} bytes are no batch`)
  const bytes = input.byteOffset % 8 === 0 ? input : input.slice()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== MAGIC) throw corruptBatch('wrong magic')
  const claimed = view.getUint32(8, true)
  if (claimed !== bytes.length) throw corruptBatch(`${bytes.length} bytes of ${claimed}`)
  if (view.getUint32(4, true) !== xxHash32(wordsOf(bytes, 8, bytes.length)))
    throw corruptBatch('the checksum does not match')
  const reader = new Reader(bytes, view)
  if ((reader.flags & EVENTS) !== events)
    throw corruptBatch(events === EVENTS ? 'no event times' : 'unexpected event times')
  return reader
}

class Reader {
  readonly flags: number
  readonly stream: number
  readonly partition: number
  readonly rows: number
  readonly #bytes: Uint8Array
  readonly #fields: readonly DecodedField[]
  #at = HEADER_BYTES

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes
    this.flags = view.getUint32(12, true)
    this.stream = view.getInt32(16, true)
    this.partition = view.getInt32(20, true)
    this.rows = view.getUint32(24, true)
    const columns = view.getUint32(28, true)
    if (columns * FIELD_BYTES > bytes.length) throw corruptBatch(`${columns} columns do not fit`)
    const fields: DecodedField[] = []
    for (let c = 0; c < columns; c++) fields.push(this.#field(view))
    this.#fields = fields
  }

  #field(view: DataView): DecodedField {
    const at = this.#take(FIELD_BYTES)
    const nameBytes = view.getUint32(at, true)
    const typeBytes = view.getUint32(at + 4, true)
    const name = this.#text(nameBytes)
    const text = this.#text(typeBytes)
    const type = typeFromText(text)
    if (type === null) throw corruptBatch(`unknown type '${text.slice(0, 40)}'`)
    return {
      name,
      type,
      arenaBytes: view.getUint32(at + 8, true),
      hasValid: view.getUint32(at + 12, true) !== 0,
    }
  }

  batch(): Batch {
    const schema: Schema = this.#fields.map(({ name, type }) => ({ name, type }))
    const columns = this.#fields.map(field => this.#column(field.type, field))
    return { schema, rows: this.rows, columns }
  }

  f64(rows: number): Float64Array {
    const at = this.#section(8 * rows)
    return new Float64Array(this.#bytes.buffer, at, rows)
  }

  i32(length: number): Int32Array {
    const at = this.#section(4 * length)
    return new Int32Array(this.#bytes.buffer, at, length)
  }

  #column(type: ColumnType, field: DecodedField): Column {
    const valid = field.hasValid ? this.#valid() : null
    const kind = physicalKind(type)
    switch (kind) {
      case 'i32':
        return { kind, values: this.i32(this.rows), valid }
      case 'i64':
        return { kind, values: this.i32(2 * this.rows), valid }
      case 'f64':
        return { kind, values: this.f64(this.rows), valid }
      case 'bytes':
        return this.#bytesColumn(field.arenaBytes, valid)
    }
  }

  #valid(): Uint8Array {
    const at = this.#section(this.rows)
    const valid = new Uint8Array(this.#bytes.buffer, at, this.rows)
    let any = 0
    for (let i = 0; i < valid.length; i++) any |= valid[i]
    if (any > 1) throw corruptBatch('a validity byte is neither 0 nor 1')
    return valid
  }

  #bytesColumn(arenaBytes: number, valid: Validity): BytesColumn {
    const offsets = this.i32(this.rows + 1)
    let last = 0
    let ordered = offsets[0] === 0
    for (let i = 0; i < offsets.length; i++) {
      if (offsets[i] < last) ordered = false
      last = offsets[i]
    }
    if (!ordered || last !== arenaBytes) throw corruptBatch('the offsets of a column do not fit its bytes')
    const at = this.#section(arenaBytes)
    return { kind: 'bytes', offsets, bytes: new Uint8Array(this.#bytes.buffer, at, arenaBytes), valid }
  }

  #text(length: number): string {
    const at = this.#take(length)
    try {
      return TEXT.decode(this.#bytes.subarray(at, at + length))
    } catch {
      throw corruptBatch('a name is not UTF-8')
    }
  }

  /** Position of the next `length` bytes in the underlying buffer, from a multiple of 8. */
  #section(length: number): number {
    this.#at = padded(this.#at)
    return this.#bytes.byteOffset + this.#take(length)
  }

  #take(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length)
      throw corruptBatch(`it ends ${at + length - this.#bytes.length} bytes early`)
    this.#at = at + length
    return at
  }
}
