/**
 * Features in a real HBase: late versions, deletes, several families, versions that the server has dropped. The oracle is
 * everything that was written, read by the contract (test/property/hbase-truth.ts).
 */
import { describe, expect, it } from 'vitest'
import { encodeKeys, findKeys, joinedColumns, lookUpAsOf } from '../../../src/core/asof/index.ts'
import { valueAt } from '../../../src/core/batch/index.ts'
import {
  judgeFamilies,
  latencyQuantile,
  openHbaseStore,
  SharedBudget,
} from '../../../src/features/hbase/index.ts'
import type { CellPut, HbaseCluster } from '../../../src/hbase/index.ts'
import { CELL_DELETE_COLUMN, CELL_PUT } from '../../../src/hbase/index.ts'
import type { CellColumnJob } from '../../../src/job/index.ts'
import { columnOf } from '../../property/asof-twin.ts'
import { cellTruth, rowTruth, type TruthAnswer } from '../../property/hbase-truth.ts'
import { settled, type TwinCell } from '../../property/hbase-twin.ts'
import { withHbase } from './hbase-fixture.ts'

const COLUMNS: readonly CellColumnJob[] = [
  { name: 'n', family: 'f', qualifier: 'n', type: 'int64' },
  { name: 'mean', family: 'f', qualifier: 'mean', type: 'float64' },
  { name: 'note', family: 'g', qualifier: 'note', type: 'utf8' },
]
const TYPES = [{ name: 'int64' }, { name: 'float64' }, { name: 'utf8' }] as const
const KEYS = 400
const STEP_MS = 1000
const STEPS = 40
const LAG = 3000
const BASE = Date.parse('2024-01-01T00:00:00Z')
const WRITE_MS = 120_000

/** A number that looks random, from a few small ones. */
function mixed(...seeds: number[]): number {
  return seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) ^ (hash >>> 15), 7) >>> 0
}

function valueFor(column: CellColumnJob, seed: number): { bytes: Buffer; text: string } {
  if (column.type === 'utf8') return { bytes: Buffer.from(`ü${seed}`), text: `ü${seed}` }
  const bytes = Buffer.alloc(8)
  if (column.type === 'int64') bytes.writeBigInt64BE(BigInt(seed) * 1_000_003n)
  else bytes.writeDoubleBE(seed / 8)
  return { bytes, text: column.type === 'int64' ? String(seed * 1_000_003) : String(seed / 8) }
}

interface Written {
  readonly key: number
  readonly column: CellColumnJob
  readonly put: CellPut
  readonly cell: TwinCell
}

/** What is written of a key, in an order that is not that of time; `deletes` of ten are deletes. */
function historyOf(key: number, deletes: number): Written[] {
  const out: Written[] = []
  for (let step = 0; step < STEPS; step++) {
    for (const [c, column] of COLUMNS.entries()) {
      const chance = mixed(key, step, c) % 100
      // A seventh of all keys has no cell of its own in one column or another.
      if (chance >= 12 || mixed(key, c) % 7 === 0) continue
      const timeMs = BASE + ((step * 17) % STEPS) * STEP_MS
      const isDelete = mixed(key, step, c, 3) % 10 < deletes
      const { bytes, text } = valueFor(column, mixed(key, step, c, 1) % 10_000)
      const { family, qualifier } = column
      const type = isDelete ? CELL_DELETE_COLUMN : CELL_PUT
      out.push({
        key,
        column,
        put: { column: { family, qualifier }, timeMs, value: isDelete ? null : bytes },
        cell: { row: `u${key}`, family, qualifier, time: timeMs, type, value: text },
      })
    }
  }
  return out
}

async function write(cluster: HbaseCluster, table: string, all: readonly Written[]): Promise<void> {
  const rows = new Map<string, CellPut[]>()
  for (const { cell, put } of all) rows.set(cell.row, [...(rows.get(cell.row) ?? []), put])
  await cluster.put(
    table,
    [...rows].map(([row, cells]) => ({ row: Buffer.from(row), cells })),
  )
}

const EVENTS = Array.from({ length: 4000 }, (_, i) => ({
  key: mixed(i, 5) % (KEYS + 20), // twenty keys were never written
  time: BASE - 5000 + (mixed(i, 6) % ((STEPS + 10) * STEP_MS)),
}))

interface Question {
  readonly table: string
  readonly version: 'row' | 'cell'
  readonly maxAge?: number
}

async function lookUps(cluster: HbaseCluster, { table, version, maxAge = Infinity }: Question) {
  const settings = await cluster.describe(table)
  const store = openHbaseStore({
    cluster,
    table,
    rowKey: 'u{id}',
    keyFields: [{ name: 'id', type: { name: 'int64' } }],
    columns: COLUMNS,
    version,
    timeline: 'ms',
    lag: LAG,
    settings,
    budget: new SharedBudget({ concurrency: 4 }),
    now: Date.now,
  })
  const column = columnOf(
    { name: 'int64' },
    EVENTS.map(event => event.key),
  )
  const conversion = { to: 'int', multiply: 1, divide: 1 } as const
  const keys = encodeKeys([{ column, type: { name: 'int64' }, conversion }], EVENTS.length)
  const time = Float64Array.from(EVENTS, event => event.time)
  const found = await store.versions({ keys, from: BASE - 5000, until: BASE + (STEPS + 10) * STEP_MS })
  const policy = { inclusive: false, lag: LAG, maxAge, stale: false }
  const result = lookUpAsOf(found, findKeys(found.index, keys), { time, sub: null }, policy)
  const columns = joinedColumns(found, result, 'ms')
  const shown = (c: number, row: number) => {
    const type = c < 3 ? TYPES[c]! : c === 3 ? ({ name: 'int64' } as const) : ({ name: 'utf8' } as const)
    const value = valueAt(columns[c]!, type, row)
    return value === null ? null : String(value)
  }
  const answers = EVENTS.map((_, row): TruthAnswer => {
    const ms = shown(3, row)
    return {
      status: shown(4, row) as TruthAnswer['status'],
      values: [0, 1, 2].map(c => shown(c, row)),
      time: ms === null ? null : Number(ms),
    }
  })
  return { answers, counters: store.counters }
}

function truths(
  all: readonly Written[],
  question: Question,
  versions: number,
  honest: boolean,
): TruthAnswer[] {
  const byRow = Map.groupBy(settled(all.map(each => each.cell)), cell => cell.row)
  const columns = COLUMNS.map(({ family, qualifier }) => ({
    family,
    qualifier,
    versions,
    keepsDeleted: true,
    seesHidden: true,
  }))
  const policy = {
    inclusive: false,
    lag: LAG,
    maxAge: question.maxAge ?? Infinity,
    completeFrom: -Infinity,
    completeThrough: Infinity,
  }
  const truth = question.version === 'cell' ? cellTruth : rowTruth
  return EVENTS.map(({ key, time }) => truth(byRow.get(`u${key}`) ?? [], columns, time, policy, honest))
}

const countOf = (answers: readonly TruthAnswer[], status: string) =>
  answers.filter(answer => answer.status === status).length

describe('features in a real HBase', () => {
  const hbase = withHbase()
  const family = (versions: number) => ({ VERSIONS: String(versions), KEEP_DELETED_CELLS: 'TRUE' })

  it(
    'every lookup ends as the contract says, before and after flush and major compaction',
    async () => {
      const cluster = await hbase.open()
      const table = await hbase.newTable({ f: family(100), g: family(100) }, ['u2', 'u3'])
      const all = Array.from({ length: KEYS }, (_, key) => historyOf(key, 2)).flat()
      await write(cluster, table, all)
      const check = async () => {
        for (const version of ['cell', 'row'] as const)
          for (const maxAge of [Infinity, 9000]) {
            const question = { table, version, maxAge }
            const { answers, counters } = await lookUps(cluster, question)
            expect(answers).toEqual(truths(all, question, 100, true))
            expect(countOf(answers, 'unavailable')).toBe(0)
            expect(countOf(answers, 'hit')).toBeGreaterThan(1000)
            expect(countOf(answers, 'absent')).toBeGreaterThan(100)
            expect(counters).toMatchObject({ reads: KEYS + 20, badCells: 0, badCell: null })
            expect(counters.calls).toBeLessThan(60)
            expect(latencyQuantile(counters.latency, 0.99)).toBeGreaterThan(0)
          }
      }
      await check()
      await hbase.admin.flush(cluster, table)
      await hbase.admin.majorCompact(cluster, table)
      await check()
    },
    WRITE_MS,
  )

  it(
    'what the server has dropped is unavailable, and what is not is right',
    async () => {
      const cluster = await hbase.open()
      const table = await hbase.newTable({ f: family(3), g: family(3) })
      const all = Array.from({ length: KEYS }, (_, key) => historyOf(key, 0)).flat()
      // In parts that are flushed each on its own, so that files have old cells beside new ones that push them out.
      for (let part = 0; part < 3; part++) {
        await write(
          cluster,
          table,
          all.filter((_, i) => i % 3 === part),
        )
        await hbase.admin.flush(cluster, table)
      }
      for (const version of ['cell', 'row'] as const) {
        const { answers } = await lookUps(cluster, { table, version })
        const told = truths(all, { table, version }, 3, false)
        expect(countOf(answers, 'unavailable')).toBeGreaterThan(200)
        expect(countOf(answers, 'hit')).toBeGreaterThan(200)
        for (const [i, answer] of answers.entries())
          if (answer.status !== 'unavailable') expect(answer).toEqual(told[i])
      }
      const { families } = await cluster.describe(table)
      const range = { fromMs: BASE, nowMs: Date.now(), lagMs: LAG, maxAgeMs: null }
      const findings = judgeFamilies({ table, families, wanted: ['f', 'g'], ...range })
      expect(findings.map(({ level, family }) => `${level} ${family}`)).toEqual(['warn f', 'warn g'])
    },
    WRITE_MS,
  )

  it(
    'bad values are null and told, a family that is missing is refused',
    async () => {
      const cluster = await hbase.open()
      const table = await hbase.newTable({ f: family(10), g: family(10) })
      const bad = { column: { family: 'f', qualifier: 'n' }, timeMs: BASE, value: Buffer.from('17') }
      const good = { column: { family: 'g', qualifier: 'note' }, timeMs: BASE, value: Buffer.from('yes') }
      await cluster.put(
        table,
        Array.from({ length: KEYS }, (_, key) => ({ row: Buffer.from(`u${key}`), cells: [bad, good] })),
      )
      const { answers, counters } = await lookUps(cluster, { table, version: 'cell' })
      expect(counters.badCells).toBe(KEYS)
      expect(counters.badCell).toMatch(
        /^table t_\w+, row u\d+, cell f:n at \d+ ms: 2 bytes are not the 8 bytes of int64$/,
      )
      const hits = answers.filter(answer => answer.status === 'hit')
      expect(hits.length).toBeGreaterThan(1000)
      for (const { values } of hits) expect(values).toEqual([null, null, 'yes'])
      const other = await hbase.newTable({ f: family(10) })
      await expect(lookUps(cluster, { table: other, version: 'cell' })).rejects.toMatchObject({
        code: 'feature-table-missing',
        message: `table ${other} has no family g`,
      })
    },
    WRITE_MS,
  )
})
