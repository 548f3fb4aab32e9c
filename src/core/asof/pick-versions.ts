/**
 * Parts of several version tables as one: each part gives some keys with all their versions. A lookup of these keys in the
 * table made here ends as in the table that they came from.
 */

import type { Schema } from '../batch/index.ts'
import { concatColumns, gatherColumn, gatherF64, gatherI32 } from '../batch/index.ts'
import type { KeyBatch } from './key-batch.ts'
import { gatherKeys } from './key-batch.ts'
import { KeyIndexBuilder, ownMemory } from './key-index.ts'
import type { VersionTable } from './table.ts'

/** Keys of one table: `keys` of them, by the numbers that the table knows them by. */
export interface VersionPart {
  readonly table: VersionTable
  readonly keys: KeyBatch
  readonly numbers: Int32Array
}

/** One table of all parts, which have the same columns and no key in common; none of their keys is null. */
export function pickVersions(parts: readonly VersionPart[], schema: Schema): VersionTable {
  const index = new KeyIndexBuilder(parts[0]?.keys.kind ?? 'words')
  for (const { keys } of parts) index.add(keys)
  const picked = parts.map(positionsOf)
  const start = new Int32Array(index.keys + 1)
  let key = 0
  for (const { lengths } of picked) for (const length of lengths) start[++key] = start[key - 1] + length
  const versions = start[key]
  const f64 = (of: (table: VersionTable) => Float64Array): Float64Array =>
    joined(
      new Float64Array(versions),
      parts.map(({ table }, p) => gatherF64(of(table), picked[p].rows)),
    )
  const i32 = (of: (table: VersionTable) => Int32Array | null): Int32Array | null =>
    parts.every(({ table }) => of(table) === null)
      ? null
      : joined(
          new Int32Array(versions),
          parts.map(({ table }, p) => optionalI32(of(table), picked[p].rows)),
        )
  const time = f64(table => table.time)
  const isAtTime = parts.every(({ table }) => table.at === table.time)
  return {
    index: index.freeze(ownMemory),
    versions,
    start,
    at: isAtTime ? time : f64(table => table.at),
    atSub: i32(table => table.atSub),
    time,
    sub: i32(table => table.sub),
    deleted: parts.every(({ table }) => table.deleted === null)
      ? null
      : joined(
          new Uint8Array(versions),
          parts.map(({ table }, p) => optionalU8(table.deleted, picked[p].rows)),
        ),
    schema,
    columns: schema.map((_, c) =>
      concatColumns(parts.map(({ table }, p) => gatherColumn(table.columns[c], picked[p].rows))),
    ),
    ...(parts[0]?.table.columnTimes === undefined
      ? {}
      : { columnTimes: schema.map((_, c) => f64(table => table.columnTimes![c])) }),
    completeFrom: Math.max(...parts.map(({ table }) => table.completeFrom)),
    completeThrough: Math.min(...parts.map(({ table }) => table.completeThrough)),
    completeFromOfKey: parts.every(({ table }) => table.completeFromOfKey === null)
      ? null
      : joined(
          new Float64Array(index.keys),
          parts.map(({ table, numbers }) => completeFrom(table, numbers)),
        ),
  }
}

/** Rows `rows` of the keys by whose numbers a table knows them. */
export function versionPart(
  table: VersionTable,
  keys: KeyBatch,
  rows: Int32Array,
  numbers: Int32Array,
): VersionPart {
  return { table, keys: gatherKeys(keys, rows), numbers: gatherI32(numbers, rows) }
}

/** Where the versions of a part lie in its table, and how many each key has. */
function positionsOf({ table, numbers }: VersionPart): { rows: Int32Array; lengths: Int32Array } {
  const lengths = new Int32Array(numbers.length)
  let rows = 0
  for (let i = 0; i < numbers.length; i++) {
    lengths[i] = table.start[numbers[i] + 1] - table.start[numbers[i]]
    rows += lengths[i]
  }
  const positions = new Int32Array(rows)
  let put = 0
  for (const number of numbers)
    for (let at = table.start[number]; at < table.start[number + 1]; at++) positions[put++] = at
  return { rows: positions, lengths }
}

function completeFrom({ completeFromOfKey }: VersionTable, numbers: Int32Array): Float64Array {
  const from = new Float64Array(numbers.length).fill(-Infinity)
  if (completeFromOfKey !== null)
    for (let i = 0; i < from.length; i++) from[i] = completeFromOfKey[numbers[i]]
  return from
}

function optionalI32(values: Int32Array | null, rows: Int32Array): Int32Array {
  return values === null ? new Int32Array(rows.length) : gatherI32(values, rows)
}

function optionalU8(values: Uint8Array | null, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(rows.length)
  if (values !== null) for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]]
  return out
}

/** `out`, filled with the values of all parts, one part after the other. */
function joined<Values extends Float64Array | Int32Array | Uint8Array>(
  out: Values,
  parts: readonly Values[],
): Values {
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
