/**
 * Scatter: rows of several sorted runs → one set of columns in destination order.
 *
 *      run 0  rows r0 r1 r2 …  ──dest──►  ┌ partition 0 │ partition 1 │ partition 2 ┐   one buffer a column
 *      run 1  rows r0 r1 …     ──dest──►  └─────────────┴─────────────┴─────────────┘
 *
 * Each source column is read once, front to back, and written into as many ascending streams as there are
 * partitions. (Gathering partition by partition touches every cache line once per partition.)
 */

import { assert } from '../../errors.ts'
import type { BytesColumn, Column, Memory, PhysicalKind } from '../batch/index.ts'
import { CodedStrings, copyBytes, FRESH_MEMORY, shareCodes } from '../batch/index.ts'

/** One source: `rows[i]` of its columns goes to place `dest[i]`. */
export interface ScatterSource {
  readonly rows: Int32Array
  readonly dest: Int32Array
}

/** Builds the destination column from the same column of every source; values lie in memory of `memory`. */
export function scatterColumn(
  kind: PhysicalKind,
  columns: readonly Column[],
  sources: readonly ScatterSource[],
  total: number,
  memory: Memory = FRESH_MEMORY,
): Column {
  const valid = scatterValidity(columns, sources, total)
  switch (kind) {
    case 'i32': {
      const values = memory.int32(total)
      for (let s = 0; s < sources.length; s++)
        scatterI32(kindOf(columns[s]!, 'i32').values, sources[s]!, values)
      return { kind: 'i32', values, valid }
    }
    case 'i64': {
      const values = memory.int32(2 * total)
      for (let s = 0; s < sources.length; s++)
        scatterI64(kindOf(columns[s]!, 'i64').values, sources[s]!, values)
      return { kind: 'i64', values, valid }
    }
    case 'f64': {
      const values = memory.float64(total)
      for (let s = 0; s < sources.length; s++)
        scatterF64(kindOf(columns[s]!, 'f64').values, sources[s]!, values)
      return { kind: 'f64', values, valid }
    }
    case 'bytes': {
      const parts = columns.map(column => kindOf(column, 'bytes'))
      const coded = scatterCodes(parts, sources, total, valid, memory)
      if (coded !== null) return coded
      const offsets = new Int32Array(total + 1)
      for (let s = 0; s < sources.length; s++) scatterLengths(parts[s]!.offsets, sources[s]!, offsets)
      for (let i = 0; i < total; i++) offsets[i + 1]! += offsets[i]!
      assert(offsets[total]! >= 0, 'strings of an emission fit 2 GiB')
      const bytes = new Uint8Array(offsets[total]!)
      for (let s = 0; s < sources.length; s++) scatterStrings(parts[s]!, sources[s]!, offsets, bytes)
      return { kind: 'bytes', offsets, bytes, valid }
    }
  }
}

function kindOf<K extends PhysicalKind>(column: Column, kind: K): Extract<Column, { kind: K }> {
  assert(column.kind === kind, `column is ${column.kind}, expected ${kind}`)
  return column as Extract<Column, { kind: K }>
}

export function scatterI32(values: Int32Array, source: ScatterSource, out: Int32Array): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) out[dest[i]!] = values[rows[i]!]!
}

export function scatterF64(values: Float64Array, source: ScatterSource, out: Float64Array): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) out[dest[i]!] = values[rows[i]!]!
}

function scatterI64(values: Int32Array, source: ScatterSource, out: Int32Array): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) {
    const from = 2 * rows[i]!
    const to = 2 * dest[i]!
    out[to] = values[from]!
    out[to + 1] = values[from + 1]!
  }
}

/** Codes are moved like numbers; null where the columns have no common dictionary. */
function scatterCodes(
  columns: readonly BytesColumn[],
  sources: readonly ScatterSource[],
  total: number,
  valid: Uint8Array | null,
  memory: Memory,
): Column | null {
  const shared = columns.length === 0 ? null : shareCodes(columns, total)
  if (shared === null) return null
  const out = memory.int32(total)
  for (let s = 0; s < sources.length; s++) {
    const { codes } = columns[s] as CodedStrings
    const remap = shared.remaps[s]!
    if (remap === null) scatterI32(codes, sources[s]!, out)
    else scatterRemapped(codes, remap, sources[s]!, out)
  }
  return new CodedStrings(out, shared.entries, valid)
}

function scatterRemapped(codes: Int32Array, remap: Int32Array, source: ScatterSource, out: Int32Array): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) out[dest[i]!] = remap[codes[rows[i]!]!]!
}

function scatterLengths(from: Int32Array, source: ScatterSource, offsets: Int32Array): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) offsets[dest[i]! + 1] = from[rows[i]! + 1]! - from[rows[i]!]!
}

function scatterStrings(
  column: { readonly offsets: Int32Array; readonly bytes: Uint8Array },
  source: ScatterSource,
  offsets: Int32Array,
  bytes: Uint8Array,
): void {
  const { rows, dest } = source
  for (let i = 0; i < rows.length; i++) {
    const at = column.offsets[rows[i]!]!
    copyBytes(column.bytes, at, bytes, offsets[dest[i]!]!, column.offsets[rows[i]! + 1]! - at)
  }
}

function scatterValidity(
  columns: readonly Column[],
  sources: readonly ScatterSource[],
  total: number,
): Uint8Array | null {
  if (columns.every(column => column.valid === null)) return null
  const out = new Uint8Array(total).fill(1)
  for (let s = 0; s < sources.length; s++) {
    const valid = columns[s]!.valid
    if (valid === null) continue
    const { rows, dest } = sources[s]!
    for (let i = 0; i < rows.length; i++) out[dest[i]!] = valid[rows[i]!]!
  }
  return out
}
