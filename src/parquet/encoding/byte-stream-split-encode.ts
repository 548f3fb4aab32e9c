/**
 * Writes BYTE_STREAM_SPLIT (see byte-stream-split.ts): values of rows [from, to) of a column, nulls left out.
 */

import { denseF64, denseI32, denseI64 } from './dense.ts'
import type { PageBuffer } from './page-buffer.ts'

/** INT32. */
export function encodeSplitI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI32(values, from, to, valid)
  writeStreams(buffer, dense.values, dense.from, dense.to, 1)
}

/** INT64 of halves; `from` and `to` count values. */
export function encodeSplitI64(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI64(values, from, to, valid)
  writeStreams(buffer, dense.values, dense.from, dense.to, 2)
}

/** DOUBLE, by way of halves, so that the payload of a NaN stays. */
export function encodeSplitF64(
  buffer: PageBuffer,
  values: Float64Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  encodeSplitI64(buffer, halves, from, to, valid)
}

/** FLOAT of float64 values, rounded to the nearest. */
export function encodeSplitF32(
  buffer: PageBuffer,
  values: Float64Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseF64(values, from, to, valid)
  const narrow = Float32Array.from(dense.values.subarray(dense.from, dense.to))
  writeStreams(buffer, new Int32Array(narrow.buffer), 0, narrow.length, 1)
}

/** Four streams a word of the value: `words` (1 or 2) int32 each, values [from, to). */
function writeStreams(buffer: PageBuffer, values: Int32Array, from: number, to: number, words: number): void {
  const count = to - from
  buffer.reserve(4 * words * count)
  const { bytes } = buffer
  for (let word = 0; word < words; word++) {
    const first = buffer.position + 4 * word * count
    const second = first + count
    const third = second + count
    const fourth = third + count
    for (let i = 0, source = words * from + word; i < count; i++, source += words) {
      const value = values[source]!
      bytes[first + i] = value
      bytes[second + i] = value >>> 8
      bytes[third + i] = value >>> 16
      bytes[fourth + i] = value >>> 24
    }
  }
  buffer.position += 4 * words * count
}
