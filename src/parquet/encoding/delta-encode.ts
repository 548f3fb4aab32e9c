/**
 * Writes DELTA_BINARY_PACKED (see delta-blocks.ts for the form) in blocks of 128 values and 4 miniblocks, and with it
 * DELTA_LENGTH_BYTE_ARRAY. Differences wrap around, as the format says.
 *
 * A block is differences in scratch, their minimum, what they are above it, and so many bits. int64 whose differences
 * fit int32 (times, offsets, ids that lie close) take the 32-bit way after the first step.
 */

import { packI32, packI64 } from './bit-pack.ts'
import { denseI32, denseI64 } from './dense.ts'
import type { PageBuffer } from './page-buffer.ts'

const BLOCK = 128
const MINIBLOCKS = 4
const MINIBLOCK = BLOCK / MINIBLOCKS

/** Differences of one block, then what they are above the smallest; owned by the function that runs. */
const lows = new Int32Array(BLOCK)
const highs = new Int32Array(BLOCK)

/** Values of valid rows of [from, to). */
export function encodeDeltaI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI32(values, from, to, valid)
  const all = dense.values
  writeHeader(buffer, dense.to - dense.from)
  const first = dense.from < dense.to ? all[dense.from]! : 0
  buffer.zigzag64(first, first >> 31)
  for (let i = dense.from + 1; i < dense.to; i += BLOCK) {
    const length = Math.min(BLOCK, dense.to - i)
    for (let k = 0; k < length; k++) lows[k] = (all[i + k]! - all[i + k - 1]!) | 0
    writeNarrowBlock(buffer, length)
  }
}

/** Halves; `from` and `to` count values. */
export function encodeDeltaI64(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI64(values, from, to, valid)
  const all = dense.values
  writeHeader(buffer, dense.to - dense.from)
  const first = 2 * dense.from
  if (dense.from < dense.to) buffer.zigzag64(all[first]!, all[first + 1]!)
  else buffer.zigzag64(0, 0)
  for (let i = dense.from + 1; i < dense.to; i += BLOCK) {
    const length = Math.min(BLOCK, dense.to - i)
    if (subtract(all, i, length)) writeNarrowBlock(buffer, length)
    else writeWideBlock(buffer, length)
  }
}

/**
 * DELTA_LENGTH_BYTE_ARRAY: strings of valid rows of [from, to); row i is `bytes[offsets[i] … offsets[i + 1])`. A null
 * must be an empty string, as columns have it.
 */
export function encodeDeltaLengthStrings(
  buffer: PageBuffer,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const lengths = new Int32Array(to - from)
  let count = 0
  for (let i = from; i < to; i++) {
    lengths[count] = offsets[i + 1]! - offsets[i]!
    count += valid === null ? 1 : valid[i]!
  }
  encodeDeltaI32(buffer, lengths, 0, count, null)
  buffer.append(bytes.subarray(offsets[from]!, offsets[to]!))
}

function writeHeader(buffer: PageBuffer, count: number): void {
  buffer.varint(BLOCK)
  buffer.varint(MINIBLOCKS)
  buffer.varint(count)
}

/** Differences of `length` values from value `at` on into scratch; whether all fit int32. */
function subtract(values: Int32Array, at: number, length: number): boolean {
  let low = values[2 * at - 2]!
  let high = values[2 * at - 1]!
  let wide = 0
  for (let k = 0, from = 2 * at; k < length; k++, from += 2) {
    const nextLow = values[from]!
    const nextHigh = values[from + 1]!
    const delta = (nextLow - low) | 0
    const deltaHigh = (nextHigh - high - borrowOf(nextLow, low, delta)) | 0
    lows[k] = delta
    highs[k] = deltaHigh
    wide |= deltaHigh ^ (delta >> 31)
    low = nextLow
    high = nextHigh
  }
  return wide === 0
}

/** A block of differences that fit int32, which are in `lows`. */
function writeNarrowBlock(buffer: PageBuffer, length: number): void {
  let min = lows[0]!
  for (let k = 1; k < length; k++) if (lows[k]! < min) min = lows[k]!
  buffer.zigzag64(min, min >> 31)
  const widthsAt = startWidths(buffer)
  for (let m = 0; m < MINIBLOCKS && m * MINIBLOCK < length; m++) {
    const from = m * MINIBLOCK
    const to = Math.min(length, from + MINIBLOCK)
    let bits = 0
    for (let k = from; k < to; k++) {
      const above = (lows[k]! - min) | 0
      lows[k] = above
      bits |= above
    }
    const bitWidth = 32 - Math.clz32(bits)
    buffer.bytes[widthsAt + m] = bitWidth
    if (bitWidth === 0) continue
    lows.fill(0, to, from + MINIBLOCK)
    packI32(buffer, lows, from, from + MINIBLOCK, bitWidth)
  }
}

/** The same of 64 bits, which are in `lows` and `highs`. */
function writeWideBlock(buffer: PageBuffer, length: number): void {
  let min = 0
  for (let k = 1; k < length; k++) {
    const isLess = highs[k]! < highs[min]! || (highs[k] === highs[min] && lows[k]! >>> 0 < lows[min]! >>> 0)
    if (isLess) min = k
  }
  const minLow = lows[min]!
  const minHigh = highs[min]!
  buffer.zigzag64(minLow, minHigh)
  const widthsAt = startWidths(buffer)
  for (let m = 0; m < MINIBLOCKS && m * MINIBLOCK < length; m++) {
    const from = m * MINIBLOCK
    const to = Math.min(length, from + MINIBLOCK)
    let bitsLow = 0
    let bitsHigh = 0
    for (let k = from; k < to; k++) {
      const above = (lows[k]! - minLow) | 0
      highs[k] = (highs[k]! - minHigh - borrowOf(lows[k]!, minLow, above)) | 0
      lows[k] = above
      bitsLow |= above
      bitsHigh |= highs[k]!
    }
    lows.fill(0, to, from + MINIBLOCK)
    highs.fill(0, to, from + MINIBLOCK)
    const bitWidth = bitsHigh === 0 ? 32 - Math.clz32(bitsLow) : 64 - Math.clz32(bitsHigh)
    buffer.bytes[widthsAt + m] = bitWidth
    if (bitWidth > 32) packI64(buffer, lows, highs, from, MINIBLOCK, bitWidth)
    else if (bitWidth > 0) packI32(buffer, lows, from, from + MINIBLOCK, bitWidth)
  }
}

/** Room for the widths of a block, 0 for miniblocks without values; returns where they are. */
function startWidths(buffer: PageBuffer): number {
  buffer.reserve(MINIBLOCKS)
  const at = buffer.position
  buffer.bytes.fill(0, at, at + MINIBLOCKS)
  buffer.position += MINIBLOCKS
  return at
}

/** 1 where a − b, of which `difference` is the low 32 bits, borrows. */
function borrowOf(a: number, b: number, difference: number): number {
  return ((~a & b) | ((~a | b) & difference)) >>> 31
}
