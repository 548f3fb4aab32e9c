/**
 * BYTE_STREAM_SPLIT: the first bytes of all values, then their second bytes, and so on.
 * Source: Encodings.md of apache/parquet-format.
 *
 * Where byte k of a value lies depends on how many values there are, so the bytes up to `end` must be exactly those of
 * `count` values. All write from value `at` of `out` on and return `end`. Sketch: 4 or 8 loads in as many streams, one
 * or two stores a value.
 */

import { corrupt } from '../damage.ts'
import { narrowPlaces, widenF32 } from './plain.ts'

/** INT32. */
export function splitI32(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  checkLength(position, end, count, 4)
  const second = position + count
  const third = second + count
  const fourth = third + count
  for (let i = 0; i < count; i++) {
    out[at + i] =
      bytes[position + i]! |
      (bytes[second + i]! << 8) |
      (bytes[third + i]! << 16) |
      (bytes[fourth + i]! << 24)
  }
  return end
}

/** INT64 → halves. */
export function splitI64(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Int32Array,
  at: number,
): number {
  checkLength(position, end, count, 8)
  for (let half = 0; half < 2; half++) {
    const first = position + 4 * half * count
    const second = first + count
    const third = second + count
    const fourth = third + count
    for (let i = 0, to = 2 * at + half; i < count; i++, to += 2) {
      out[to] =
        bytes[first + i]! | (bytes[second + i]! << 8) | (bytes[third + i]! << 16) | (bytes[fourth + i]! << 24)
    }
  }
  return end
}

/** DOUBLE, by way of halves, so that the payload of a NaN stays. */
export function splitF64(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Float64Array,
  at: number,
): number {
  return splitI64(bytes, position, end, count, new Int32Array(out.buffer, out.byteOffset, 2 * out.length), at)
}

/** FLOAT → float64. */
export function splitF32(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Float64Array,
  at: number,
): number {
  checkLength(position, end, count, 4)
  const narrow = narrowPlaces(out, at, count)
  splitI32(bytes, position, end, count, new Int32Array(narrow.buffer, narrow.byteOffset, count), 0)
  widenF32(narrow, count, out, at)
  return end
}

/** FIXED_LEN_BYTE_ARRAY of `width` bytes: value i is `out[width × (at + i) …]`. */
export function splitFixed(
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  checkLength(position, end, count, width)
  for (let k = 0; k < width; k++) {
    const stream = position + k * count
    for (let i = 0, to = width * at + k; i < count; i++, to += width) out[to] = bytes[stream + i]!
  }
  return end
}

function checkLength(position: number, end: number, count: number, width: number): void {
  if (end - position === count * width) return
  throw corrupt(`${count} values of ${width} split bytes take ${count * width} bytes, not ${end - position}`)
}
