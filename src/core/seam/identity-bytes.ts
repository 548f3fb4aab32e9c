/**
 * Canonical bytes of (identity, event time), by which a `by: time` seam tells equal events (C3). Exact, no hash:
 * two events have the same bytes if and only if their identity columns and their time are equal.
 *
 *     key   := time f64, sub i32, part*
 *     part  := 0                          null
 *            | 1, i32 | halves | f64      a fixed width; one NaN, −0 as +0
 *            | 1, length u32, bytes       text and binary
 *
 * History and live share the stream's schema, so the widths of a column are the same on both sides.
 */

import type { Column, EventBatch } from '../batch/index.ts'
import { copyBytes } from '../batch/index.ts'

const TIME_BYTES = 12
const CANONICAL_NAN_HIGH = 0x7ff80000

/** Writes one key at a time into a buffer of its own, which the next key overwrites. */
export class IdentityBytes {
  /** The key last written is `bytes[0 … length)`. */
  bytes = new Uint8Array(256)
  #view = new DataView(this.bytes.buffer)
  readonly #columns: readonly number[]
  readonly #float = new Float64Array(1)
  readonly #floatHalves = new Int32Array(this.#float.buffer)

  /** `columns`: indexes of the identity columns in the stream's schema. */
  constructor(columns: readonly number[]) {
    this.#columns = columns
  }

  /** Writes the key of a row; returns its length. */
  write(batch: EventBatch, row: number): number {
    this.#setF64(0, batch.time[row])
    this.#view.setInt32(8, batch.sub === null ? 0 : batch.sub[row], true)
    let at = TIME_BYTES
    for (let i = 0; i < this.#columns.length; i++) at = this.#part(batch.columns[this.#columns[i]], row, at)
    return at
  }

  #part(column: Column, row: number, at: number): number {
    this.#reserve(at + 16)
    if (column.valid !== null && column.valid[row] === 0) {
      this.bytes[at] = 0
      return at + 1
    }
    this.bytes[at] = 1
    switch (column.kind) {
      case 'i32':
        this.#view.setInt32(at + 1, column.values[row], true)
        return at + 5
      case 'i64':
        this.#view.setInt32(at + 1, column.values[2 * row], true)
        this.#view.setInt32(at + 5, column.values[2 * row + 1], true)
        return at + 9
      case 'f64':
        this.#setF64(at + 1, column.values[row])
        return at + 9
      case 'bytes': {
        const from = column.offsets[row]
        const length = column.offsets[row + 1] - from
        this.#reserve(at + 5 + length)
        this.#view.setUint32(at + 1, length, true)
        copyBytes(column.bytes, from, this.bytes, at + 5, length)
        return at + 5 + length
      }
    }
  }

  #setF64(at: number, value: number): void {
    this.#float[0] = value + 0 // −0 + 0 is +0
    const isNumber = !Number.isNaN(value)
    this.#view.setInt32(at, isNumber ? this.#floatHalves[0] : 0, true)
    this.#view.setInt32(at + 4, isNumber ? this.#floatHalves[1] : CANONICAL_NAN_HIGH, true)
  }

  #reserve(length: number): void {
    if (length <= this.bytes.length) return
    const grown = new Uint8Array(2 * length)
    grown.set(this.bytes)
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
