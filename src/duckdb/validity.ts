/**
 * DuckDB's validity bitmaps → one byte a row. A vector without nulls mostly has no bitmap at all; bytes of eight
 * valid rows are passed over whole.
 */

import type { Vector } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'

export class Validity {
  /** 1 valid, 0 null; rows not yet appended are 1. */
  readonly flags: Uint8Array
  #rows = 0
  #nulls = 0

  constructor(capacity: number) {
    this.flags = new Uint8Array(capacity).fill(1)
  }

  /** Appends the flags of rows `from … from + rows`; returns how many of them are null. */
  append(vector: Vector, from: number, rows: number): number {
    const end = from + rows
    const mask = duckdb.vector_get_validity(vector, 8 * Math.ceil(end / 64)) as Uint8Array | null
    const at = this.#rows - from
    this.#rows += rows
    if (mask === null) return 0
    const { flags } = this
    let nulls = 0
    for (let i = from; i < end; ) {
      const byte = mask[i >> 3]!
      const next = Math.min(end, (i | 7) + 1)
      if (byte === 0xff) {
        i = next
        continue
      }
      for (; i < next; i++) {
        if ((byte >> (i & 7)) & 1) continue
        flags[at + i] = 0
        nulls++
      }
    }
    this.#nulls += nulls
    return nulls
  }

  /** Null when no row is. */
  finish(rows: number): Uint8Array | null {
    if (this.#nulls === 0) return null
    return this.flags.length === rows ? this.flags : this.flags.slice(0, rows)
  }
}
