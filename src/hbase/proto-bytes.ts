/**
 * Protocol Buffers as HBase uses them: a writer that grows, and a reader over bytes that nobody vouches for.
 *
 *     message := field*     field := tag value     tag := varint of (number << 3 | wire type)
 *     wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes
 *
 * Invariant: every length is checked against what is left before bytes are touched, and each step of the reader goes
 * forward, so that hostile bytes end in `reply-invalid` and never in a loop. Integers are float64, exact to 2^53.
 * Source: protobuf.dev, "Encoding".
 */

import { HindcastError } from '../errors.ts'

const VARINT = 0
const EIGHT_BYTES = 1
const BYTES = 2
const FOUR_BYTES = 5
const TWO_TO_32 = 2 ** 32

export class ProtoWriter {
  #bytes: Buffer
  #length = 0

  constructor(bytesFirst = 256) {
    this.#bytes = Buffer.allocUnsafe(bytesFirst)
  }

  get length(): number {
    return this.#length
  }

  /** What was written. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A bare varint; ≥ 0, ≤ 2^53. */
  varint(value: number): this {
    this.#reserve(10)
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
    return this
  }

  /** Bytes as they are, without tag and length. */
  raw(bytes: Uint8Array, from = 0, to = bytes.length): this {
    const count = to - from
    this.#reserve(count)
    this.#bytes.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#length)
    this.#length += count
    return this
  }

  uint(field: number, value: number): this {
    return this.varint(field << 3).varint(value)
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0)
  }

  /** Bytes, a text (UTF-8), or a message that was written before. */
  bytes(field: number, value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return this.head(field, bytes.length).raw(bytes)
  }

  /** Tag and length of bytes that are written next, by `raw` and the like. */
  head(field: number, length: number): this {
    return this.varint((field << 3) | BYTES).varint(length)
  }

  message(field: number, write: (inner: ProtoWriter) => unknown): this {
    const inner = new ProtoWriter()
    write(inner)
    return this.bytes(field, inner.finish())
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Bytes that a varint takes; value ≥ 0. */
export function varintBytes(value: number): number {
  let count = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) count++
  return count
}

/**
 * Goes through the fields of one message: `while (reader.next()) switch (reader.field) …`. A field that is not taken is
 * stepped over by the next `next()`. All raise `reply-invalid`.
 */
export class ProtoReader {
  readonly data: Buffer
  /** Next byte. */
  at: number
  readonly end: number
  field = 0
  #wire = -1

  constructor(data: Buffer, from = 0, to = data.length) {
    this.data = data
    this.at = from
    this.end = to
  }

  /** A message with its length in front, as HBase puts them one after another; this reader goes on behind it. */
  delimited(): ProtoReader {
    const length = this.#length()
    const from = this.at
    this.at += length
    return new ProtoReader(this.data, from, this.at)
  }

  next(): boolean {
    if (this.#wire !== -1) this.#skip()
    if (this.at === this.end) return false
    const tag = this.varint()
    this.field = Math.floor(tag / 8)
    this.#wire = tag % 8
    if (this.field === 0) throw strange('a field has number 0')
    return true
  }

  uint(): number {
    this.#take(VARINT)
    return this.varint()
  }

  bool(): boolean {
    return this.uint() !== 0
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    this.#take(BYTES)
    const length = this.#length()
    this.at += length
    return this.data.subarray(this.at - length, this.at)
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  message(): ProtoReader {
    this.#take(BYTES)
    return this.delimited()
  }

  /** Values of a repeated number or boolean, written one by one or packed, behind those in `into`. */
  uints(into: number[]): void {
    if (this.#wire === VARINT) {
      into.push(this.uint())
      return
    }
    const packed = this.message()
    while (packed.at < packed.end) into.push(packed.varint())
  }

  /** Up to ten bytes; above 2^53 it is rounded, and a negative int64 is a number near 2^64. */
  varint(): number {
    let low = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) throw strange('a number ends too soon')
      const byte = this.data[this.at++]!
      low += (byte & 127) * scale
      if (byte < 128) return low
      scale *= 128
    }
    throw strange('a number has more than ten bytes')
  }

  #length(): number {
    const length = this.varint()
    if (length > this.end - this.at)
      throw strange(`${length} bytes are claimed where ${this.end - this.at} are left`)
    return length
  }

  #take(wire: number): void {
    if (this.#wire !== wire) throw strange(`field ${this.field} has wire type ${this.#wire}, not ${wire}`)
    this.#wire = -1
  }

  #skip(): void {
    const wire = this.#wire
    this.#wire = -1
    if (wire === VARINT) this.varint()
    else if (wire === BYTES) this.delimited()
    else if (wire === EIGHT_BYTES || wire === FOUR_BYTES) this.#skipFixed(wire === EIGHT_BYTES ? 8 : 4)
    else throw strange(`field ${this.field} has wire type ${wire}`)
  }

  #skipFixed(count: number): void {
    if (count > this.end - this.at) throw strange('a number ends too soon')
    this.at += count
  }
}

/** A reply that cannot be read; whoever knows the server adds its name. */
export function strange(why: string): HindcastError {
  return new HindcastError('reply-invalid', `a reply cannot be read: ${why}`, {
    advice: 'Check that this is a server of HBase 2, and that nothing in between changes bytes.',
  })
}

/** A big-endian int64 as float64; above 2^53 it is rounded. */
export function int64At(data: Buffer, at: number): number {
  return data.readInt32BE(at) * TWO_TO_32 + data.readUInt32BE(at + 4)
}
