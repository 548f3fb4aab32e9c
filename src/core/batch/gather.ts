/**
 * Slicing, gathering and joining columns: every row movement that is not the scatter of `core/order`.
 *
 * `slice*` makes views and copies nothing; `gather*` and `concat*` copy. Each kernel exists once per physical
 * kind so that it stays monomorphic.
 */

import { assert } from '../../errors.ts'
import type { Batch, EventBatch } from './batch.ts'
import { CodedStrings, isCoded, shareCodes } from './coded-strings.ts'
import type { BytesColumn, Column, Validity } from './column.ts'
import { columnRows } from './column.ts'
import type { Memory } from './memory.ts'
import { FRESH_MEMORY } from './memory.ts'

/** Rows [from, to) as views on the same memory. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  const valid = column.valid === null ? null : column.valid.subarray(from, to)
  if (isCoded(column)) return new CodedStrings(column.codes.subarray(from, to), column.entries, valid)
  switch (column.kind) {
    case 'i32':
      return { kind: 'i32', values: column.values.subarray(from, to), valid }
    case 'i64':
      return { kind: 'i64', values: column.values.subarray(2 * from, 2 * to), valid }
    case 'f64':
      return { kind: 'f64', values: column.values.subarray(from, to), valid }
    case 'bytes':
      return { kind: 'bytes', offsets: column.offsets.subarray(from, to + 1), bytes: column.bytes, valid }
  }
}

/** Row i of the result is row `rows[i]` of the column; values lie in memory of `memory`. */
export function gatherColumn(column: Column, rows: Int32Array, memory: Memory = FRESH_MEMORY): Column {
  const valid = column.valid === null ? null : gatherBytes(column.valid, rows)
  if (isCoded(column)) return new CodedStrings(gatherI32(column.codes, rows, memory), column.entries, valid)
  switch (column.kind) {
    case 'i32':
      return { kind: 'i32', values: gatherI32(column.values, rows, memory), valid }
    case 'i64':
      return { kind: 'i64', values: gatherI64(column.values, rows, memory), valid }
    case 'f64':
      return { kind: 'f64', values: gatherF64(column.values, rows, memory), valid }
    case 'bytes':
      return gatherStrings(column, rows, valid)
  }
}

export function gatherI32(values: Int32Array, rows: Int32Array, memory: Memory = FRESH_MEMORY): Int32Array {
  const out = memory.int32(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!
  return out
}

export function gatherF64(
  values: Float64Array,
  rows: Int32Array,
  memory: Memory = FRESH_MEMORY,
): Float64Array {
  const out = memory.float64(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!
  return out
}

function gatherI64(values: Int32Array, rows: Int32Array, memory: Memory): Int32Array {
  const out = memory.int32(2 * rows.length)
  for (let i = 0; i < rows.length; i++) {
    const from = 2 * rows[i]!
    out[2 * i] = values[from]!
    out[2 * i + 1] = values[from + 1]!
  }
  return out
}

function gatherBytes(values: Uint8Array, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!
  return out
}

function gatherStrings(column: BytesColumn, rows: Int32Array, valid: Validity): BytesColumn {
  const offsets = new Int32Array(rows.length + 1)
  let length = 0
  for (let i = 0; i < rows.length; i++) {
    length += column.offsets[rows[i]! + 1]! - column.offsets[rows[i]!]!
    offsets[i + 1] = length
  }
  const bytes = new Uint8Array(length)
  for (let i = 0; i < rows.length; i++) {
    copyBytes(column.bytes, column.offsets[rows[i]!]!, bytes, offsets[i]!, offsets[i + 1]! - offsets[i]!)
  }
  return { kind: 'bytes', offsets, bytes, valid }
}

/** Short values (most keys and labels) are cheaper byte by byte than through `set`. */
export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (length > 48) {
    to.set(from.subarray(at, at + length), toAt)
    return
  }
  for (let i = 0; i < length; i++) to[toAt + i] = from[at + i]!
}

/** The columns one below the other; all of one kind, at least one. */
export function concatColumns(columns: readonly Column[]): Column {
  const first = columns[0]
  assert(first !== undefined, 'concatColumns needs a column')
  if (columns.length === 1) return first
  let rows = 0
  for (const column of columns) {
    assert(column.kind === first.kind, `cannot concat ${column.kind} after ${first.kind}`)
    rows += columnRows(column)
  }
  const valid = concatValidity(columns, rows)
  switch (first.kind) {
    case 'i32':
      return { kind: 'i32', values: concatI32(columns as readonly { values: Int32Array }[], rows), valid }
    case 'i64':
      return { kind: 'i64', values: concatI32(columns as readonly { values: Int32Array }[], 2 * rows), valid }
    case 'f64':
      return { kind: 'f64', values: concatF64(columns as readonly { values: Float64Array }[], rows), valid }
    case 'bytes':
      return (
        concatCodes(columns as readonly BytesColumn[], rows, valid) ??
        concatStrings(columns as readonly BytesColumn[], rows, valid)
      )
  }
}

function concatI32(parts: readonly { values: Int32Array }[], length: number): Int32Array {
  const out = new Int32Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part.values, at)
    at += part.values.length
  }
  return out
}

function concatF64(parts: readonly { values: Float64Array }[], length: number): Float64Array {
  const out = new Float64Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part.values, at)
    at += part.values.length
  }
  return out
}

function concatValidity(columns: readonly Column[], rows: number): Validity {
  if (columns.every(column => column.valid === null)) return null
  const valid = new Uint8Array(rows).fill(1)
  let at = 0
  for (const column of columns) {
    if (column.valid !== null) valid.set(column.valid, at)
    at += columnRows(column)
  }
  return valid
}

function concatCodes(columns: readonly BytesColumn[], rows: number, valid: Validity): BytesColumn | null {
  const shared = shareCodes(columns, rows)
  if (shared === null) return null
  const codes = new Int32Array(rows)
  let at = 0
  columns.forEach((column, c) => {
    const own = (column as CodedStrings).codes
    const remap = shared.remaps[c]!
    if (remap === null) codes.set(own, at)
    else for (let i = 0; i < own.length; i++) codes[at + i] = remap[own[i]!]!
    at += own.length
  })
  return new CodedStrings(codes, shared.entries, valid)
}

function concatStrings(columns: readonly BytesColumn[], rows: number, valid: Validity): BytesColumn {
  let length = 0
  for (const column of columns) length += column.offsets[column.offsets.length - 1]! - column.offsets[0]!
  const offsets = new Int32Array(rows + 1)
  const bytes = new Uint8Array(length)
  let row = 0
  let at = 0
  for (const column of columns) {
    const start = column.offsets[0]!
    const end = column.offsets[column.offsets.length - 1]!
    bytes.set(column.bytes.subarray(start, end), at)
    for (let i = 0; i < column.offsets.length - 1; i++) offsets[row + i] = column.offsets[i]! - start + at
    row += column.offsets.length - 1
    at += end - start
  }
  offsets[rows] = at
  return { kind: 'bytes', offsets, bytes, valid }
}

export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  return {
    schema: batch.schema,
    rows: to - from,
    columns: batch.columns.map(column => sliceColumn(column, from, to)),
  }
}

/** Rows [from, to) as views. */
export function sliceEvents(batch: EventBatch, from: number, to: number): EventBatch {
  if (from === 0 && to === batch.rows) return batch
  return {
    ...sliceBatch(batch, from, to),
    stream: batch.stream,
    partition: batch.partition,
    time: batch.time.subarray(from, to),
    sub: batch.sub === null ? null : batch.sub.subarray(from, to),
    sourceOffset: batch.sourceOffset === null ? null : batch.sourceOffset.subarray(from, to),
  }
}

/** Row i of the result is row `rows[i]` of the batch. */
export function gatherEvents(batch: EventBatch, rows: Int32Array): EventBatch {
  return {
    schema: batch.schema,
    rows: rows.length,
    columns: batch.columns.map(column => gatherColumn(column, rows)),
    stream: batch.stream,
    partition: batch.partition,
    time: gatherF64(batch.time, rows),
    sub: batch.sub === null ? null : gatherI32(batch.sub, rows),
    sourceOffset: batch.sourceOffset === null ? null : gatherF64(batch.sourceOffset, rows),
  }
}

/** Batches of one stream and partition, one below the other; `sub` and `sourceOffset` in all of them or in none. */
export function concatEvents(batches: readonly EventBatch[]): EventBatch {
  const first = batches[0]
  assert(first !== undefined, 'concatEvents needs a batch')
  if (batches.length === 1) return first
  let rows = 0
  for (const batch of batches) rows += batch.rows
  const part = <T>(pick: (batch: EventBatch) => T | null): { values: T }[] | null =>
    pick(first) === null ? null : batches.map(batch => ({ values: pick(batch)! }))
  const sub = part(batch => batch.sub)
  const sourceOffset = part(batch => batch.sourceOffset)
  return {
    schema: first.schema,
    rows,
    columns: first.columns.map((_, c) => concatColumns(batches.map(batch => batch.columns[c]!))),
    stream: first.stream,
    partition: first.partition,
    time: concatF64(
      batches.map(batch => ({ values: batch.time })),
      rows,
    ),
    sub: sub === null ? null : concatI32(sub, rows),
    sourceOffset: sourceOffset === null ? null : concatF64(sourceOffset, rows),
  }
}
