/**
 * Dictionary look-up: codes → values.
 *
 * Invariant: no code is used before it is known to be below the dictionary's size; an index out of range of a typed
 * array would silently read as 0. Codes are checked once a page, without a branch a value.
 */

import { corrupt } from '../damage.ts'

/** Throws `corrupt` unless each of `count` codes from `from` on is 0 … `size` - 1. */
export function checkCodes(codes: Int32Array, from: number, count: number, size: number): void {
  const last = size - 1
  let bad = 0
  // Negative where a code is (codes of 32 bits come as int32), or where it is beyond the last.
  for (let i = from, stop = from + count; i < stop; i++) bad |= codes[i]! | (last - codes[i]!)
  if (bad >= 0) return
  for (let i = from, stop = from + count; i < stop; i++) {
    const code = codes[i]! >>> 0
    if (code >= size) {
      throw corrupt(`value ${i - from} of the page has code ${code} in a dictionary of ${size} entries`)
    }
  }
}

/** `out[at + i] = dictionary[codes[from + i]]` for `count` codes; `size` entries of the dictionary are filled. */
export function lookUpI32(
  dictionary: Int32Array,
  codes: Int32Array,
  from: number,
  count: number,
  out: Int32Array,
  at: number,
  size: number,
): void {
  checkCodes(codes, from, count, size)
  for (let i = 0; i < count; i++) out[at + i] = dictionary[codes[from + i]!]!
}

/** Halves; `at` and `size` count values. */
export function lookUpI64(
  dictionary: Int32Array,
  codes: Int32Array,
  from: number,
  count: number,
  out: Int32Array,
  at: number,
  size: number,
): void {
  checkCodes(codes, from, count, size)
  for (let i = 0, to = 2 * at; i < count; i++, to += 2) {
    const entry = 2 * codes[from + i]!
    out[to] = dictionary[entry]!
    out[to + 1] = dictionary[entry + 1]!
  }
}

/** As halves, so that the payload of a NaN stays. */
export function lookUpF64(
  dictionary: Float64Array,
  codes: Int32Array,
  from: number,
  count: number,
  out: Float64Array,
  at: number,
  size: number,
): void {
  const halves = new Int32Array(dictionary.buffer, dictionary.byteOffset, 2 * dictionary.length)
  const outHalves = new Int32Array(out.buffer, out.byteOffset, 2 * out.length)
  lookUpI64(halves, codes, from, count, outHalves, at, size)
}
