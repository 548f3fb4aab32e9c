/**
 * Writes the Thrift compact protocol (grammar in thrift-reader.ts) into a buffer that grows.
 *
 * Invariant: fields of a struct are written in rising order of their ids, so that each head takes one byte.
 * Source: apache/thrift, `doc/specs/thrift-compact-protocol.md`.
 */

import { assert } from '../../errors.ts'
import { WIRE } from './thrift-reader.ts'

const UTF8 = new TextEncoder()
/** A varint of 64 bits. */
const VARINT_BYTES_MAX = 10

/** Calls nest as the structs do: `beginStruct`, fields, `endStruct`; a field that is a struct is `fieldStruct … endStruct`. */
export class ThriftWriter {
  #bytes: Uint8Array
  #length = 0
  /** Id of the last field of each open struct. */
  readonly #ids: number[] = []

  /** `capacity` is what is allocated at once, bytes. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** What has been written, as a view that further writing may change. */
  finish(): Uint8Array {
    assert(this.#ids.length === 0, 'a thrift struct was left open')
    return this.#bytes.subarray(0, this.#length)
  }

  /** A struct on top, or as the element of a list. */
  beginStruct(): void {
    this.#ids.push(0)
  }

  endStruct(): void {
    assert(this.#ids.pop() !== undefined, 'no thrift struct is open')
    this.#byte(0)
  }

  fieldStruct(id: number): void {
    this.#head(id, WIRE.STRUCT)
    this.beginStruct()
  }

  fieldBool(id: number, value: boolean): void {
    this.#head(id, value ? WIRE.TRUE : WIRE.FALSE)
  }

  fieldI8(id: number, value: number): void {
    this.#head(id, WIRE.I8)
    this.#byte(value & 255)
  }

  fieldI16(id: number, value: number): void {
    this.#head(id, WIRE.I16)
    this.int(value)
  }

  fieldI32(id: number, value: number): void {
    this.#head(id, WIRE.I32)
    this.int(value)
  }

  fieldI64(id: number, value: number): void {
    this.#head(id, WIRE.I64)
    this.int(value)
  }

  fieldBinary(id: number, value: Uint8Array): void {
    this.#head(id, WIRE.BINARY)
    this.binary(value)
  }

  fieldText(id: number, value: string): void {
    this.fieldBinary(id, UTF8.encode(value))
  }

  /** Head of a list; `count` elements of `wire` must follow. */
  fieldList(id: number, wire: number, count: number): void {
    this.#head(id, WIRE.LIST)
    if (count < 15) this.#byte((count << 4) | wire)
    else {
      this.#byte(0xf0 | wire)
      this.#varint(count)
    }
  }

  /** Element of a list of whole numbers (|value| ≤ 2^53). */
  int(value: number): void {
    assert(Number.isSafeInteger(value), `${value} is no whole number that thrift can hold`)
    if (value >= -0x4000_0000 && value < 0x4000_0000) this.#varint(((value << 1) ^ (value >> 31)) >>> 0)
    else {
      // The lowest bit is the sign: 6 bits go into the first byte beside it, without ever doubling the value.
      const magnitude = value < 0 ? -value - 1 : value
      this.#byte(128 | ((magnitude % 64) << 1) | (value < 0 ? 1 : 0))
      this.#varint(Math.floor(magnitude / 64))
    }
  }

  /** Element of a list of byte strings. */
  binary(value: Uint8Array): void {
    this.#varint(value.length)
    this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  text(value: string): void {
    this.binary(UTF8.encode(value))
  }

  /** Element of a list of booleans. */
  bool(value: boolean): void {
    this.#byte(value ? WIRE.TRUE : WIRE.FALSE)
  }

  #head(id: number, wire: number): void {
    const delta = id - this.#ids[this.#ids.length - 1]!
    assert(delta > 0, `thrift field ${id} is out of order`)
    this.#ids[this.#ids.length - 1] = id
    if (delta < 16) this.#byte((delta << 4) | wire)
    else {
      this.#byte(wire)
      this.int(id)
    }
  }

  #varint(value: number): void {
    this.#room(VARINT_BYTES_MAX)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = 128 | (rest % 128)
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  #byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + bytes))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
