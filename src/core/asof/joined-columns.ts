/**
 * What a lookup adds to a batch: the feature's columns, `__version` and `__status` (C4). Columns and version
 * are null unless the lookup is a hit. Row order is the batch's, so reads are random and writes sequential.
 */

import type { BytesColumn, Column, F64Column, I32Column, I64Column, Validity } from '../batch/index.ts'
import { CodedStrings, copyBytes, entriesOf, nullColumn, setI64 } from '../batch/index.ts'
import type { Timeline } from '../time.ts'
import { msFromTicks } from '../time.ts'
import type { AsOfResult } from './as-of.ts'
import { STATUS_HIT, STATUS_TEXT } from './lookup.ts'
import type { VersionTable } from './table.ts'

/** The columns of one batch: those of the table, then version and status. */
export function joinedColumns(table: VersionTable, result: AsOfResult, timeline: Timeline): Column[] {
  const hits = hitsOf(result)
  return [
    ...table.columns.map((column, c) => {
      if (result.counts[STATUS_HIT] === 0) return nullColumn(table.schema[c].type, result.status.length)
      return hitColumn(column, result.position, result.columnHits?.[c] ?? hits)
    }),
    versionColumn(result, hits, timeline),
    statusColumn(result),
  ]
}

/** 1 where the lookup is a hit; null when all are. */
function hitsOf(result: AsOfResult): Validity {
  const { status } = result
  if (result.counts[STATUS_HIT] === status.length) return null
  const hits = new Uint8Array(status.length)
  for (let i = 0; i < status.length; i++) hits[i] = status[i] === STATUS_HIT ? 1 : 0
  return hits
}

function hitColumn(column: Column, position: Int32Array, hits: Validity): Column {
  const valid = validityOf(column, position, hits)
  switch (column.kind) {
    case 'i32':
      return hitI32(column, position, valid)
    case 'i64':
      return hitI64(column, position, valid)
    case 'f64':
      return hitF64(column, position, valid)
    case 'bytes':
      return hitText(column, position, valid)
  }
}

function validityOf(column: Column, position: Int32Array, hits: Validity): Validity {
  const source = column.valid
  if (source === null) return hits
  const valid = new Uint8Array(position.length)
  for (let i = 0; i < valid.length; i++) if (hits === null || hits[i] === 1) valid[i] = source[position[i]]
  return valid
}

// One kernel a kind, so that each stays monomorphic. Rows without a hit read version 0 and are set to zero
// afterwards: reads that no branch waits for overlap, and are worth more than those saved.

function hitI32(column: I32Column, position: Int32Array, valid: Validity): I32Column {
  const from = column.values
  const values = new Int32Array(position.length)
  for (let i = 0; i < values.length; i++) values[i] = from[Math.max(position[i], 0)]
  if (valid !== null) for (let i = 0; i < values.length; i++) values[i] &= -valid[i]
  return { kind: 'i32', values, valid }
}

function hitF64(column: F64Column, position: Int32Array, valid: Validity): F64Column {
  const from = column.values
  const values = new Float64Array(position.length)
  for (let i = 0; i < values.length; i++) values[i] = from[Math.max(position[i], 0)]
  if (valid !== null) for (let i = 0; i < values.length; i++) if (valid[i] === 0) values[i] = 0
  return { kind: 'f64', values, valid }
}

function hitI64(column: I64Column, position: Int32Array, valid: Validity): I64Column {
  const from = column.values
  const values = new Int32Array(2 * position.length)
  for (let i = 0; i < position.length; i++) {
    const at = 2 * Math.max(position[i], 0)
    values[2 * i] = from[at]
    values[2 * i + 1] = from[at + 1]
  }
  if (valid !== null) {
    for (let i = 0; i < position.length; i++) {
      values[2 * i] &= -valid[i]
      values[2 * i + 1] &= -valid[i]
    }
  }
  return { kind: 'i64', values, valid }
}

function hitText(column: BytesColumn, position: Int32Array, valid: Validity): BytesColumn {
  const from = column.offsets
  const offsets = new Int32Array(position.length + 1)
  let length = 0
  for (let i = 0; i < position.length; i++) {
    if (valid === null || valid[i] === 1) length += from[position[i] + 1] - from[position[i]]
    offsets[i + 1] = length
  }
  const bytes = new Uint8Array(length)
  for (let i = 0; i < position.length; i++) {
    const size = offsets[i + 1] - offsets[i]
    if (size > 0) copyBytes(column.bytes, from[position[i]], bytes, offsets[i], size)
  }
  return { kind: 'bytes', offsets, bytes, valid }
}

/** ms of the version used, rounded down. */
function versionColumn(result: AsOfResult, hits: Validity, timeline: Timeline): I64Column {
  const { versionTime } = result
  const values = new Int32Array(2 * versionTime.length)
  for (let i = 0; i < versionTime.length; i++) {
    if (hits === null || hits[i] === 1) setI64(values, i, msFromTicks(versionTime[i], timeline))
  }
  return { kind: 'i64', values, valid: hits }
}

const UTF8 = new TextEncoder()
/** Entry 0 is the empty string, so the entry of a status is one more than the status. */
const STATUS_ENTRIES = entriesOf([new Uint8Array(0), ...STATUS_TEXT.map(text => UTF8.encode(text))])

/** The status as text, which is one of four. */
function statusColumn({ status }: AsOfResult): BytesColumn {
  const codes = new Int32Array(status.length)
  for (let i = 0; i < status.length; i++) codes[i] = status[i] + 1
  return new CodedStrings(codes, STATUS_ENTRIES, null)
}
