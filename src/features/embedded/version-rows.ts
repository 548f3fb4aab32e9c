/**
 * Versions of many keys on their way from blocks into a version table.
 */

import type { VersionChunk } from '../../core/asof/index.ts'
import type { Schema } from '../../core/batch/index.ts'
import { ColumnBuilder, copyBytes } from '../../core/batch/index.ts'
import type { RowFormat, VersionParts } from './row-format.ts'

const ROWS_FIRST = 1024

export class VersionRows {
  readonly #format: RowFormat
  readonly #parts: VersionParts
  /** Ticks of the job in one of the table. */
  readonly #scale: number
  readonly #builders: readonly ColumnBuilder[]
  /** For each stored column the builder it goes to; null: not asked for. */
  readonly #targets: readonly (ColumnBuilder | null)[]
  #rows = 0
  #time = new Float64Array(ROWS_FIRST)
  #sub = new Int32Array(ROWS_FIRST)
  #available = new Float64Array(ROWS_FIRST)
  #availableSub = new Int32Array(ROWS_FIRST)
  #deleted = new Uint8Array(ROWS_FIRST)
  #key = new Int32Array(ROWS_FIRST)

  /** `stored` are the columns of the table, `wanted` those to deliver, in their order. */
  constructor(format: RowFormat, parts: VersionParts, stored: Schema, wanted: Schema, scale: number) {
    this.#format = format
    this.#parts = parts
    this.#scale = scale
    this.#builders = wanted.map(field => new ColumnBuilder(field))
    this.#targets = stored.map(
      field => this.#builders.find(builder => builder.field.name === field.name) ?? null,
    )
  }

  /** Appends the row that begins at `at` as a version of key number `key`. */
  append(view: DataView, bytes: Uint8Array, at: number, key: number): void {
    if (this.#rows === this.#time.length) this.#grow()
    const format = this.#format
    const row = this.#rows++
    this.#time[row] = view.getFloat64(at, true) * this.#scale
    this.#sub[row] = format.subAt(view, at)
    this.#available[row] = format.availableAt(view, at) * this.#scale
    this.#availableSub[row] = format.availableSubAt(view, at)
    this.#deleted[row] = format.deleted < 0 ? 0 : bytes[at + format.deleted]
    this.#key[row] = key
    let value = at + format.values
    for (let c = 0; c < format.kinds.length; c++) {
      const isNull = (bytes[at + format.nulls + (c >> 3)] & (1 << (c & 7))) !== 0
      const target = this.#targets[c]
      target?.reserveRow(row)
      if (isNull) target?.setNull(row)
      else {
        target?.setValid(row)
        value = readValue(view, bytes, value, target, format.kinds[c], row)
      }
    }
  }

  /** All rows and their key numbers, in memory of their own; the rows are gone from here. */
  take(): { readonly chunk: VersionChunk; readonly keys: Int32Array } {
    const rows = this.#rows
    this.#rows = 0
    const { sub, available, deleted } = this.#parts
    const chunk = {
      rows,
      time: this.#time.slice(0, rows),
      sub: sub ? this.#sub.slice(0, rows) : null,
      available: available ? this.#available.slice(0, rows) : null,
      availableSub: available && sub ? this.#availableSub.slice(0, rows) : null,
      deleted: deleted ? this.#deleted.slice(0, rows) : null,
      columns: this.#builders.map(builder => builder.take(rows)),
    }
    return { chunk, keys: this.#key.slice(0, rows) }
  }

  #grow(): void {
    const length = 2 * this.#time.length
    this.#time = grown(this.#time, new Float64Array(length))
    this.#sub = grown(this.#sub, new Int32Array(length))
    this.#available = grown(this.#available, new Float64Array(length))
    this.#availableSub = grown(this.#availableSub, new Int32Array(length))
    this.#deleted = grown(this.#deleted, new Uint8Array(length))
    this.#key = grown(this.#key, new Int32Array(length))
  }
}

function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Reads one value into the builder, if there is one; returns where the next begins. */
function readValue(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  target: ColumnBuilder | null,
  kind: ColumnBuilder['kind'],
  row: number,
): number {
  switch (kind) {
    case 'i32':
      if (target !== null) target.int32[row] = view.getInt32(at, true)
      return at + 4
    case 'i64':
      if (target !== null) {
        target.int32[2 * row] = view.getInt32(at, true)
        target.int32[2 * row + 1] = view.getInt32(at + 4, true)
      }
      return at + 8
    case 'f64':
      if (target !== null) target.float64[row] = view.getFloat64(at, true)
      return at + 8
    case 'bytes': {
      const length = view.getUint32(at, true)
      if (target !== null) {
        const start = target.reserveBytes(row, length)
        copyBytes(bytes, at + 4, target.arena, start, length)
        target.offsets[row + 1] = start + length
      }
      return at + 4 + length
    }
  }
}
