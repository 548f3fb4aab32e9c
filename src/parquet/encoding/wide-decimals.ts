/**
 * Decimals of more digits than 64 bits hold: big-endian two's complement of any width in BYTE_ARRAY or
 * FIXED_LEN_BYTE_ARRAY → 16 bytes each, which is how core/batch/wide-decimal.ts has them. Nulls are left out.
 *
 * Invariant: a number is never cut: bytes beyond the lower 16 repeat the sign, or the page is refused. In errors a value
 * is counted from the first of the call. Source: LogicalTypes.md of apache/parquet-format.
 */

import { WIDE_DECIMAL_BYTES } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, passed, unsupported } from '../damage.ts'
import { behindFixed } from './plain.ts'

/** Value i is `bytes[16 i … 16 i + 16)`; offsets from 0, one more than values. */
export interface WideDecimals {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

/** `count` values of `width` bytes from `position` on; a view of the page where they have 16 bytes there. */
export function wideDecimalsFixed(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  width: number,
): WideDecimals {
  const behind = behindFixed(position, end, count, width)
  const offsets = offsetsOf(count)
  if (width === WIDE_DECIMAL_BYTES) return { offsets, bytes: bytes.subarray(position, behind) }
  const out = new Uint8Array(WIDE_DECIMAL_BYTES * count)
  for (let i = 0, from = position; i < count; i++, from += width) putWide(bytes, from, width, i, out)
  return { offsets, bytes: out }
}

/** `count` strings, string i being `bytes[offsets[i] … offsets[i + 1])`; one of no bytes is corrupt. */
export function wideDecimalStrings(offsets: Int32Array, bytes: Uint8Array, count: number): WideDecimals {
  // so that memory is taken for no more than bytes that are there
  if (offsets[count]! - offsets[0]! < count) throw corrupt('the page has a decimal of no bytes')
  const wide = offsetsOf(count)
  const out = new Uint8Array(WIDE_DECIMAL_BYTES * count)
  for (let i = 0; i < count; i++) {
    const from = offsets[i]!
    putWide(bytes, from, offsets[i + 1]! - from, i, out)
  }
  return { offsets: wide, bytes: out }
}

function offsetsOf(count: number): Int32Array {
  if (count * WIDE_DECIMAL_BYTES > LIMITS.parquetColumnBytesMax)
    throw passed(`${count} decimals of one page have more than ${LIMITS.parquetColumnBytesMax} bytes`)
  const offsets = new Int32Array(count + 1)
  for (let i = 0; i <= count; i++) offsets[i] = WIDE_DECIMAL_BYTES * i
  return offsets
}

/** The number of `length` bytes as value `value` of `out`. */
function putWide(bytes: Uint8Array, from: number, length: number, value: number, out: Uint8Array): void {
  if (length <= 0) throw corrupt(`value ${value} of the page is a decimal of no bytes`)
  const fill = bytes[from]! >= 0x80 ? 0xff : 0
  const extra = length - WIDE_DECIMAL_BYTES
  let at = WIDE_DECIMAL_BYTES * value
  let place = from
  if (extra > 0) {
    checkSign(bytes, from, from + extra, fill, value)
    place += extra
  } else for (const stop = at - extra; at < stop; at++) out[at] = fill
  for (const stop = from + length; place < stop; place++, at++) out[at] = bytes[place]!
}

/** Bytes above the lower 128 bits must repeat the sign, and so must the highest bit of those. */
function checkSign(bytes: Uint8Array, from: number, start: number, fill: number, value: number): void {
  let differing = (bytes[start]! ^ fill) & 0x80
  for (let i = from; i < start; i++) differing |= bytes[i]! ^ fill
  if (differing === 0) return
  throw unsupported(
    `value ${value} of the page is a decimal that 128 bits cannot hold`,
    'Write the column anew as decimal of at most 38 digits.',
  )
}
