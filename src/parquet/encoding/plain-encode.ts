/**
 * Writes PLAIN values of a fixed size (see plain.ts): values of rows [from, to) of a column, nulls left out. Strings are
 * packed by the kernels of codec/.
 */

import { packI32 } from './bit-pack.ts'
import { denseF64, denseI32, denseI64 } from './dense.ts'
import type { PageBuffer } from './page-buffer.ts'

export function encodePlainI32(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI32(values, from, to, valid)
  appendMemory(buffer, dense.values, 4 * dense.from, 4 * dense.to)
}

/** Halves; `from` and `to` count values. */
export function encodePlainI64(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI64(values, from, to, valid)
  appendMemory(buffer, dense.values, 8 * dense.from, 8 * dense.to)
}

export function encodePlainF64(
  buffer: PageBuffer,
  values: Float64Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseF64(values, from, to, valid)
  appendMemory(buffer, dense.values, 8 * dense.from, 8 * dense.to)
}

/** FLOAT of float64 values, rounded to the nearest; a column of float32 loses nothing. */
export function encodePlainF32(
  buffer: PageBuffer,
  values: Float64Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseF64(values, from, to, valid)
  buffer.reserve(4 * (dense.to - dense.from))
  const { view } = buffer
  let at = buffer.position
  for (let i = dense.from; i < dense.to; i++, at += 4) view.setFloat32(at, dense.values[i]!, true)
  buffer.position = at
}

/** BOOLEAN of 0 and 1: bits, least significant first. */
export function encodePlainBool(
  buffer: PageBuffer,
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): void {
  const dense = denseI32(values, from, to, valid)
  packI32(buffer, dense.values, dense.from, dense.to, 1)
}

/** Bytes [from, to) of an array's own memory, which is the file's form on a little-endian machine. */
function appendMemory(buffer: PageBuffer, array: Int32Array | Float64Array, from: number, to: number): void {
  buffer.append(new Uint8Array(array.buffer, array.byteOffset + from, to - from))
}
