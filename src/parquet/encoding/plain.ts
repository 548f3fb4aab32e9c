/**
 * PLAIN values of a fixed size: little-endian bytes one behind the other, booleans as bits. Strings are unpacked by the
 * kernels of codec/. Source: Encodings.md of apache/parquet-format.
 *
 * Where our memory is the file's memory, a page is one copy of bytes (NaN payloads stay). Typed arrays of a
 * little-endian machine are assumed, as everywhere in Hindcast.
 *
 * All take `count` values of `bytes[position … end)`, write from value `at` of `out` on, and return the position behind
 * them; too few bytes are `corrupt`. `at` counts values, also where a value is two halves.
 */

import { corrupt, unsupported } from '../damage.ts'
import { packedBytes, unpackI32, viewOf } from './bit-unpack.ts'

/** Checks that `count` values of `width` bytes are left; returns the position behind them. */
export function behindFixed(position: number, end: number, count: number, width: number): number {
  const length = count * width
  if (length > end - position) {
    throw corrupt(`${count} values of ${width} bytes need ${length} bytes, ${end - position} are left`)
  }
  return position + length
}

export function plainI32(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 4)
  new Uint8Array(out.buffer, out.byteOffset + 4 * at, 4 * count).set(bytes.subarray(position, behind))
  return behind
}

/** INT64 → halves. */
export function plainI64(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 8)
  new Uint8Array(out.buffer, out.byteOffset + 8 * at, 8 * count).set(bytes.subarray(position, behind))
  return behind
}

export function plainF64(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Float64Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 8)
  new Uint8Array(out.buffer, out.byteOffset + 8 * at, 8 * count).set(bytes.subarray(position, behind))
  return behind
}

/** FLOAT → float64. */
export function plainF32(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Float64Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 4)
  const narrow = narrowPlaces(out, at, count)
  new Uint8Array(narrow.buffer, narrow.byteOffset, 4 * count).set(bytes.subarray(position, behind))
  widenF32(narrow, count, out, at)
  return behind
}

/**
 * Room for `count` float32 in the back half of the places that they will have as float64: `widenF32` then needs no
 * other memory, since value i is written to at or before where value i + 1 is still to be read.
 */
export function narrowPlaces(out: Float64Array, at: number, count: number): Float32Array {
  return new Float32Array(out.buffer, out.byteOffset + 8 * at + 4 * count, count)
}

export function widenF32(narrow: Float32Array, count: number, out: Float64Array, at: number): void {
  for (let i = 0; i < count; i++) out[at + i] = narrow[i]!
}

/** BOOLEAN: bits, least significant first → 0 and 1. */
export function plainBool(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  const length = packedBytes(count, 1)
  if (length > end - position) {
    throw corrupt(`${count} booleans need ${length} bytes, ${end - position} are left`)
  }
  unpackI32(bytes, viewOf(bytes), position, end, 1, count, out, at)
  return position + length
}

/** FIXED_LEN_BYTE_ARRAY of `width` bytes, as it is: value i is `out[width × (at + i) …]`. */
export function plainFixed(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, width)
  out.set(bytes.subarray(position, behind), width * at)
  return behind
}

const JULIAN_DAY_OF_1970 = 2_440_588
/** A day is 86 400 × 10⁹ ns = 1 318 359 375 × 2¹⁶ ns; so days and the rest stay exact in float64. */
const DAY_UNITS = 1_318_359_375
const UNIT_NS = 65_536
const TWO_32 = 2 ** 32
const TWO_47 = 2 ** 47
/** Beyond that the sum below would no longer be exact; a day has 86 400 × 10⁹. */
const DAY_NS_MAX = 2 ** 52

/**
 * INT96: nanoseconds of the day (int64), Julian day (int32) → halves of nanoseconds since 1970. A time that int64
 * nanoseconds cannot hold (before 1677, after 2262; old writers use such for "never") is `unsupported`.
 */
export function plainInt96(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  const behind = behindFixed(position, end, count, 12)
  const view = viewOf(bytes)
  for (let i = 0, from = position, to = 2 * at; i < count; i++, from += 12, to += 2) {
    const dayNs = view.getInt32(from + 4, true) * TWO_32 + view.getUint32(from, true)
    const rest = Math.floor(dayNs / UNIT_NS)
    const units = (view.getInt32(from + 8, true) - JULIAN_DAY_OF_1970) * DAY_UNITS + rest
    if (units < -TWO_47 || units >= TWO_47 || dayNs < -DAY_NS_MAX || dayNs > DAY_NS_MAX) {
      throw int96Refused(view, from, i)
    }
    out[to] = (units << 16) | (dayNs - rest * UNIT_NS)
    out[to + 1] = Math.floor(units / UNIT_NS)
  }
  return behind
}

function int96Refused(view: DataView, from: number, value: number): Error {
  const day = view.getInt32(from + 8, true)
  const ns = view.getBigInt64(from, true)
  return unsupported(
    `value ${value} of the page, an INT96 time of Julian day ${day} and ${ns} ns, is outside the years 1677 to 2262 that int64 nanoseconds can hold`,
    'Write the column anew as TIMESTAMP in microseconds, or without such times.',
  )
}
