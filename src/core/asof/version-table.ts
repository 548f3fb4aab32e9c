/**
 * Building a version table (C4) from versions in any order.
 *
 * Per key, versions are sorted by (version time, available, order of arrival); then, from the newest down, a
 * version is kept only if it becomes readable before every newer one that is kept. What is left out can never
 * be an answer: when it is readable, something that wins over it is readable too. What is kept ascends both in
 * version time and in the moment it becomes readable, so a lookup is one binary search.
 *
 *     by time          v1  v2  v3  v4
 *     readable from    10  20  90  80        v4 is newer than v3 and readable before it: v3 never answers
 */

import { assert, HindcastError } from '../../errors.ts'
import type { Schema } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { KeyBatch } from './key-batch.ts'
import type { Allocate } from './key-index.ts'
import { KeyIndexBuilder } from './key-index.ts'
import type { VersionTable } from './table.ts'
import type { VersionChunk } from './version-chunk.ts'
import { chunkBytes, scatterColumn } from './version-chunk.ts'
import type { FlatVersions, NumberedChunk } from './version-order.ts'
import { orderVersions } from './version-order.ts'

export interface VersionTableOptions {
  readonly schema: Schema
  readonly keyKind: KeyBatch['kind']
  /** How long after its own time (or `available`) a version becomes readable. Only used where there is `available`. */
  readonly lag: Ticks
  /** `sharedMemory` for a table that all lanes read, `ownMemory` for one of a few batches. */
  readonly allocate: Allocate
}

/** Version times for which nothing can have been lost. */
export interface Completeness {
  readonly completeFrom: Ticks
  readonly completeThrough: Ticks
}

const ROWS_MAX = 2 ** 30

/** Collects versions; the order in which they are added is the order in which they were written (C4 sequence). */
export class VersionTableBuilder {
  #options: VersionTableOptions
  #index: KeyIndexBuilder
  #chunks: NumberedChunk[] = []
  #rows = 0
  #bytes = 0

  constructor(options: VersionTableOptions) {
    this.#options = options
    this.#index = new KeyIndexBuilder(options.keyKind)
  }

  /** Versions added so far. */
  get rows(): number {
    return this.#rows
  }

  /** Memory that the finished table and what is needed to build it take, estimated from what was added so far, bytes. */
  get byteLength(): number {
    return 2 * this.#bytes + 20 * this.#rows + 2 * this.#index.byteLength
  }

  /** The numbers of these keys, which the table will know even if no version of them follows. */
  addKeys(keys: KeyBatch): Int32Array {
    return this.#index.add(keys)
  }

  /** Takes the chunk's memory over; `keys` are numbers of `addKeys`, one a row. Versions of null keys are left out. */
  add(chunk: VersionChunk, keys: Int32Array): void {
    assert(chunk.columns.length === this.#options.schema.length, 'a chunk has the columns of the table')
    this.#chunks.push({ chunk, keys })
    this.#rows += chunk.rows
    this.#bytes += chunkBytes(chunk)
    if (this.#rows > ROWS_MAX) {
      throw new HindcastError('limit-passed', `more than ${ROWS_MAX} versions for one table in memory`, {
        advice: 'Load these versions into an embedded store: `hindcast features load`.',
      })
    }
  }

  /** The table; the builder is empty afterwards. */
  build(completeness: Completeness): VersionTable {
    const { schema, lag, allocate } = this.#options
    const index = this.#index.freeze(allocate)
    const { flat, start, order } = orderVersions(this.#chunks, index.keys, lag)
    const kept = keepAnswers(start, order, flat)
    const { rows } = kept
    const time = pickF64(flat.time, rows, allocate)
    const sub = flat.sub === null ? null : pickI32(flat.sub, rows, allocate)
    const readableSub = flat.readableSub
    const scatter = {
      chunks: this.#chunks.map(entry => entry.chunk),
      to: targets(rows, this.#rows),
      rows: rows.length,
      allocate,
    }
    this.#chunks = []
    return {
      index,
      versions: rows.length,
      start: moved(kept.start, allocate),
      at: flat.readable === flat.time ? time : pickF64(flat.readable, rows, allocate),
      atSub: readableSub === flat.sub || readableSub === null ? sub : pickI32(readableSub, rows, allocate),
      time,
      sub,
      deleted: flat.deleted === null ? null : pickU8(flat.deleted, rows, allocate),
      schema,
      columns: schema.map((field, c) => scatterColumn(field.type, c, scatter)),
      ...completeness,
      completeFromOfKey: null,
    }
  }
}

interface Kept {
  readonly start: Int32Array
  /** Source row of each position of the table. */
  readonly rows: Int32Array
}

/** Drops what can never be the answer: see the head of this file. Works in place from the end of `order`. */
function keepAnswers(start: Int32Array, order: Int32Array, flat: FlatVersions): Kept {
  const keys = start.length - 1
  const keptStart = new Int32Array(keys + 1)
  let put = order.length
  for (let k = keys - 1; k >= 0; k--) {
    keptStart[k + 1] = put
    let earliest = Infinity
    let earliestSub = 0
    for (let i = start[k + 1] - 1; i >= start[k]; i--) {
      const row = order[i]
      const readable = flat.readable[row]
      const readableSub = flat.readableSub === null ? 0 : flat.readableSub[row]
      if (readable > earliest || (readable === earliest && readableSub >= earliestSub)) continue
      earliest = readable
      earliestSub = readableSub
      order[--put] = row
    }
  }
  keptStart[0] = put
  for (let k = 0; k <= keys; k++) keptStart[k] -= put
  return { start: keptStart, rows: order.subarray(put) }
}

/** For each source row its position in the table; −1 where it is not kept. */
function targets(rows: Int32Array, sourceRows: number): Int32Array {
  const to = new Int32Array(sourceRows).fill(-1)
  for (let i = 0; i < rows.length; i++) to[rows[i]] = i
  return to
}

function moved(values: Int32Array, allocate: Allocate): Int32Array {
  const out = new Int32Array(allocate(values.byteLength))
  out.set(values)
  return out
}

function pickF64(values: Float64Array, rows: Int32Array, allocate: Allocate): Float64Array {
  const out = new Float64Array(allocate(8 * rows.length))
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]]
  return out
}

function pickI32(values: Int32Array, rows: Int32Array, allocate: Allocate): Int32Array {
  const out = new Int32Array(allocate(4 * rows.length))
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]]
  return out
}

function pickU8(values: Uint8Array, rows: Int32Array, allocate: Allocate): Uint8Array {
  const out = new Uint8Array(allocate(rows.length))
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]]
  return out
}
