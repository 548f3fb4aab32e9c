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
  const f64 = (of: (table: VersionTable) => Float64Array): Float64Array =>
    joinF64(parts.map(({ table }, p) => gatherF64(of(table), picked[p].rows)))
  const i32 = (of: (table: VersionTable) => Int32Array | null): Int32Array | null => {
    if (parts.every(({ table }) => of(table) === null)) return null
    return joinI32(parts.map(({ table }, p) => optionalI32(of(table), picked[p].rows)))
  }
  const time = f64(table => table.time)
  const isAtTime = parts.every(({ table }) => table.at === table.time)
  return {
    index: index.freeze(ownMemory),
    versions: time.length,
    start,
    at: isAtTime ? time : f64(table => table.at),
    atSub: i32(table => table.atSub),
    time,
    sub: i32(table => table.sub),
    deleted: parts.every(({ table }) => table.deleted === null)
      ? null
      : joinDeleted(parts, picked, time.length),
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
      : joinF64(parts.map(({ table, numbers }) => completeFrom(table, numbers))),
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

function joinDeleted(
  parts: readonly VersionPart[],
  picked: readonly { readonly rows: Int32Array }[],
  versions: number,
): Uint8Array {
  const out = new Uint8Array(versions)
  let put = 0
  for (const [p, { table }] of parts.entries())
    for (const row of picked[p].rows) out[put++] = table.deleted === null ? 0 : table.deleted[row]
  return out
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

function joinF64(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function joinI32(parts: readonly Int32Array[]): Int32Array {
  const out = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
