/**
 * Memory that the rows of one column go to, page by page, front to back.
 *
 * Invariant: rows before `at` are whole: value, validity and, for strings, offsets up to and with `offsets[at]`.
 * Memory under a null is zero.
 */

import type { Column, PhysicalKind } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import { passed } from '../damage.ts'

const ARENA_FIRST = 4096

/** One class for all kinds, with empty arrays for those it is not, so that hot callers stay monomorphic. */
export class ColumnTarget {
  readonly kind: PhysicalKind
  readonly rows: number
  /** Rows filled. */
  at = 0
  /** Values of an i32 column; halves (low, high) of an i64 column. */
  readonly int32: Int32Array
  readonly float64: Float64Array
  readonly offsets: Int32Array
  arena: Uint8Array
  /** Null as long as no row is null. */
  valid: Uint8Array | null = null

  /** `textBytes` is a guess of what the strings take. */
  constructor(kind: PhysicalKind, rows: number, textBytes = 0) {
    this.kind = kind
    this.rows = rows
    this.int32 = new Int32Array(kind === 'i32' ? rows : kind === 'i64' ? 2 * rows : 0)
    this.float64 = new Float64Array(kind === 'f64' ? rows : 0)
    this.offsets = new Int32Array(kind === 'bytes' ? rows + 1 : 0)
    this.arena = new Uint8Array(kind === 'bytes' ? Math.max(ARENA_FIRST, textBytes) : 0)
  }

  get free(): number {
    return this.rows - this.at
  }

  /** Validity, made where there was none: rows so far are valid, rows to come are null until they are filled. */
  validity(): Uint8Array {
    this.valid ??= new Uint8Array(this.rows).fill(1, 0, this.at)
    return this.valid
  }

  /** Takes the next `rows` rows as filled; those of them that came without validity are valid. */
  advance(rows: number, hasValidity: boolean): void {
    if (!hasValidity && this.valid !== null) this.valid.fill(1, this.at, this.at + rows)
    this.at += rows
  }

  /** Appends `count` strings behind row `at`: offsets from 0, and their bytes. */
  putStrings(offsets: Int32Array, bytes: Uint8Array, count: number): void {
    const base = this.offsets[this.at]!
    const length = offsets[count]!
    this.#reserve(base + length)
    this.arena.set(length === bytes.length ? bytes : bytes.subarray(0, length), base)
    const out = this.offsets
    for (let i = 1, to = this.at + 1; i <= count; i++, to++) out[to] = base + offsets[i]!
  }

  /** Copies rows [from, from + rows) of a whole column behind the rows that are there. */
  copy(column: Column, from: number, rows: number): void {
    const { at } = this
    if (column.valid !== null) this.validity().set(column.valid.subarray(from, from + rows), at)
    if (column.kind === 'i32') this.int32.set(column.values.subarray(from, from + rows), at)
    else if (column.kind === 'i64')
      this.int32.set(column.values.subarray(2 * from, 2 * (from + rows)), 2 * at)
    else if (column.kind === 'f64') this.float64.set(column.values.subarray(from, from + rows), at)
    else {
      const start = column.offsets[from]!
      const end = column.offsets[from + rows]!
      const base = this.offsets[at]!
      this.#reserve(base + end - start)
      this.arena.set(column.bytes.subarray(start, end), base)
      for (let i = 1; i <= rows; i++) this.offsets[at + i] = column.offsets[from + i]! - start + base
    }
    this.advance(rows, column.valid !== null)
  }

  /** The rows that were filled, as a column. */
  finish(): Column {
    const { at, kind } = this
    const valid = this.valid === null ? null : this.valid.subarray(0, at)
    switch (kind) {
      case 'i32':
        return { kind, values: this.int32.subarray(0, at), valid }
      case 'i64':
        return { kind, values: this.int32.subarray(0, 2 * at), valid }
      case 'f64':
        return { kind, values: this.float64.subarray(0, at), valid }
      case 'bytes':
        return {
          kind,
          offsets: this.offsets.subarray(0, at + 1),
          bytes: this.arena.subarray(0, this.offsets[at]!),
          valid,
        }
    }
  }

  #reserve(length: number): void {
    if (length <= this.arena.length) return
    if (length > LIMITS.parquetColumnBytesMax) {
      throw passed(
        `one column has more than ${LIMITS.parquetColumnBytesMax} bytes of text in ${this.rows} rows`,
      )
    }
    const grown = new Uint8Array(
      Math.min(LIMITS.parquetColumnBytesMax, Math.max(length, 2 * this.arena.length)),
    )
    grown.set(this.arena.subarray(0, this.offsets[this.at]!))
    this.arena = grown
  }
}
