/**
 * Version chunks: versions as they come from a file or a store, before they are sorted into a table.
 */

import { assert, HindcastError } from '../../errors.ts'
import type { BytesColumn, Column, ColumnType, Validity } from '../batch/index.ts'
import { columnBytes, columnRows, copyBytes, expectKind, physicalKind } from '../batch/index.ts'
import type { Allocate } from './key-index.ts'

/** Versions of any keys, in the order in which they were written. Times are ticks of the job's timeline. */
export interface VersionChunk {
  readonly rows: number
  readonly time: Float64Array
  /** 0…999 ns beyond the tick; null: none has. */
  readonly sub: Int32Array | null
  /** When each version became readable; null: at its own time. */
  readonly available: Float64Array | null
  readonly availableSub: Int32Array | null
  /** 1 marks a version that deletes; null: none does. */
  readonly deleted: Uint8Array | null
  /** Value columns, in the order of the table's schema. */
  readonly columns: readonly Column[]
}

/** Memory of the chunk, bytes. */
export function chunkBytes(chunk: VersionChunk): number {
  let bytes = chunk.time.byteLength
  for (const part of [chunk.sub, chunk.available, chunk.availableSub, chunk.deleted])
    bytes += part?.byteLength ?? 0
  for (const column of chunk.columns) bytes += columnBytes(column)
  return bytes
}

/** Where the rows of some chunks go. */
export interface ScatterPlan {
  readonly chunks: readonly VersionChunk[]
  /** Row i of the chunks, counted through, goes to row `to[i]`; −1: nowhere. */
  readonly to: Int32Array
  /** Rows of the result; each is the target of exactly one. */
  readonly rows: number
  readonly allocate: Allocate
}

/** Column `c` of all chunks as one column. */
export function scatterColumn(type: ColumnType, c: number, plan: ScatterPlan): Column {
  const { to, rows, allocate } = plan
  const sources = plan.chunks.map(chunk => chunk.columns[c])
  const valid = sources.some(source => source.valid !== null) ? new Uint8Array(allocate(rows)).fill(1) : null
  if (valid !== null) eachRange(sources, to, (source, range) => scatterU8(source.valid, range, valid))
  switch (physicalKind(type)) {
    case 'i32': {
      const values = new Int32Array(allocate(4 * rows))
      eachRange(sources, to, (source, range) => scatterI32(expectKind(source, 'i32').values, range, values))
      return { kind: 'i32', values, valid }
    }
    case 'i64': {
      const values = new Int32Array(allocate(8 * rows))
      eachRange(sources, to, (source, range) => scatterI64(expectKind(source, 'i64').values, range, values))
      return { kind: 'i64', values, valid }
    }
    case 'f64': {
      const values = new Float64Array(allocate(8 * rows))
      eachRange(sources, to, (source, range) => scatterF64(expectKind(source, 'f64').values, range, values))
      return { kind: 'f64', values, valid }
    }
    case 'bytes':
      return scatterTexts(sources, plan, valid)
  }
}

function eachRange(
  sources: readonly Column[],
  to: Int32Array,
  scatter: (source: Column, range: Int32Array) => void,
): void {
  let base = 0
  for (const source of sources) {
    const end = base + columnRows(source)
    scatter(source, to.subarray(base, end))
    base = end
  }
  assert(base === to.length, 'chunks have as many rows as there are targets')
}

function scatterI32(values: Int32Array, to: Int32Array, out: Int32Array): void {
  for (let i = 0; i < to.length; i++) if (to[i] >= 0) out[to[i]] = values[i]
}

function scatterI64(values: Int32Array, to: Int32Array, out: Int32Array): void {
  for (let i = 0; i < to.length; i++) {
    if (to[i] < 0) continue
    out[2 * to[i]] = values[2 * i]
    out[2 * to[i] + 1] = values[2 * i + 1]
  }
}

function scatterF64(values: Float64Array, to: Int32Array, out: Float64Array): void {
  for (let i = 0; i < to.length; i++) if (to[i] >= 0) out[to[i]] = values[i]
}

function scatterU8(values: Uint8Array | null, to: Int32Array, out: Uint8Array): void {
  if (values === null) return
  for (let i = 0; i < to.length; i++) if (to[i] >= 0) out[to[i]] = values[i]
}

const ARENA_MAX = 2 ** 31 - 1

function scatterTexts(sources: readonly Column[], plan: ScatterPlan, valid: Validity): BytesColumn {
  const { to, rows, allocate } = plan
  const offsets = new Int32Array(allocate(4 * (rows + 1)))
  eachRange(sources, to, (source, range) =>
    scatterLengths(expectKind(source, 'bytes').offsets, range, offsets),
  )
  let length = 0
  for (let i = 0; i < rows; i++) {
    length += offsets[i + 1]
    offsets[i + 1] = length
  }
  if (length > ARENA_MAX) {
    throw new HindcastError(
      'limit-passed',
      `a text column of a version table has more than ${ARENA_MAX} bytes`,
      {
        advice: 'Load these versions into an embedded store: `hindcast features load`.',
      },
    )
  }
  const bytes = new Uint8Array(allocate(length))
  eachRange(sources, to, (source, range) => scatterText(expectKind(source, 'bytes'), range, offsets, bytes))
  return { kind: 'bytes', offsets, bytes, valid }
}

/** Length of row i's value at `out[to[i] + 1]`. */
function scatterLengths(offsets: Int32Array, to: Int32Array, out: Int32Array): void {
  for (let i = 0; i < to.length; i++) if (to[i] >= 0) out[to[i] + 1] = offsets[i + 1] - offsets[i]
}

function scatterText(source: BytesColumn, to: Int32Array, offsets: Int32Array, bytes: Uint8Array): void {
  for (let i = 0; i < to.length; i++) {
    if (to[i] < 0) continue
    copyBytes(
      source.bytes,
      source.offsets[i],
      bytes,
      offsets[to[i]],
      source.offsets[i + 1] - source.offsets[i],
    )
  }
}
