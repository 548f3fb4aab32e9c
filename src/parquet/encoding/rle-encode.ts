/**
 * Writes the hybrid of run-length and bit-packed runs (see rle.ts): levels, dictionary codes, booleans.
 *
 * Only the last bit-packed run of a stream may hold other than a multiple of 8 values: a run of equal values that
 * comes behind an odd number is first used to fill that up. Width 0 is written as width 1, since DuckDB refuses pages
 * of width 0 without bytes; the width byte in front of dictionary codes must then say 1, too (`codeBitWidth`).
 */

import { packI32, packU8 } from './bit-pack.ts'
import { packedBytes } from './bit-unpack.ts'
import { denseI32 } from './dense.ts'
import type { PageBuffer } from './page-buffer.ts'

/** Bits of a code of a dictionary of `entries`: at least 1. */
export function codeBitWidth(entries: number): number {
  return entries <= 2 ? 1 : 32 - Math.clz32(entries - 1)
}

/** The values of a dictionary-encoded page: the width byte, then runs of the codes of valid rows of [from, to). */
export function encodeCodes(
  buffer: PageBuffer,
  codes: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
  entries: number,
): void {
  const bitWidth = codeBitWidth(entries)
  buffer.byte(bitWidth)
  encodeRleI32(buffer, codes, from, to, valid, bitWidth)
}

/** Definition levels of a flat column for rows [from, to): one run where all are valid. */
export function encodeLevels(buffer: PageBuffer, valid: Uint8Array | null, from: number, to: number): void {
  if (valid !== null) encodeRleU8(buffer, valid, from, to, 1)
  else if (to > from) writeRun(buffer, 1, to - from, 1)
}

/** Runs of values [from, to) of `bitWidth` bits, those of rows that are not valid left out. */
export function encodeRleI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
  bitWidth: number,
): void {
  const width = Math.max(1, bitWidth)
  const dense = denseI32(values, from, to, valid)
  const all = dense.values
  const stop = dense.to
  const runMin = shortestRun(width)
  let packedFrom = dense.from // values from here to `i` wait to be bit-packed
  let i = packedFrom
  while (i < stop) {
    // A run from i on that is long enough goes to `last` at least: look there first, and back from there.
    const last = i + runMin - 1
    if (last >= stop) break
    const value = all[last]!
    let start = last
    while (start > i && all[start - 1] === value) start--
    if (start > i) {
      i = start
      continue
    }
    let end = last + 1
    while (end < stop && all[end] === value) end++
    const filled = i + (-(i - packedFrom) & 7) // where the values that wait would be a multiple of 8
    if (end - filled >= runMin) {
      writePackedI32(buffer, all, packedFrom, filled, width)
      writeRun(buffer, value, end - filled, width)
      packedFrom = end
    }
    i = end
  }
  writePackedI32(buffer, all, packedFrom, stop, width)
}

/** The same of bytes: levels. */
export function encodeRleU8(
  buffer: PageBuffer,
  values: Uint8Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const width = Math.max(1, bitWidth)
  const runMin = shortestRun(width)
  let packedFrom = from
  let i = from
  while (i < to) {
    // A run from i on that is long enough goes to `last` at least: look there first, and back from there.
    const last = i + runMin - 1
    if (last >= to) break
    const value = values[last]!
    let start = last
    while (start > i && values[start - 1] === value) start--
    if (start > i) {
      i = start
      continue
    }
    let end = last + 1
    while (end < to && values[end] === value) end++
    const filled = i + (-(i - packedFrom) & 7)
    if (end - filled >= runMin) {
      writePackedU8(buffer, values, packedFrom, filled, width)
      writeRun(buffer, value, end - filled, width)
      packedFrom = end
    }
    i = end
  }
  writePackedU8(buffer, values, packedFrom, to, width)
}

/** Equal values that are shorter as a run: it takes up to 3 bytes, and a new header behind it one more. */
function shortestRun(bitWidth: number): number {
  return Math.max(8, Math.ceil(32 / bitWidth))
}

function writeRun(buffer: PageBuffer, value: number, length: number, bitWidth: number): void {
  buffer.varint((length << 1) >>> 0)
  for (let shift = 0; shift < bitWidth; shift += 8) buffer.byte((value >>> shift) & 0xff)
}

function writePackedI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  if (from === to) return
  const groups = Math.ceil((to - from) / 8)
  buffer.varint((groups << 1) | 1)
  packI32(buffer, values, from, to, bitWidth)
  padGroup(buffer, groups * bitWidth - packedBytes(to - from, bitWidth))
}

function writePackedU8(
  buffer: PageBuffer,
  values: Uint8Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  if (from === to) return
  const groups = Math.ceil((to - from) / 8)
  buffer.varint((groups << 1) | 1)
  packU8(buffer, values, from, to, bitWidth)
  padGroup(buffer, groups * bitWidth - packedBytes(to - from, bitWidth))
}

/** The places of the last group that no value has. */
function padGroup(buffer: PageBuffer, length: number): void {
  for (let i = 0; i < length; i++) buffer.byte(0)
}
