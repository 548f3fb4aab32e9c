/**
 * Reads the Thrift compact protocol in place: a cursor, no tree of objects.
 *
 *   struct  = { field } 0x00
 *   field   = (delta << 4 | type) [zigzag id, if delta is 0] value      a boolean's value is its type
 *   int     = zigzag varint (i8: one byte)        binary = varint length, bytes
 *   list    = (count << 4 | type) [varint count, if 15] values          map = varint count [key type << 4 | value type]
 *
 * Invariant: nothing is read behind `end`, and no count is believed before as many bytes are left (every element
 * takes one at least), so that the work is linear in the bytes whatever they say.
 * Source: apache/thrift, `doc/specs/thrift-compact-protocol.md`.
 */

import { corrupt } from '../damage.ts'

/** Types of the wire. A field of type 1 or 2 is the boolean itself. */
export const WIRE = {
  TRUE: 1,
  FALSE: 2,
  I8: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  DOUBLE: 7,
  BINARY: 8,
  LIST: 9,
  SET: 10,
  MAP: 11,
  STRUCT: 12,
  UUID: 13,
} as const

/** Structs, lists and maps in one another that are skipped; parquet.thrift needs five. */
const SKIP_DEPTH_MAX = 64
/** Up to this length ASCII is turned into a string by hand: a call of TextDecoder costs more. */
const SHORT_TEXT = 24
/** Bytes stay what they are: a byte order mark is part of the text, invalid UTF-8 becomes U+FFFD. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })
const EMPTY = new Uint8Array(0)

/**
 * A cursor over `bytes[position … end)`. A struct is read as
 *
 *   for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id))
 *     switch (id) { case 1: rows = reader.int(); break; default: reader.skip() }
 *
 * where `int`, `text`, … read the value of the field at hand, or of the element at hand after `list`. Whatever is
 * damaged throws `file-corrupt`.
 */
export class ThriftReader {
  readonly bytes: Uint8Array
  /** Next byte to be read. */
  position: number
  readonly end: number
  /** Wire type of the value at hand. */
  #type = 0

  constructor(bytes: Uint8Array, position: number, end: number) {
    if (!(position >= 0 && position <= end && end <= bytes.length)) throw ends()
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  /** Id of the struct's next field, given the one before it (0 at the beginning); 0 at the end of the struct. */
  nextField(previous: number): number {
    const head = this.#byte()
    if (head === 0) return 0
    this.#type = head & 15
    if (this.#type === 0 || this.#type > WIRE.UUID) throw corrupt(`thrift: ${this.#type} is no type`)
    const id = head >> 4 === 0 ? this.#zigzag() : previous + (head >> 4)
    if (id < 1 || id > 32_767) throw corrupt(`thrift: ${id} is no field id`)
    return id
  }

  bool(): boolean {
    if (this.#type !== WIRE.TRUE && this.#type !== WIRE.FALSE) throw this.#mismatch('a boolean')
    return this.#type === WIRE.TRUE
  }

  /** A whole number of any width; beyond ± 2^53 it is corrupt. */
  int(): number {
    if (this.#type === WIRE.I8) return (this.#byte() << 24) >> 24
    if (this.#type < WIRE.I16 || this.#type > WIRE.I64) throw this.#mismatch('a whole number')
    return this.#zigzag()
  }

  /** A whole number of 32 bits. */
  int32(): number {
    const value = this.int()
    if (value !== (value | 0)) throw corrupt(`thrift: ${value} does not fit into 32 bits`)
    return value
  }

  /** A view of the bytes. */
  binary(): Uint8Array {
    const length = this.#binaryLength()
    if (length === 0) return EMPTY
    const from = this.position
    this.position += length
    return this.bytes.subarray(from, this.position)
  }

  text(): string {
    const length = this.#binaryLength()
    const from = this.position
    const to = from + length
    this.position = to
    if (length <= SHORT_TEXT) {
      let text = ''
      let i = from
      for (; i < to && this.bytes[i]! < 128; i++) text += String.fromCharCode(this.bytes[i]!)
      if (i === to) return text
    }
    return UTF8.decode(this.bytes.subarray(from, to))
  }

  /** Reads a text and says whether it is `expected`, without making a string of it where both are ASCII. */
  textIs(expected: string): boolean {
    const from = this.position
    const length = this.#binaryLength()
    const start = this.position
    if (length === expected.length) {
      let i = 0
      while (i < length && this.bytes[start + i] === expected.charCodeAt(i) && this.bytes[start + i]! < 128)
        i++
      if (i === length) {
        this.position = start + length
        return true
      }
    }
    this.position = from
    return this.text() === expected
  }

  /** Enters a list and gives its count; its elements must be of `wire` (a type of `WIRE`). */
  list(wire: number): number {
    if (this.#type !== WIRE.LIST && this.#type !== WIRE.SET) throw this.#mismatch('a list')
    const count = this.#listHead()
    if (count > 0 && !isElement(this.#type, wire)) throw this.#mismatch('an element of another one')
    return count
  }

  /** The elements of a list of booleans that was entered, one byte each, 1 or 0. */
  bools(count: number): Uint8Array {
    if (count > this.end - this.position) throw ends()
    const values = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      const byte = this.bytes[this.position + i]!
      if (byte > 2) throw corrupt(`thrift: ${byte} is no boolean`)
      values[i] = byte & 1
    }
    this.position += count
    return values
  }

  /** The value at hand must be a struct: go on with `nextField(0)`. */
  struct(): void {
    if (this.#type !== WIRE.STRUCT) throw this.#mismatch('a struct')
  }

  /** Passes over the value at hand. */
  skip(): void {
    if (this.#type > WIRE.FALSE) this.#skipValue(this.#type, 0)
  }

  #skipValue(type: number, depth: number): void {
    switch (type) {
      case WIRE.TRUE: // in a list or map a boolean takes a byte
      case WIRE.FALSE:
      case WIRE.I8:
        this.#pass(1)
        break
      case WIRE.I16:
      case WIRE.I32:
      case WIRE.I64:
        this.#passVarint()
        break
      case WIRE.DOUBLE:
        this.#pass(8)
        break
      case WIRE.UUID:
        this.#pass(16)
        break
      case WIRE.BINARY:
        this.#pass(this.#varint())
        break
      default:
        this.#skipContainer(type, depth)
    }
  }

  #skipContainer(type: number, depth: number): void {
    if (depth >= SKIP_DEPTH_MAX) throw corrupt(`thrift: more than ${SKIP_DEPTH_MAX} levels`)
    if (type === WIRE.STRUCT) {
      for (let id = this.nextField(0); id !== 0; id = this.nextField(id)) {
        if (this.#type > WIRE.FALSE) this.#skipValue(this.#type, depth + 1)
      }
    } else if (type === WIRE.LIST || type === WIRE.SET) {
      const count = this.#listHead()
      const element = this.#type
      for (let i = 0; i < count; i++) this.#skipValue(element, depth + 1)
    } else if (type === WIRE.MAP) {
      const count = this.#varint()
      if (count === 0) return
      if (2 * count + 1 > this.end - this.position) throw ends()
      const types = this.#byte()
      for (let i = 0; i < count; i++) {
        this.#skipValue(types >> 4, depth + 1)
        this.#skipValue(types & 15, depth + 1)
      }
    } else throw corrupt(`thrift: ${type} is no type`)
  }

  /** Count of a list; its element type becomes the type at hand. */
  #listHead(): number {
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    if (count > this.end - this.position) throw ends()
    this.#type = head & 15
    return count
  }

  #binaryLength(): number {
    if (this.#type !== WIRE.BINARY) throw this.#mismatch('bytes')
    const length = this.#varint()
    if (length > this.end - this.position) throw ends()
    return length
  }

  #byte(): number {
    if (this.position >= this.end) throw ends()
    return this.bytes[this.position++]!
  }

  /** An unsigned varint of 32 bits: lengths and counts. */
  #varint(): number {
    const first = this.#byte()
    if (first < 128) return first
    let value = first & 127
    for (let scale = 128; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw corrupt('thrift: a length of more than 5 bytes')
  }

  /** The lowest bit is the sign; the rest is summed up as a float64, which is exact as far as we let it go. */
  #zigzag(): number {
    let byte = this.#byte()
    const isNegative = (byte & 1) === 1
    let value = (byte & 127) >> 1
    for (let scale = 64; byte >= 128; scale *= 128) {
      if (scale > 2 ** 62) throw corrupt('thrift: a number of more than 10 bytes')
      byte = this.#byte()
      value += (byte & 127) * scale
    }
    if (value > Number.MAX_SAFE_INTEGER) throw corrupt('thrift: a number beyond 2^53')
    return isNegative ? -value - 1 : value
  }

  #passVarint(): void {
    for (let length = 1; this.#byte() >= 128; length++) {
      if (length >= 10) throw corrupt('thrift: a number of more than 10 bytes')
    }
  }

  #pass(length: number): void {
    if (length > this.end - this.position) throw ends()
    this.position += length
  }

  #mismatch(wanted: string): Error {
    return corrupt(`thrift: a value of type ${this.#type} where ${wanted} belongs`)
  }
}

/** Either boolean type stands for lists of both; whole numbers of any width are as good as others. */
function isElement(type: number, wanted: number): boolean {
  if (wanted === WIRE.TRUE) return type === WIRE.TRUE || type === WIRE.FALSE
  if (wanted === WIRE.I32 || wanted === WIRE.I64) return type >= WIRE.I16 && type <= WIRE.I64
  return type === wanted
}

function ends(): Error {
  return corrupt('thrift: the bytes end in the middle of a value')
}
