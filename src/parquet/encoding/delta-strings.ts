/**
 * DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY → strings: offsets from 0 into bytes of their own.
 * Source: Encodings.md of apache/parquet-format.
 *
 *     DELTA_LENGTH_BYTE_ARRAY := lengths:DELTA_BINARY_PACKED bytes
 *     DELTA_BYTE_ARRAY        := prefix lengths:DELTA_BINARY_PACKED suffixes:DELTA_LENGTH_BYTE_ARRAY
 *
 * Invariant: all lengths are added up and checked before the bytes are allocated. Prefixes can make much of little
 * (a page of 1 KB can say 2 GB), so what comes out is bounded as a page of plain strings is.
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, passed } from '../damage.ts'
import { deltaI32 } from './delta.ts'

/** String i is `bytes[offsets[i] … offsets[i + 1])`; `offsets` has one entry more than there are strings. */
export interface DeltaStrings {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  /** Position in the page behind what was read. */
  readonly end: number
}

/** Below this a loop is faster than `copyWithin`. */
const COPY_MIN = 24

/** `count` strings; the bytes are a copy. */
export function deltaLengthStrings(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
): DeltaStrings {
  const offsets = new Int32Array(count + 1)
  const text = readLengths(bytes, position, end, count, offsets)
  const length = offsets[count]!
  return { offsets, bytes: bytes.slice(text, text + length), end: text + length }
}

/** `count` strings, each made of the beginning of the one before and a suffix. */
export function deltaPrefixStrings(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
): DeltaStrings {
  const prefixes = new Int32Array(count)
  const suffixesAt = deltaI32(bytes, position, end, count, prefixes, 0)
  const suffixes = new Int32Array(count + 1)
  const text = readLengths(bytes, suffixesAt, end, count, suffixes)
  const offsets = new Int32Array(count + 1)
  const length = prefixedOffsets(prefixes, suffixes, offsets, count)
  const arena = new Uint8Array(length)
  for (let i = 0; i < count; i++) {
    const to = offsets[i]!
    const prefix = prefixes[i]!
    if (prefix > 0) copyBytes(arena, offsets[i - 1]!, prefix, arena, to)
    copyBytes(bytes, text + suffixes[i]!, suffixes[i + 1]! - suffixes[i]!, arena, to + prefix)
  }
  return { offsets, bytes: arena, end: text + suffixes[count]! }
}

/** The bytes of strings that must all be `width` long: FIXED_LEN_BYTE_ARRAY in one of these encodings. */
export function fixedOfStrings(strings: DeltaStrings, width: number): Uint8Array {
  const { offsets, bytes } = strings
  for (let i = 0; i + 1 < offsets.length; i++) {
    if (offsets[i + 1] !== width * (i + 1)) {
      throw corrupt(`value ${i} of the page has ${offsets[i + 1]! - offsets[i]!} bytes instead of ${width}`)
    }
  }
  return bytes
}

/** Lengths → offsets from 0; returns where the bytes begin, all of which are there. */
function readLengths(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  offsets: Int32Array,
): number {
  const text = deltaI32(bytes, position, end, count, offsets, 1)
  let signs = 0
  let total = 0 // float64: it may pass 2^31, and cannot pass 2^58
  for (let i = 1; i <= count; i++) {
    const length = offsets[i]!
    signs |= length
    total += length
    offsets[i] = total
  }
  if (signs < 0) throw corrupt('a string has a negative length')
  if (total > end - text) throw corrupt(`strings of ${total} bytes where ${end - text} are left`)
  return text
}

/** Fills `offsets` of whole strings from prefix lengths and suffix offsets; returns their bytes, within the bound. */
function prefixedOffsets(
  prefixes: Int32Array,
  suffixes: Int32Array,
  offsets: Int32Array,
  count: number,
): number {
  const bytesMax = LIMITS.parquetPageBytesMax
  let before = 0
  let total = 0
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[i]!
    if (prefix < 0 || prefix > before) {
      throw corrupt(`string ${i} of the page has a prefix of ${prefix} bytes; the one before has ${before}`)
    }
    before = prefix + suffixes[i + 1]! - suffixes[i]!
    total += before
    if (total > bytesMax) throw passed(`strings of one page have more than ${bytesMax} bytes`)
    offsets[i + 1] = total
  }
  return total
}

function copyBytes(from: Uint8Array, position: number, length: number, to: Uint8Array, at: number): void {
  if (length < COPY_MIN) for (let i = 0; i < length; i++) to[at + i] = from[position + i]!
  else if (from === to) to.copyWithin(at, position, position + length)
  else to.set(from.subarray(position, position + length), at)
}
