/**
 * Values that the file has in another form than our memory: decimals as bytes or int32, float16, UUIDs. (INT96 is read
 * by plain.ts, decimals of more than 18 digits by wide-decimals.ts.) Source: LogicalTypes.md of apache/parquet-format.
 *
 * Those that read bytes take them as `plain.ts` does: `count` values from `position` on, to value `at` of `out`, nulls
 * left out; they return the position behind. They serve pages and dictionaries alike, so in errors a value is counted
 * from the first of the call.
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, passed, unsupported } from '../damage.ts'
import { behindFixed } from './plain.ts'

/** DECIMAL in FIXED_LEN_BYTE_ARRAY of `width` bytes, big-endian two's complement → halves. */
export function decimalFixed(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  width: number,
  out: Int32Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, width)
  for (let i = 0, from = position; i < count; i++, from += width)
    decimalAt(bytes, from, width, i, out, at + i)
  return behind
}

/**
 * DECIMAL in BYTE_ARRAY, string i being `bytes[offsets[i] … offsets[i + 1])` → halves. A string of no bytes is corrupt,
 * so this comes before nulls are spread out.
 */
export function decimalStrings(
  offsets: Int32Array,
  bytes: Uint8Array,
  count: number,
  out: Int32Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const from = offsets[i]!
    decimalAt(bytes, from, offsets[i + 1]! - from, i, out, at + i)
  }
}

/** DECIMAL or TIME in INT32 → halves. */
export function widenI32(values: Int32Array, from: number, count: number, out: Int32Array, at: number): void {
  for (let i = 0, to = 2 * at; i < count; i++, to += 2) {
    const value = values[from + i]!
    out[to] = value
    out[to + 1] = value >> 31
  }
}

/** One number of `length` bytes; those that do not fit 64 bits are refused. */
function decimalAt(
  bytes: Uint8Array,
  from: number,
  length: number,
  value: number,
  out: Int32Array,
  at: number,
): void {
  if (length <= 0) throw corrupt(`value ${value} of the page is a decimal of no bytes`)
  const sign = bytes[from]! >= 0x80 ? -1 : 0
  let low = sign
  let high = sign
  const stop = from + length
  const start = stop - 8
  if (start > from) checkSign(bytes, from, start, sign, value)
  for (let i = Math.max(start, from); i < stop; i++) {
    high = (high << 8) | (low >>> 24)
    low = (low << 8) | bytes[i]!
  }
  out[2 * at] = low
  out[2 * at + 1] = high
}

/** Bytes above the lower 64 bits must repeat the sign, and so must the highest bit of those. */
function checkSign(bytes: Uint8Array, from: number, start: number, sign: number, value: number): void {
  const fill = sign & 0xff
  let differing = (bytes[start]! ^ fill) & 0x80
  for (let i = from; i < start; i++) differing |= bytes[i]! ^ fill
  if (differing === 0) return
  throw unsupported(
    `value ${value} of the page is a decimal that 64 bits cannot hold`,
    'Write the column anew as decimal of at most 18 digits.',
  )
}

/** What a half of each exponent (0…31) weighs, the implicit bit included in the fraction. */
const HALF_WEIGHT = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25))

/** FLOAT16 → float64, exactly; a NaN loses its payload. */
export function float16(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Float64Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 2)
  for (let i = 0, from = position; i < count; i++, from += 2) {
    const half = bytes[from]! | (bytes[from + 1]! << 8)
    const exponent = (half >>> 10) & 31
    const fraction = half & 1023
    let size = (exponent === 0 ? fraction : fraction + 1024) * HALF_WEIGHT[exponent]!
    if (exponent === 31) size = fraction === 0 ? Infinity : NaN
    out[at + i] = half >= 0x8000 ? -size : size
  }
  return behind
}

const UUID_BYTES = 16
const UUID_CHARACTERS = 36
const DIGITS = Uint8Array.from('0123456789abcdef', digit => digit.charCodeAt(0))
const DASH = 0x2d

/** UUID of 16 bytes → 36 lower-case characters each: offsets from 0 and bytes. */
export function uuidStrings(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
): { readonly offsets: Int32Array; readonly bytes: Uint8Array; readonly end: number } {
  const behind = behindFixed(position, end, count, UUID_BYTES)
  if (count * UUID_CHARACTERS > LIMITS.parquetColumnBytesMax) {
    throw passed(`${count} UUIDs of one page have more than ${LIMITS.parquetColumnBytesMax} bytes`)
  }
  const offsets = new Int32Array(count + 1)
  const text = new Uint8Array(count * UUID_CHARACTERS)
  for (let i = 0, to = 0, from = position; i < count; i++) {
    for (let k = 0; k < UUID_BYTES; k++) {
      if (k === 4 || k === 6 || k === 8 || k === 10) text[to++] = DASH
      const byte = bytes[from++]!
      text[to++] = DIGITS[byte >>> 4]!
      text[to++] = DIGITS[byte & 15]!
    }
    offsets[i + 1] = to
  }
  return { offsets, bytes: text, end: behind }
}
