/**
 * Features in HBase against C4 word by word: any puts and deletes, any settings of the families, a server that loses
 * what it may. A lookup ends as the contract says, and one that is not `unavailable` ends as if nothing had been lost.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKeys, findKeys, joinedColumns, lookUpAsOf, STATUS_TEXT } from '../../src/core/asof/index.ts'
import type { Column } from '../../src/core/batch/index.ts'
import { valueAt } from '../../src/core/batch/index.ts'
import { openHbaseStore, SharedBudget } from '../../src/features/hbase/index.ts'
import { VERSIONS_UNBOUNDED } from '../../src/features/hbase/judge.ts'
import {
  CELL_DELETE_COLUMN,
  CELL_DELETE_FAMILY,
  CELL_DELETE_FAMILY_VERSION,
  CELL_PUT,
} from '../../src/hbase/index.ts'
import { LIMITS } from '../../src/limits.ts'
import { columnOf } from './asof-twin.ts'
import { cases } from './cases.ts'
import { cellTruth, rowTruth, type TruthAnswer, type TruthColumn } from './hbase-truth.ts'
import { settled, TWIN_DELETES, type TwinCell, twinCluster } from './hbase-twin.ts'

const ROWS = ['a', 'b']
const COLUMNS = [
  { name: 'x', family: 'f', qualifier: 'x', type: 'utf8' },
  { name: 'y', family: 'f', qualifier: 'y', type: 'utf8' },
  { name: 'z', family: 'g', qualifier: 'z', type: 'utf8' },
] as const

const time = fc.integer({ min: 0, max: 25 })
const put = fc
  .record({ row: fc.constantFrom(...ROWS), column: fc.constantFrom(...COLUMNS), time, value: fc.nat(99) })
  .map(({ row, column, time, value }): TwinCell => {
    const { family, qualifier } = column
    return { row, family, qualifier, time, type: CELL_PUT, value: `v${value}` }
  })
const remove = fc
  .record({
    row: fc.constantFrom(...ROWS),
    column: fc.constantFrom(...COLUMNS),
    time,
    type: fc.constantFrom(...TWIN_DELETES),
  })
  .map(({ row, column, time, type }): TwinCell => {
    const isFamily = type === CELL_DELETE_FAMILY || type === CELL_DELETE_FAMILY_VERSION
    return { row, family: column.family, qualifier: isFamily ? '' : column.qualifier, time, type, value: '' }
  })
const family = fc.record({
  versions: fc.constantFrom(1, 2, 3, 4, 8, VERSIONS_UNBOUNDED),
  keepDeleted: fc.constantFrom('true' as const, 'true' as const, 'false' as const),
})
const world = fc.record({
  cells: fc.array(fc.oneof({ arbitrary: put, weight: 6 }, { arbitrary: remove, weight: 1 }), {
    maxLength: 60,
    size: 'max',
  }),
  f: family,
  g: family,
  /** Cells before it are lost by TTL. */
  keptFrom: fc.option(fc.integer({ min: 0, max: 20 })),
  lossSeed: fc.nat(),
  version: fc.constantFrom('row' as const, 'cell' as const),
  events: fc.array(
    fc.record({ row: fc.constantFrom(...ROWS, 'none'), half: fc.integer({ min: -4, max: 70 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  ),
  inclusive: fc.boolean(),
  lag: fc.integer({ min: 0, max: 6 }),
  older: fc.option(fc.integer({ min: 1, max: 15 })),
  through: fc.option(fc.integer({ min: 5, max: 40 })),
})
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

/** A delete that the event is too early to see hides for good what it could see: one family keeps no deletes. */
const LATER_DELETE: World = {
  cells: [
    { row: 'b', family: 'f', qualifier: 'x', time: 1, type: CELL_DELETE_COLUMN, value: '' },
    { row: 'b', family: 'f', qualifier: 'x', time: 0, type: CELL_PUT, value: 'v0' },
  ],
  f: { versions: 2147483647, keepDeleted: 'false' },
  g: { versions: 2147483647, keepDeleted: 'true' },
  keptFrom: null,
  lossSeed: 0,
  version: 'row',
  events: [{ row: 'b', half: 12 }],
  inclusive: true,
  lag: 6,
  older: null,
  through: null,
}

/** Ticks are µs here, cells ms. */
const TICKS = 1000
const NOW = 1_000_000
/** Event times fall between ms too. */
const ticksOf = (half: number) => (half * TICKS) / 2

function familiesOf(world: World) {
  const ttlMs = world.keptFrom === null ? null : NOW + LIMITS.hbaseClockMs - world.keptFrom
  return (['f', 'g'] as const).map(name => ({ name, versionsMin: 0, ttlMs, ...world[name] }))
}

function policyOf(world: World) {
  // Nobody calls older what has not become readable yet.
  const maxAge = world.older === null ? Infinity : (world.lag + world.older) * TICKS
  return { inclusive: world.inclusive, lag: world.lag * TICKS, maxAge }
}

function clockOf(world: World): number {
  return world.through ?? NOW
}

async function answers(world: World): Promise<TruthAnswer[]> {
  const families = familiesOf(world)
  const survives = (cell: TwinCell) => (cell.time * 7919 + world.lossSeed) % 3 === 0
  const cluster = twinCluster({
    families,
    cells: settled(world.cells),
    keptFrom: world.keptFrom ?? -Infinity,
    survives,
  })
  const policy = policyOf(world)
  // Completeness behind and ahead hang on one clock: the first look at it is what lies ahead.
  let looks = 0
  const store = openHbaseStore({
    cluster,
    table: 't',
    rowKey: '{row}',
    keyFields: [{ name: 'row', type: { name: 'utf8' } }],
    columns: COLUMNS,
    version: world.version,
    timeline: 'us',
    lag: policy.lag,
    settings: { families },
    budget: new SharedBudget({ concurrency: 2 }),
    now: () => (looks++ === 0 ? clockOf(world) : NOW),
  })
  const column = columnOf(
    { name: 'utf8' },
    world.events.map(event => event.row),
  )
  const keys = encodeKeys(
    [{ column, type: { name: 'utf8' }, conversion: { to: 'text' } }],
    world.events.length,
  )
  const time = Float64Array.from(world.events, event => ticksOf(event.half))
  const table = await store.versions({ keys, from: Math.min(...time), until: Math.max(...time) })
  const result = lookUpAsOf(
    table,
    findKeys(table.index, keys),
    { time, sub: null },
    { ...policy, stale: false },
  )
  const joined = joinedColumns(table, result, 'us')
  const text = (c: number, row: number) => {
    const value = valueAt(joined[c] as Column, c === 3 ? { name: 'int64' } : { name: 'utf8' }, row)
    return value === null ? null : String(value)
  }
  return world.events.map((_, row) => {
    const ms = text(3, row)
    expect(text(4, row)).toBe(STATUS_TEXT[result.status[row]])
    return {
      status: text(4, row) as TruthAnswer['status'],
      values: [0, 1, 2].map(c => text(c, row)),
      time: ms === null ? null : Number(ms) * TICKS,
    }
  })
}

function truths(world: World, honest: boolean): TruthAnswer[] {
  const truth = world.version === 'cell' ? cellTruth : rowTruth
  const cells = settled(world.cells)
    .filter(cell => !honest || cell.time >= (world.keptFrom ?? -Infinity))
    .map(cell => ({ ...cell, time: cell.time * TICKS }))
  const columns = COLUMNS.map(({ family, qualifier }): TruthColumn => {
    const { versions, keepDeleted } = world[family]
    const seesHidden = world.f.keepDeleted === 'true' || world.g.keepDeleted === 'true'
    return { family, qualifier, versions, keepsDeleted: keepDeleted === 'true', seesHidden }
  })
  const policy = policyOf(world)
  const complete = {
    completeFrom: world.keptFrom === null ? -Infinity : world.keptFrom * TICKS,
    completeThrough: clockOf(world) * TICKS - policy.lag,
  }
  return world.events.map(({ row, half }) => {
    const own = cells.filter(cell => cell.row === row)
    return truth(own, columns, ticksOf(half), { ...policy, ...complete }, honest)
  })
}

function lessOf(answer: TruthAnswer): TruthAnswer {
  return answer.status === 'expired' ? { ...answer, status: 'absent' } : answer
}

describe('features in HBase (C4)', () => {
  it('lookups end as the contract says', async () => {
    await fc.assert(
      fc.asyncProperty(world, async world => {
        expect(await answers(world)).toEqual(truths(world, true))
      }),
      { ...cases(1500), examples: [[LATER_DELETE]] },
    )
  })

  it('what is not unavailable is as if nothing had been lost', async () => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(world, async world => {
        // A family that does not keep what was deleted rewrites its past, and no reader can see that.
        const cells = world.cells.filter(
          cell => cell.type === CELL_PUT || world[cell.family as 'f' | 'g'].keepDeleted === 'true',
        )
        const given = { ...world, cells }
        const expected = truths(given, false)
        for (const [i, answer] of (await answers(given)).entries()) {
          if (answer.status === 'unavailable') continue
          // What was lost may have been too old to count: then the contract does not tell expired from absent.
          expect(lessOf(answer)).toEqual(lessOf(expected[i]))
          told++
        }
      }),
      cases(1500),
    )
    expect(told).toBeGreaterThan(cases().numRuns)
  })
})
