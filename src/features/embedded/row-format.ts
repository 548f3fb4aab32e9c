/**
 * One version as bytes, the way the embedded store keeps it.
 *
 *     row     := time f64, file u32, fileRow f64, [sub i32], [available f64, [availableSub i32]], [deleted u8],
 *                nulls (a bit a column), value*
 *     value   := i32 | i64 | f64 | length u32, bytes          nothing where the column is null
 *
 * Little-endian, unaligned; the parts in brackets are there in all rows of a table or in none. (file, fileRow) is the
 * sequence of C4: ordinal of the file in the store, row in the file. `available` is −Infinity where a version was
 * readable at its own time.
 */

import type { VersionChunk } from '../../core/asof/index.ts'
import type { Column, PhysicalKind, Schema } from '../../core/batch/index.ts'
import { columnRows, copyBytes, physicalKind } from '../../core/batch/index.ts'

/** Parts that a version may have beside its time and values. */
export interface VersionParts {
  readonly sub: boolean
  readonly available: boolean
  readonly deleted: boolean
}

const FILE = 8
const FILE_ROW = 12
const FIXED_BYTES = 20

/** Places of the parts in a row of one table; −1: not there. */
export class RowFormat {
  readonly kinds: readonly PhysicalKind[]
  readonly sub: number
  readonly available: number
  readonly availableSub: number
  readonly deleted: number
  readonly nulls: number
  readonly values: number

  constructor(schema: Schema, parts: VersionParts) {
    this.kinds = schema.map(field => physicalKind(field.type))
    let at = FIXED_BYTES
    const take = (present: boolean, bytes: number): number => {
      if (!present) return -1
      at += bytes
      return at - bytes
    }
    this.sub = take(parts.sub, 4)
    this.available = take(parts.available, 8)
    this.availableSub = take(parts.available && parts.sub, 4)
    this.deleted = take(parts.deleted, 1)
    this.nulls = take(true, Math.ceil(schema.length / 8))
    this.values = at
  }

  /** Bytes of row `row` of a chunk. */
  bytesOf(chunk: VersionChunk, row: number): number {
    let bytes = this.values
    for (let c = 0; c < this.kinds.length; c++) {
      const column = chunk.columns[c]
      if (column.valid !== null && column.valid[row] === 0) continue
      if (column.kind === 'bytes') bytes += 4 + column.offsets[row + 1] - column.offsets[row]
      else bytes += column.kind === 'i32' ? 4 : 8
    }
    return bytes
  }

  /** Writes row `row` of a chunk, read from row `fileRow` of file `file`; returns where it ends. */
  write(
    view: DataView,
    bytes: Uint8Array,
    at: number,
    chunk: VersionChunk,
    row: number,
    file: number,
    fileRow: number,
  ): number {
    view.setFloat64(at, chunk.time[row], true)
    view.setUint32(at + FILE, file, true)
    view.setFloat64(at + FILE_ROW, fileRow, true)
    if (this.sub >= 0) view.setInt32(at + this.sub, chunk.sub === null ? 0 : chunk.sub[row], true)
    if (this.available >= 0) {
      view.setFloat64(at + this.available, chunk.available === null ? -Infinity : chunk.available[row], true)
    }
    if (this.availableSub >= 0) {
      view.setInt32(at + this.availableSub, chunk.availableSub === null ? 0 : chunk.availableSub[row], true)
    }
    if (this.deleted >= 0) bytes[at + this.deleted] = chunk.deleted === null ? 0 : chunk.deleted[row]
    for (let i = this.nulls; i < this.values; i++) bytes[at + i] = 0
    let end = at + this.values
    for (let c = 0; c < this.kinds.length; c++) {
      const column = chunk.columns[c]
      if (column.valid !== null && column.valid[row] === 0) bytes[at + this.nulls + (c >> 3)] |= 1 << (c & 7)
      else end = writeValue(view, bytes, end, column, row)
    }
    return end
  }

  /**
   * Order of two rows inside a key: time, `available`, sequence. 0 where they are the same written row. Both lie in
   * `view`, at `a` and `b`.
   */
  compare(view: DataView, a: number, b: number): number {
    return (
      view.getFloat64(a, true) - view.getFloat64(b, true) ||
      this.#i32(view, a, this.sub) - this.#i32(view, b, this.sub) ||
      ascending(this.availableAt(view, a), this.availableAt(view, b)) ||
      this.#i32(view, a, this.availableSub) - this.#i32(view, b, this.availableSub) ||
      view.getUint32(a + FILE, true) - view.getUint32(b + FILE, true) ||
      view.getFloat64(a + FILE_ROW, true) - view.getFloat64(b + FILE_ROW, true)
    )
  }

  availableAt(view: DataView, at: number): number {
    return this.available < 0 ? -Infinity : view.getFloat64(at + this.available, true)
  }

  subAt(view: DataView, at: number): number {
    return this.#i32(view, at, this.sub)
  }

  availableSubAt(view: DataView, at: number): number {
    return this.#i32(view, at, this.availableSub)
  }

  #i32(view: DataView, at: number, place: number): number {
    return place < 0 ? 0 : view.getInt32(at + place, true)
  }
}

/** −Infinity minus itself is NaN. */
function ascending(a: number, b: number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function writeValue(view: DataView, bytes: Uint8Array, at: number, column: Column, row: number): number {
  switch (column.kind) {
    case 'i32':
      view.setInt32(at, column.values[row], true)
      return at + 4
    case 'i64':
      view.setInt32(at, column.values[2 * row], true)
      view.setInt32(at + 4, column.values[2 * row + 1], true)
      return at + 8
    case 'f64':
      view.setFloat64(at, column.values[row], true)
      return at + 8
    case 'bytes': {
      const length = column.offsets[row + 1] - column.offsets[row]
      view.setUint32(at, length, true)
      copyBytes(column.bytes, column.offsets[row], bytes, at + 4, length)
      return at + 4 + length
    }
  }
}

/** Bytes of all rows of a chunk, about; for budgets. */
export function chunkRowBytes(format: RowFormat, chunk: VersionChunk): number {
  let bytes = format.values * chunk.rows
  for (const column of chunk.columns) {
    if (column.kind === 'bytes')
      bytes += 4 * chunk.rows + column.offsets[columnRows(column)] - column.offsets[0]
    else bytes += (column.kind === 'i32' ? 4 : 8) * chunk.rows
  }
  return bytes
}
