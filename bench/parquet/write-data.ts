/** What is written in benchmarks: 20 columns of made-up values, the same for the same number of rows. */

import type { Batch, Column, Schema } from '../../src/core/batch/index.ts'
import { typeFromText } from '../../src/core/batch/index.ts'
import { FileChecksums, wordsOf } from './checksum.ts'

/** 10 float64 (2 of them with nulls), 4 int64, 3 int32, a timestamp, 2 short strings. */
export const WRITE_SCHEMA: Schema = [
  ...Array.from({ length: 10 }, (_, i) => ({ name: `f${i}`, type: typeFromText('float64')! })),
  ...Array.from({ length: 4 }, (_, i) => ({ name: `l${i}`, type: typeFromText('int64')! })),
  ...Array.from({ length: 3 }, (_, i) => ({ name: `i${i}`, type: typeFromText('int32')! })),
  { name: 'at', type: typeFromText('timestamp[ms]')! },
  { name: 'device', type: typeFromText('utf8')! },
  { name: 'scene', type: typeFromText('utf8')! },
]

/** A table of `rows` rows as one batch. */
export function makeTable(rows: number): Batch {
  let state = 0x9e3779b9
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const columns = WRITE_SCHEMA.map(({ name, type }, c): Column => {
    switch (type.name) {
      case 'float64':
        return f64Column(rows, next, c % 5 === 3)
      case 'int32':
        return { kind: 'i32', values: Int32Array.from({ length: rows }, () => next() % 1000), valid: null }
      case 'utf8':
        return textColumn(rows, next)
      default: {
        const values = new Int32Array(2 * rows)
        for (let i = 0; i < rows; i++) values[2 * i] = name === 'at' ? i : next() % 1e9
        return { kind: 'i64', values, valid: null }
      }
    }
  })
  return { schema: WRITE_SCHEMA, rows, columns }
}

/** The rows of a table as batches of at most `batchRows` rows: views. */
export function cutTable(table: Batch, batchRows: number): Batch[] {
  const batches: Batch[] = []
  for (let from = 0; from < table.rows; from += batchRows) {
    const to = Math.min(table.rows, from + batchRows)
    const columns = table.columns.map(column => cutColumn(column, from, to))
    batches.push({ schema: table.schema, rows: to - from, columns })
  }
  return batches
}

/** What a reader of the written table must find, see checksum.ts. */
export function tableChecksums(table: Batch): Record<string, string> {
  const checksums = new FileChecksums()
  for (const [c, column] of table.columns.entries()) {
    const checksum = checksums.of(table.schema[c]!.name)
    if (column.kind === 'bytes') checksum.addText(column.offsets, column.bytes, table.rows, column.valid)
    else checksum.addWords(wordsOf(column.values), column.kind === 'i32' ? 1 : 2, table.rows, column.valid)
  }
  return checksums.toJSON()
}

function cutColumn(column: Column, from: number, to: number): Column {
  const valid = column.valid === null ? null : column.valid.subarray(from, to)
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

function f64Column(rows: number, next: () => number, nullable: boolean): Column {
  const values = Float64Array.from({ length: rows }, () => next() / 4e6)
  if (!nullable) return { kind: 'f64', values, valid: null }
  const valid = Uint8Array.from({ length: rows }, () => (next() % 20 === 0 ? 0 : 1))
  for (let i = 0; i < rows; i++) if (valid[i] === 0) values[i] = 0
  return { kind: 'f64', values, valid }
}

function textColumn(rows: number, next: () => number): Column {
  const parts = Array.from({ length: rows }, () => `dev-${next() % 50}`)
  const offsets = new Int32Array(rows + 1)
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i]! + parts[i]!.length
  return { kind: 'bytes', offsets, bytes: new TextEncoder().encode(parts.join('')), valid: null }
}
