/**
 * The hybrid of run-length and bit-packed runs: levels, dictionary codes and booleans; and the BIT_PACKED levels of
 * old files. Source: Encodings.md of apache/parquet-format.
 *
 *     run := varint(length << 1) value                    value: ⌈bitWidth / 8⌉ bytes, little-endian
 *          | varint(groups << 1 | 1) groups × bitWidth bytes    a group: 8 values, least significant bit first
 *
 * What is accepted: the last run may claim more than `count` (a group always has 8 places, and writers round up
 * further); it is cut at `count`. Of the last bit-packed run only the bytes that hold wanted values must be there:
 * some writers leave out the padding behind them, and parquet-mr reads such files. Everything else that is missing is
 * corrupt, and so is a run of a value that has more than `bitWidth` bits.
 */

import { corrupt } from '../damage.ts'
import { bitsAt, packedBytes, unpackI32, viewOf } from './bit-unpack.ts'
import { ByteCursor } from './byte-cursor.ts'

/** Below this a loop is faster than the call of `fill`. */
const FILL_MIN = 32

/**
 * Decodes `count` values of `bitWidth` (0…32) bits into `out` from `at` on; returns the position behind them. Of width
 * 0 all values are 0 and everything up to `end` belongs to them, since writers differ in what they put there.
 */
export function decodeRleI32(
  bytes: Uint8Array,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  if (bitWidth === 0) {
    out.fill(0, at, at + count)
    return end
  }
  checkWidth(bitWidth, 32)
  const cursor = new ByteCursor(bytes, position, end)
  const view = viewOf(bytes)
  const stop = at + count
  let to = at
  while (to < stop) {
    const header = cursor.u32('the header of a run')
    const length = runLength(header, stop - to)
    if ((header & 1) === 0) {
      const value = runValue(cursor, bitWidth)
      if (length < FILL_MIN) for (let i = 0; i < length; i++) out[to + i] = value
      else out.fill(value, to, to + length)
    } else {
      const from = passPacked(cursor, header, bitWidth, length)
      unpackI32(bytes, view, from, end, bitWidth, length, out, to)
    }
    to += length
  }
  return cursor.position
}

/** The same into bytes, of widths 0…8: levels. Of width 1 the result is validity as a column has it. */
export function decodeRleU8(
  bytes: Uint8Array,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  out: Uint8Array,
  at: number,
): number {
  if (bitWidth === 0) {
    out.fill(0, at, at + count)
    return end
  }
  checkWidth(bitWidth, 8)
  const cursor = new ByteCursor(bytes, position, end)
  const stop = at + count
  let to = at
  while (to < stop) {
    const header = cursor.u32('the header of a run')
    const length = runLength(header, stop - to)
    if ((header & 1) === 0) {
      const value = runValue(cursor, bitWidth)
      if (length < FILL_MIN) for (let i = 0; i < length; i++) out[to + i] = value
      else out.fill(value, to, to + length)
    } else {
      const from = passPacked(cursor, header, bitWidth, length)
      if (bitWidth === 1) unpackBits(bytes, from, length, out, to)
      else {
        for (let i = 0; i < length; i++) {
          const bit = i * bitWidth
          out[to + i] = bitsAt(bytes, from + (bit >>> 3), end, bit & 7, bitWidth)
        }
      }
    }
    to += length
  }
  return cursor.position
}

/**
 * Whether all `count` values are `value`, found without decoding: true for runs of it, and for bit-packed bits of it.
 * False means "not known so": decode then. Throws `corrupt` where decoding would, as far as it looks.
 */
export function rleAll(
  bytes: Uint8Array,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  value: number,
): boolean {
  if (bitWidth === 0) return value === 0
  checkWidth(bitWidth, 32)
  const cursor = new ByteCursor(bytes, position, end)
  for (let left = count; left > 0; ) {
    const header = cursor.u32('the header of a run')
    const length = runLength(header, left)
    if ((header & 1) === 0) {
      if (runValue(cursor, bitWidth) !== value) return false
    } else {
      if (bitWidth !== 1) return false
      const from = passPacked(cursor, header, 1, length)
      if (!bitsAre(bytes, from, length, value)) return false
    }
    left -= length
  }
  return true
}

/** Decodes BIT_PACKED levels (deprecated; most significant bit first, no runs) of widths 0…8. */
export function decodeBitPackedU8(
  bytes: Uint8Array,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  out: Uint8Array,
  at: number,
): number {
  if (bitWidth === 0) {
    out.fill(0, at, at + count)
    return position
  }
  checkWidth(bitWidth, 8)
  const length = packedBytes(count, bitWidth)
  if (length > end - position) {
    throw corrupt(`${count} levels of ${bitWidth} bits need ${length} bytes, ${end - position} are left`)
  }
  const mask = (1 << bitWidth) - 1
  let byte = position
  let pending = 0 // its lowest `held` bits are still to come
  let held = 0
  for (let i = 0; i < count; i++) {
    if (held < bitWidth) {
      pending = ((pending << 8) | bytes[byte++]!) & 0xffff
      held += 8
    }
    held -= bitWidth
    out[at + i] = (pending >>> held) & mask
  }
  return position + length
}

function checkWidth(bitWidth: number, bitWidthMax: number): void {
  if (bitWidth > bitWidthMax) throw corrupt(`values of ${bitWidth} bits, more than ${bitWidthMax}`)
}

/** Values of a run that are wanted; a bit-packed run counts groups of 8. */
function runLength(header: number, wanted: number): number {
  const length = (header & 1) === 0 ? header >>> 1 : 8 * (header >>> 1)
  return Math.min(length, wanted)
}

function runValue(cursor: ByteCursor, bitWidth: number): number {
  const { bytes } = cursor
  const length = (bitWidth + 7) >>> 3
  if (length > cursor.left) throw corrupt('the value of a run is cut off')
  let value = 0
  for (let i = 0; i < length; i++) value |= bytes[cursor.position++]! << (8 * i)
  if (bitWidth < 32 && value >>> bitWidth !== 0) {
    throw corrupt(`the value ${value >>> 0} of a run has more than ${bitWidth} bits`)
  }
  return value
}

/** Moves behind a bit-packed run of which `length` values are wanted; returns where it begins. */
function passPacked(cursor: ByteCursor, header: number, bitWidth: number, length: number): number {
  const from = cursor.position
  const needed = packedBytes(length, bitWidth)
  if (needed > cursor.left) {
    throw corrupt(`a bit-packed run of ${length} values needs ${needed} bytes, ${cursor.left} are left`)
  }
  cursor.position = Math.min(cursor.end, from + (header >>> 1) * bitWidth)
  return from
}

function unpackBits(bytes: Uint8Array, position: number, count: number, out: Uint8Array, at: number): void {
  const groups = count >>> 3
  let to = at
  for (let g = 0; g < groups; g++, to += 8) {
    const b = bytes[position + g]!
    out[to] = b & 1
    out[to + 1] = (b >>> 1) & 1
    out[to + 2] = (b >>> 2) & 1
    out[to + 3] = (b >>> 3) & 1
    out[to + 4] = (b >>> 4) & 1
    out[to + 5] = (b >>> 5) & 1
    out[to + 6] = (b >>> 6) & 1
    out[to + 7] = b >>> 7
  }
  for (let i = 0; i < (count & 7); i++) out[to + i] = (bytes[position + groups]! >>> i) & 1
}

/** Whether the first `count` bits are all `value`. */
function bitsAre(bytes: Uint8Array, position: number, count: number, value: number): boolean {
  if (value !== 0 && value !== 1) return false
  const whole = value === 1 ? 0xff : 0
  const groups = count >>> 3
  for (let g = 0; g < groups; g++) if (bytes[position + g] !== whole) return false
  const mask = (1 << (count & 7)) - 1
  return mask === 0 || ((bytes[position + groups]! ^ whole) & mask) === 0
}
