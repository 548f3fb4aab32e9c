/**
 * Values without nulls, as pages have them: packs those of valid rows to the front of scratch.
 *
 * Without a branch a row: each value is written, and the place moves on only where it is valid.
 */

/** Where dense values are: values [from, to) of `values` (of halves: values, not elements). */
export interface Dense<Values> {
  readonly values: Values
  readonly from: number
  readonly to: number
}

/** Scratch of this thread; what is in it is good until the next call of the same function. */
let scratchI32 = new Int32Array(0)
let scratchI64 = new Int32Array(0)

export function denseI32(
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): Dense<Int32Array> {
  if (valid === null) return { values, from, to }
  if (scratchI32.length < to - from) scratchI32 = new Int32Array(2 * (to - from))
  const scratch = scratchI32
  let count = 0
  for (let i = from; i < to; i++) {
    scratch[count] = values[i]!
    count += valid[i]!
  }
  return { values: scratch, from: 0, to: count }
}

/** Halves. */
export function denseI64(
  values: Int32Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): Dense<Int32Array> {
  if (valid === null) return { values, from, to }
  if (scratchI64.length < 2 * (to - from)) scratchI64 = new Int32Array(4 * (to - from))
  const scratch = scratchI64
  let count = 0
  for (let i = from; i < to; i++) {
    scratch[2 * count] = values[2 * i]!
    scratch[2 * count + 1] = values[2 * i + 1]!
    count += valid[i]!
  }
  return { values: scratch, from: 0, to: count }
}

/** Doubles, moved as halves, so that the payload of a NaN stays. */
export function denseF64(
  values: Float64Array,
  from: number,
  to: number,
  valid: Uint8Array | null,
): Dense<Float64Array> {
  if (valid === null) return { values, from, to }
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  const dense = denseI64(halves, from, to, valid)
  const { buffer, length } = dense.values
  return { values: new Float64Array(buffer, 0, length / 2), from: 0, to: dense.to }
}
