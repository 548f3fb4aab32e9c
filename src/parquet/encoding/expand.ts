/**
 * Spreads packed values over rows: a page has no values for nulls, a column has a zero in their places.
 *
 * Values lie at the front of the rows that they belong to; from back to front each moves to its row, in place, so that
 * nothing is overwritten before it has moved. Without branches: nulls at random would be mispredicted.
 *
 * Precondition: `valid` is 0 or 1 a row. `packed` must be the number of 1s, else `corrupt`.
 * Sketch: one load of validity, one load and one store of a value; stops where all rows before are valid.
 */

import { corrupt } from '../damage.ts'

/** Valid rows among `rows` from `at` on: how many values a page has. */
export function countValid(valid: Uint8Array, at: number, rows: number): number {
  let count = 0
  for (let i = 0; i < rows; i++) count += valid[at + i]!
  return count
}

export function expandI32(
  values: Int32Array,
  at: number,
  valid: Uint8Array,
  validAt: number,
  rows: number,
  packed: number,
): void {
  let from = packed
  let row = rows
  while (from < row && from >= 0) {
    row--
    const isValid = valid[validAt + row]!
    from -= isValid
    values[at + row] = values[at + from]! & -isValid
  }
  checkPacked(from, row, valid, validAt, rows, packed)
}

/** Halves; `at` counts values. */
export function expandI64(
  values: Int32Array,
  at: number,
  valid: Uint8Array,
  validAt: number,
  rows: number,
  packed: number,
): void {
  let from = packed
  let row = rows
  while (from < row && from >= 0) {
    row--
    const isValid = valid[validAt + row]!
    from -= isValid
    const source = 2 * (at + from)
    const target = 2 * (at + row)
    const low = values[source]! & -isValid
    values[target + 1] = values[source + 1]! & -isValid
    values[target] = low
  }
  checkPacked(from, row, valid, validAt, rows, packed)
}

/** As halves, too: so the payload of a NaN stays. */
export function expandF64(
  values: Float64Array,
  at: number,
  valid: Uint8Array,
  validAt: number,
  rows: number,
  packed: number,
): void {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  expandI64(halves, at, valid, validAt, rows, packed)
}

/**
 * Offsets of `packed` strings, `packed + 1` entries from `at` on → `rows + 1` entries from `at` on, where a null is an
 * empty string. What the first entry is does not matter.
 */
export function expandOffsets(
  offsets: Int32Array,
  at: number,
  valid: Uint8Array,
  validAt: number,
  rows: number,
  packed: number,
): void {
  let from = packed
  let row = rows
  while (from < row && from >= 0) {
    offsets[at + row] = offsets[at + from]!
    row--
    from -= valid[validAt + row]!
  }
  checkPacked(from, row, valid, validAt, rows, packed)
}

/** Where the loops stopped early, the rows before must all be valid. */
function checkPacked(
  from: number,
  row: number,
  valid: Uint8Array,
  validAt: number,
  rows: number,
  packed: number,
): void {
  if (from === row && countValid(valid, validAt, row) === row) return
  const count = countValid(valid, validAt, rows)
  throw corrupt(`${packed} values for ${rows} rows of which ${count} are valid`)
}
