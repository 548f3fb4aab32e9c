/**
 * Packs integers of a fixed number of bits, least significant bit first: the inverse of bit-unpack.ts.
 *
 * Bits are gathered into 32-bit words, and a word is stored when it is full. Sketch: one load, two shifts and a
 * mostly well-predicted branch a value. Values must fit their width.
 */

import { packedBytes } from './bit-unpack.ts'
import type { PageBuffer } from './page-buffer.ts'

/** Bytes that the last store may go beyond the end. */
const SLACK = 4

/** Appends ⌈(to − from) × bitWidth / 8⌉ bytes with values [from, to) of 1…32 bits each; unused bits are 0. */
export function packI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const length = packedBytes(to - from, bitWidth)
  buffer.reserve(length + SLACK)
  const { view } = buffer
  let at = buffer.position
  let word = 0
  let used = 0 // bits of the word, below 32
  for (let i = from; i < to; i++) {
    const value = values[i]!
    word |= value << used
    used += bitWidth
    if (used >= 32) {
      view.setInt32(at, word, true)
      at += 4
      used -= 32
      // The upper `used` bits of the value; two shifts, since a shift by 32 is none.
      word = (value >>> 1) >>> (bitWidth - used - 1)
    }
  }
  view.setInt32(at, word, true)
  buffer.position += length
}

/** The same of bytes (levels). */
export function packU8(
  buffer: PageBuffer,
  values: Uint8Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const length = packedBytes(to - from, bitWidth)
  buffer.reserve(length + SLACK)
  const { view } = buffer
  let at = buffer.position
  let word = 0
  let used = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    word |= value << used
    used += bitWidth
    if (used >= 32) {
      view.setInt32(at, word, true)
      at += 4
      used -= 32
      word = (value >>> 1) >>> (bitWidth - used - 1)
    }
  }
  view.setInt32(at, word, true)
  buffer.position += length
}

/** The same of halves: `count` values of 33…64 bits. */
export function packI64(
  buffer: PageBuffer,
  lows: Int32Array,
  highs: Int32Array,
  from: number,
  count: number,
  bitWidth: number,
): void {
  const length = packedBytes(count, bitWidth)
  buffer.reserve(length + SLACK)
  const { view } = buffer
  const highBits = bitWidth - 32
  let at = buffer.position
  let word = 0
  let used = 0
  for (let i = from; i < from + count; i++) {
    const low = lows[i]!
    const high = highs[i]!
    view.setInt32(at, word | (low << used), true)
    at += 4
    word = (low >>> 1) >>> (31 - used)
    word |= high << used
    used += highBits
    if (used >= 32) {
      view.setInt32(at, word, true)
      at += 4
      used -= 32
      word = (high >>> 1) >>> (highBits - used - 1)
    }
  }
  view.setInt32(at, word, true)
  buffer.position += length
}
