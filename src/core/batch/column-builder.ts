/**
 * A column that grows row by row. The writer puts the value of row `row` into the array of the column's kind
 * and says `setValid` or `setNull`; a row that turns out bad is simply written over, so nothing has to be
 * undone. `take` copies out exactly the rows that count, and the memory is used again.
 */

import { HindcastError } from '../../errors.ts'
import type { Column } from './column.ts'
import type { Field, PhysicalKind } from './schema.ts'
import { physicalKind } from './schema.ts'

const ROWS_FIRST = 1024
const ARENA_FIRST = 16 * 1024
/** Offsets are int32. */
const ARENA_MAX = 2 ** 31 - 1

/** One class for all kinds, with empty arrays for those it is not, so that hot callers stay monomorphic. */
export class ColumnBuilder {
  readonly field: Field
  readonly kind: PhysicalKind
  /** Values of an i32 column; halves (low, high) of an i64 column. */
  int32 = new Int32Array(0)
  float64 = new Float64Array(0)
  /** Row i is `arena[offsets[i] … offsets[i + 1])`. */
  offsets = new Int32Array(0)
  arena = new Uint8Array(0)
  #valid = new Uint8Array(0)

  constructor(field: Field) {
    this.field = field
    this.kind = physicalKind(field.type)
  }

  /** Bytes that the first `rows` rows hold. */
  bytesUsed(rows: number): number {
    switch (this.kind) {
      case 'i32':
        return rows * 5
      case 'i64':
      case 'f64':
        return rows * 9
      case 'bytes':
        return rows * 5 + (rows === 0 ? 0 : this.offsets[rows]!)
    }
  }

  /** Makes room for row `row`. */
  reserveRow(row: number): void {
    if (row < this.#valid.length) return
    const rows = Math.max(ROWS_FIRST, 2 * this.#valid.length)
    this.#valid = grown(this.#valid, new Uint8Array(rows))
    if (this.kind === 'i32') this.int32 = grown(this.int32, new Int32Array(rows))
    else if (this.kind === 'i64') this.int32 = grown(this.int32, new Int32Array(2 * rows))
    else if (this.kind === 'f64') this.float64 = grown(this.float64, new Float64Array(rows))
    else this.offsets = grown(this.offsets, new Int32Array(rows + 1))
  }

  /** Makes room for `bytes` more after the arena's part of the rows before `row`; returns where that is. */
  reserveBytes(row: number, bytes: number): number {
    const start = this.offsets[row]!
    const needed = start + bytes
    if (needed > this.arena.length) {
      if (needed > ARENA_MAX) {
        throw new HindcastError('limit-passed', `more than ${ARENA_MAX} bytes in one column of a batch`, {
          where: { column: this.field.name },
          advice: 'Take batches of fewer rows.',
        })
      }
      const length = Math.min(ARENA_MAX, Math.max(ARENA_FIRST, needed, 2 * this.arena.length))
      this.arena = grown(this.arena, new Uint8Array(length))
    }
    return start
  }

  setValid(row: number): void {
    this.#valid[row] = 1
  }

  /** Null, with zero memory under it. */
  setNull(row: number): void {
    this.#valid[row] = 0
    if (this.kind === 'bytes') this.offsets[row + 1] = this.offsets[row]!
    else if (this.kind === 'f64') this.float64[row] = 0
    else if (this.kind === 'i32') this.int32[row] = 0
    else {
      this.int32[2 * row] = 0
      this.int32[2 * row + 1] = 0
    }
  }

  /** The first `rows` rows as a column of its own; the builder starts again at row 0. */
  take(rows: number): Column {
    const nulls = this.#valid.subarray(0, rows).indexOf(0) !== -1
    const valid = nulls ? this.#valid.slice(0, rows) : null
    switch (this.kind) {
      case 'i32':
        return { kind: 'i32', values: this.int32.slice(0, rows), valid }
      case 'i64':
        return { kind: 'i64', values: this.int32.slice(0, 2 * rows), valid }
      case 'f64':
        return { kind: 'f64', values: this.float64.slice(0, rows), valid }
      case 'bytes': {
        const offsets = rows === 0 ? new Int32Array(1) : this.offsets.slice(0, rows + 1)
        return { kind: 'bytes', offsets, bytes: this.arena.slice(0, offsets[rows]!), valid }
      }
    }
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old)
  return fresh
}
