/**
 * DELTA_BINARY_PACKED → int32, and int64 as halves. Sums wrap around, as the format says.
 *
 * A miniblock is unpacked into scratch and then summed, in pieces that stay in the cache. int64 has three ways, chosen
 * once a piece: no carry can happen (sorted times and offsets: one addition a value), deltas fit int32 (an addition and
 * a carry), and the full 64 bits. Sketch of the first: unpack 1 ns, one load and two stores a value.
 */

import { unpackI32, unpackI64, viewOf } from './bit-unpack.ts'
import { DeltaBlocks } from './delta-blocks.ts'

const PIECE = 1024
const TWO_31 = 2 ** 31
const TWO_32 = 2 ** 32

/** The largest number of 0…64 bits: a table, since a power takes as long as ten values. */
const ADDED_MAX = Float64Array.from({ length: 65 }, (_, bitWidth) => 2 ** bitWidth - 1)

/** Deltas of one piece less the block's smallest; owned by the function that runs. */
const lows = new Int32Array(PIECE)
const highs = new Int32Array(PIECE)

/** Decodes `count` values to `out[at …]`; returns the position behind all deltas of the page, wanted or not. */
export function deltaI32(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  if (count === 0 && position === end) return end // of a page of nulls some writers leave even the header out
  const blocks = new DeltaBlocks(bytes, position, end, count)
  const view = viewOf(bytes)
  const stop = at + count
  let to = at
  let value = blocks.firstLow
  if (to < stop) out[to++] = value
  while (blocks.next()) {
    const { bitWidth, minLow } = blocks
    const length = Math.min(blocks.length, stop - to)
    for (let from = 0; from < length; from += PIECE) {
      const piece = Math.min(PIECE, length - from)
      const packed = blocks.position + (from / 8) * bitWidth
      if (bitWidth <= 32) unpackLow(bytes, view, packed, end, bitWidth, piece)
      else unpackI64(bytes, view, packed, end, bitWidth, piece, lows, highs)
      value = sumI32(value, minLow, piece, out, to)
      to += piece
    }
  }
  return blocks.end
}

/** Decodes `count` values to halves `out[2 × at …]`; else as `deltaI32`. */
export function deltaI64(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  if (count === 0 && position === end) return end
  const blocks = new DeltaBlocks(bytes, position, end, count)
  const view = viewOf(bytes)
  const stop = at + count
  let to = at
  if (to < stop) {
    out[2 * to] = blocks.firstLow
    out[2 * to + 1] = blocks.firstHigh
    to++
  }
  while (blocks.next()) {
    const { bitWidth, minLow, minHigh } = blocks
    const length = Math.min(blocks.length, stop - to)
    for (let from = 0; from < length; from += PIECE) {
      const piece = Math.min(PIECE, length - from)
      const packed = blocks.position + (from / 8) * bitWidth
      // Deltas are from `min` to `max`, and fit int32 where both do.
      const max = minLow + ADDED_MAX[bitWidth]!
      if (minHigh === minLow >> 31 && max < TWO_31) {
        unpackLow(bytes, view, packed, end, bitWidth, piece)
        const low = out[2 * to - 2]! >>> 0
        const isCarryFree = low + piece * Math.min(0, minLow) >= 0 && low + piece * Math.max(0, max) < TWO_32
        if (isCarryFree) sumLow(minLow, piece, out, 2 * to)
        else sumCarry(minLow, piece, out, 2 * to)
      } else {
        if (bitWidth <= 32) {
          unpackLow(bytes, view, packed, end, bitWidth, piece)
          highs.fill(0, 0, piece)
        } else unpackI64(bytes, view, packed, end, bitWidth, piece, lows, highs)
        sumWide(minLow, minHigh, piece, out, 2 * to)
      }
      to += piece
    }
  }
  return blocks.end
}

/** Widths 0…32 into `lows`. */
function unpackLow(
  bytes: Uint8Array,
  view: DataView,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
): void {
  if (bitWidth === 0) lows.fill(0, 0, count)
  else unpackI32(bytes, view, position, end, bitWidth, count, lows, 0)
}

/** Adds up `count` deltas, from `value` on; returns the last value. */
function sumI32(value: number, min: number, count: number, out: Int32Array, at: number): number {
  let sum = value
  for (let i = 0; i < count; i++) {
    sum = (sum + min + lows[i]!) | 0
    out[at + i] = sum
  }
  return sum
}

/** The high half stays that of the value before. */
function sumLow(min: number, count: number, out: Int32Array, at: number): void {
  let low = out[at - 2]!
  const high = out[at - 1]!
  for (let i = 0, to = at; i < count; i++, to += 2) {
    low = (low + min + lows[i]!) | 0
    out[to] = low
    out[to + 1] = high
  }
}

/** Deltas of int32. */
function sumCarry(min: number, count: number, out: Int32Array, at: number): void {
  let low = out[at - 2]!
  let high = out[at - 1]!
  for (let i = 0, to = at; i < count; i++, to += 2) {
    const delta = (min + lows[i]!) | 0
    const sum = (low + delta) | 0
    high = (high + (delta >> 31) + carryOf(low, delta, sum)) | 0
    low = sum
    out[to] = low
    out[to + 1] = high
  }
}

/** Deltas of 64 bits: two additions of two halves each. */
function sumWide(minLow: number, minHigh: number, count: number, out: Int32Array, at: number): void {
  let low = out[at - 2]!
  let high = out[at - 1]!
  for (let i = 0, to = at; i < count; i++, to += 2) {
    const added = lows[i]!
    const delta = (minLow + added) | 0
    const deltaHigh = (minHigh + highs[i]! + carryOf(minLow, added, delta)) | 0
    const sum = (low + delta) | 0
    high = (high + deltaHigh + carryOf(low, delta, sum)) | 0
    low = sum
    out[to] = low
    out[to + 1] = high
  }
}

/** 1 where a + b, of which `sum` is the low 32 bits, passes 2³². */
function carryOf(a: number, b: number, sum: number): number {
  return ((a & b) | ((a | b) & ~sum)) >>> 31
}
