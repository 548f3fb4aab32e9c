/**
 * C4: the as-of lookup against its twin, over ties, deletes, lag, `available`, maxAge, both boundaries, nanoseconds,
 * null keys, every kind of key and value column, chunking, and stores that may have lost versions.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeyBatch, KeyPart, VersionTable } from '../../src/core/asof/index.ts'
import {
  encodeKeys,
  findKeys,
  joinedColumns,
  keyConversion,
  keyKind,
  lookUpAsOf,
  ownMemory,
  pickVersions,
  sharedMemory,
  VersionTableBuilder,
  versionPart,
} from '../../src/core/asof/index.ts'
import type { ColumnType } from '../../src/core/batch/index.ts'
import { valueAt } from '../../src/core/batch/index.ts'
import type { TwinEvent, TwinPolicy, TwinVersion } from './asof-twin.ts'
import { columnOf, twinLookUp } from './asof-twin.ts'
import { cases } from './cases.ts'

/** How a key is spread over columns: all hold '0' … '4'. */
const KEY_SHAPES: readonly (readonly ColumnType[])[] = [
  [{ name: 'int64' }],
  [{ name: 'int32' }],
  [{ name: 'utf8' }],
  [{ name: 'float64' }],
  [{ name: 'utf8' }, { name: 'int16' }],
]
const VALUE_TYPES: readonly ColumnType[] = [
  { name: 'int32' },
  { name: 'int64' },
  { name: 'float64' },
  { name: 'utf8' },
]

const key = fc.option(fc.constantFrom('0', '1', '2', '3', '4'), { freq: 8 })
const tick = fc.integer({ min: -3, max: 12 })
const nanos = fc.integer({ min: 0, max: 2 })

const version: fc.Arbitrary<TwinVersion> = fc.record({
  key,
  time: tick,
  sub: nanos,
  available: fc.option(fc.tuple(fc.integer({ min: -3, max: 20 }), nanos)),
  deleted: fc.boolean(),
  value: fc.option(fc.nat({ max: 99 }).map(String), { freq: 5 }),
})
const event: fc.Arbitrary<TwinEvent> = fc.record({ key, time: fc.integer({ min: -5, max: 25 }), sub: nanos })
const policy: fc.Arbitrary<TwinPolicy> = fc.record({
  inclusive: fc.boolean(),
  lag: fc.integer({ min: 0, max: 4 }),
  maxAge: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 8 })),
  stale: fc.boolean(),
  completeFrom: fc.oneof(fc.constant(-Infinity), tick),
  completeThrough: fc.oneof(fc.constant(Infinity), tick),
})
const world = fc.record({
  versions: fc.array(version, { maxLength: 60 }),
  events: fc.array(event, { minLength: 1, maxLength: 30 }),
  policy,
  shape: fc.constantFrom(...KEY_SHAPES),
  value: fc.constantFrom(...VALUE_TYPES),
  nano: fc.boolean(),
  withAvailable: fc.boolean(),
  withDeletes: fc.boolean(),
  chunkRows: fc.integer({ min: 1, max: 70 }),
})
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

function keysOf(shape: readonly ColumnType[], keys: readonly (string | null)[]): KeyBatch {
  const parts = shape.map(
    (type): KeyPart => ({ column: columnOf(type, keys), type, conversion: keyConversion(type, type)! }),
  )
  return encodeKeys(parts, keys.length)
}

function tableOf(world: World): VersionTable {
  const conversions = world.shape.map(type => keyConversion(type, type)!)
  const builder = new VersionTableBuilder({
    schema: [{ name: 'v', type: world.value }],
    keyKind: keyKind(conversions),
    lag: world.policy.lag,
    allocate: world.nano ? sharedMemory : ownMemory,
  })
  for (let from = 0; from < world.versions.length; from += world.chunkRows) {
    const rows = world.versions.slice(from, from + world.chunkRows)
    const chunk = {
      rows: rows.length,
      time: Float64Array.from(rows, row => row.time),
      sub: world.nano ? Int32Array.from(rows, row => row.sub) : null,
      available: world.withAvailable ? Float64Array.from(rows, row => row.available?.[0] ?? -Infinity) : null,
      availableSub:
        world.withAvailable && world.nano ? Int32Array.from(rows, row => row.available?.[1] ?? 0) : null,
      deleted: world.withDeletes ? Uint8Array.from(rows, row => Number(row.deleted)) : null,
      columns: [
        columnOf(
          world.value,
          rows.map(row => row.value),
        ),
      ],
    }
    builder.add(
      chunk,
      builder.addKeys(
        keysOf(
          world.shape,
          rows.map(row => row.key),
        ),
      ),
    )
  }
  return builder.build(world.policy)
}

/** What the twin has to see of a world whose columns leave something out. */
function twinVersions(world: World): TwinVersion[] {
  return world.versions.map(row => ({
    ...row,
    sub: world.nano ? row.sub : 0,
    available:
      !world.withAvailable || row.available === null
        ? null
        : [row.available[0], world.nano ? row.available[1] : 0],
    deleted: world.withDeletes && row.deleted,
  }))
}

function answers(table: VersionTable, world: World): object[] {
  const events = {
    time: Float64Array.from(world.events, row => row.time),
    sub: world.nano ? Int32Array.from(world.events, row => row.sub) : null,
  }
  const keys = findKeys(
    table.index,
    keysOf(
      world.shape,
      world.events.map(row => row.key),
    ),
  )
  const result = lookUpAsOf(table, keys, events, world.policy)
  const [value, version, status] = joinedColumns(table, result, 'ms')
  return world.events.map((_, row) => {
    const text = valueAt(value, world.value, row)
    const ms = valueAt(version, { name: 'int64' }, row)
    return {
      status: valueAt(status, { name: 'utf8' }, row),
      value: text === null ? null : String(text),
      versionTime: ms === null ? null : Number(ms),
    }
  })
}

/** The keys of each third of the keys, picked from a table of its own. */
function pickedFrom(world: World): VersionTable {
  const parts = [0, 1, 2].map(third => {
    const keys = ['0', '1', '2', '3', '4'].filter(key => Number(key) % 3 === third)
    const table = tableOf({
      ...world,
      versions: world.versions.filter(({ key }) => keys.includes(key ?? '')),
    })
    const batch = keysOf(world.shape, keys)
    const numbers = findKeys(table.index, batch)
    const known = Int32Array.from(numbers.keys()).filter(row => numbers[row]! >= 0)
    return versionPart(table, batch, known, numbers)
  })
  return pickVersions(parts, [{ name: 'v', type: world.value }])
}

describe('as-of lookup (C4)', () => {
  it('equals it in parts of several tables put together', () => {
    fc.assert(
      fc.property(world, world => {
        const answered = answers(pickedFrom(world), world)
        expect(answered).toEqual(answers(tableOf(world), world))
      }),
      cases(),
    )
  })

  it('equals the contract word by word', () => {
    fc.assert(
      fc.property(world, world => {
        const versions = twinVersions(world)
        const expected = world.events.map(event =>
          twinLookUp(versions, world.nano ? event : { ...event, sub: 0 }, world.policy),
        )
        expect(answers(tableOf(world), world)).toEqual(expected)
      }),
      cases(),
    )
  })

  it('counts what it answers', () => {
    fc.assert(
      fc.property(world, world => {
        const table = tableOf(world)
        const keys = findKeys(
          table.index,
          keysOf(
            world.shape,
            world.events.map(row => row.key),
          ),
        )
        const events = { time: Float64Array.from(world.events, row => row.time), sub: null }
        const { status, counts, stale } = lookUpAsOf(table, keys, events, world.policy)
        expect(counts).toEqual([0, 1, 2, 3].map(code => status.filter(each => each === code).length))
        const past = world.events.filter(
          row => row.key !== null && row.time - world.policy.lag > world.policy.completeThrough,
        )
        expect(stale).toBe(world.policy.stale ? past.length : 0)
      }),
      cases(300),
    )
  })

  it('survives structured clone, sharing its memory', () => {
    fc.assert(
      fc.property(world, world => {
        const table = tableOf({ ...world, nano: true })
        const clone = structuredClone(table)
        expect(clone.time.buffer).toBeInstanceOf(SharedArrayBuffer)
        expect(answers(clone, { ...world, nano: true })).toEqual(answers(table, { ...world, nano: true }))
      }),
      cases(100),
    )
  })
})
