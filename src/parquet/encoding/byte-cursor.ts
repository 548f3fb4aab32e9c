/**
 * Reads the whole numbers of encoding headers: ULEB128 and zigzag, each checked against the bytes that are left.
 *
 * Invariant: `position` ≤ `end` ≤ `bytes.length`. One cursor a page, so that a 64-bit number can come back as two
 * members instead of an object. Source: Encodings.md of apache/parquet-format.
 */

import { corrupt } from '../damage.ts'

export class ByteCursor {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
  /** Halves of what `zigzag64` read last. */
  low = 0
  high = 0

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  get left(): number {
    return this.end - this.position
  }

  /** An unsigned number of 32 bits; `what` names it in the error where it is longer or cut off. */
  u32(what: string): number {
    const { bytes, end } = this
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.position >= end) throw corrupt(`${what} is cut off`)
      const byte = bytes[this.position++]!
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw corrupt(`${what} has more than 32 bits`)
  }

  /** A zigzag number of 64 bits into `low` and `high`; errors as of `u32`. */
  zigzag64(what: string): void {
    const { bytes, end } = this
    let low = 0
    let high = 0
    for (let shift = 0; ; shift += 7) {
      if (this.position >= end) throw corrupt(`${what} is cut off`)
      const byte = bytes[this.position++]!
      if (shift === 63 && byte > 1) throw corrupt(`${what} has more than 64 bits`)
      const bits = byte & 0x7f
      if (shift < 32) low |= bits << shift
      // The fifth byte lies across both halves: 4 bits below, 3 above.
      if (shift === 28) high = bits >>> 4
      else if (shift > 28) high |= bits << (shift - 32)
      if (byte < 0x80) break
    }
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }
}
