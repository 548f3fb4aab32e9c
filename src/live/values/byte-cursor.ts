/**
 * A place in the bytes of one value, and the primitives that Avro and Protobuf share.
 *
 *     varint := (byte ≥ 0x80)* byte < 0x80        7 bits each, lowest first, at most 64 bits in 10 bytes
 *     zigzag := varint of (n << 1) ^ (n >> 63)
 *
 * Invariant: nothing is read at or behind `end`, and a length is only ever returned once that many bytes are known to be
 * there. A read that fails returns false (or -1) and says why in `fault`; nothing throws.
 */

const NO_BYTES = new Uint8Array(0)
const FLOAT_BYTES = new Uint8Array(8)
const AS_FLOAT32 = new Float32Array(FLOAT_BYTES.buffer)
const AS_FLOAT64 = new Float64Array(FLOAT_BYTES.buffer)
const ENDS = 'ends too early'

export class ByteCursor {
  bytes: Uint8Array = NO_BYTES
  pos = 0
  end = 0
  /** The halves of the last integer read. */
  low = 0
  high = 0
  /** The last float read. */
  real = 0
  /** Why the last read failed, with its place in the value. */
  fault = ''
  #start = 0
  /** Bytes of the value. */
  size = 0

  /** Begins with the value `bytes[start … end)`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.pos = start
    this.end = end
    this.#start = start
    this.size = end - start
  }

  fail(reason: string, at = this.pos): false {
    this.fault = `${reason} at byte ${at - this.#start}`
    return false
  }

  /** The 64 bits of a varint into `low` and `high`. */
  varint(): boolean {
    const { bytes, end } = this
    let p = this.pos
    if (p >= end) return this.fail(ENDS)
    let byte = bytes[p++]!
    let low = byte & 0x7f
    let shift = 7
    while (byte >= 0x80 && shift < 35) {
      if (p >= end) return this.fail(ENDS)
      byte = bytes[p++]!
      low |= (byte & 0x7f) << shift
      shift += 7
    }
    // The fifth byte has four bits for the low half and three for the high one.
    let high = shift === 35 ? (byte & 0x7f) >> 4 : 0
    for (shift = 3; byte >= 0x80; shift += 7) {
      if (p >= end) return this.fail(ENDS)
      byte = bytes[p++]!
      if (shift === 31 && byte > 1) return this.fail('a varint has more than 64 bits')
      high |= (byte & 0x7f) << shift
    }
    this.low = low
    this.high = high
    this.pos = p
    return true
  }

  /** A signed number in zigzag form into `low` and `high`. */
  zigzag(): boolean {
    if (!this.varint()) return false
    this.unzigzag()
    return true
  }

  /** Turns the 64 bits just read from zigzag form into a signed number. */
  unzigzag(): void {
    const sign = -(this.low & 1)
    this.low = ((this.low >>> 1) | (this.high << 31)) ^ sign
    this.high = (this.high >>> 1) ^ sign
  }

  /** A zigzag length of bytes that are all there, or -1. */
  zigzagLength(): number {
    return this.zigzag() ? this.#length() : -1
  }

  /** A varint length of bytes that are all there, or -1. */
  varintLength(): number {
    return this.varint() ? this.#length() : -1
  }

  #length(): number {
    if (this.high === 0 && this.low >= 0 && this.low <= this.end - this.pos) return this.low
    this.fail('a length passes the end')
    return -1
  }

  /** Passes `count` bytes. */
  skip(count: number): boolean {
    if (count > this.end - this.pos) return this.fail(ENDS)
    this.pos += count
    return true
  }

  /** Four bytes, little-endian, as a float32 into `real`. */
  float32(): boolean {
    const { bytes, pos } = this
    if (!this.skip(4)) return false
    for (let i = 0; i < 4; i++) FLOAT_BYTES[i] = bytes[pos + i]!
    this.real = AS_FLOAT32[0]!
    return true
  }

  /** Eight bytes, little-endian, as a float64 into `real`. */
  float64(): boolean {
    const { bytes, pos } = this
    if (!this.skip(8)) return false
    for (let i = 0; i < 8; i++) FLOAT_BYTES[i] = bytes[pos + i]!
    this.real = AS_FLOAT64[0]!
    return true
  }

  /** Four bytes, little-endian, into `low`; `high` is 0. */
  fixed32(): boolean {
    const { bytes, pos } = this
    if (!this.skip(4)) return false
    this.low = bytes[pos]! | (bytes[pos + 1]! << 8) | (bytes[pos + 2]! << 16) | (bytes[pos + 3]! << 24)
    this.high = 0
    return true
  }

  /** Eight bytes, little-endian, into `low` and `high`. */
  fixed64(): boolean {
    if (this.end - this.pos < 8) return this.fail(ENDS)
    this.fixed32()
    const { low } = this
    this.fixed32()
    this.high = this.low
    this.low = low
    return true
  }
}
