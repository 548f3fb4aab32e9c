/** The native client against a real HBase: what was put comes back, with every bound of time and versions. */
import { describe, expect, it } from 'vitest'
import {
  CELL_DELETE_COLUMN,
  type CellColumn,
  type HbaseCluster,
  type VersionsQuery,
} from '../../../src/hbase/index.ts'
import { cellTexts, rowKeys, withHbase } from './hbase-fixture.ts'

const A: CellColumn = { family: 'f', qualifier: 'a' }
const B: CellColumn = { family: 'f', qualifier: 'b' }

const TEST_MS = 120_000

function query(table: string, rows: readonly string[], more: Partial<VersionsQuery> = {}): VersionsQuery {
  const base = { columns: [A], untilMs: Number.POSITIVE_INFINITY, versionsMax: 1000, raw: false }
  return { table, rows: rowKeys(rows), ...base, ...more }
}

function put(
  cluster: HbaseCluster,
  table: string,
  row: string,
  column: CellColumn,
  timeMs: number,
  value: string | null,
) {
  const cells = [{ column, timeMs, value: value === null ? null : Buffer.from(value) }]
  return cluster.put(table, [{ row: Buffer.from(row), cells }])
}

describe('the native client', () => {
  const hbase = withHbase()

  it(
    'describes, places and reads',
    async () => {
      const attributes = { VERSIONS: '16', MIN_VERSIONS: '2', TTL: '86400', KEEP_DELETED_CELLS: 'TRUE' }
      const table = await hbase.newTable({ f: attributes, g: {} }, ['m'])
      const cluster = await hbase.open()
      expect(await cluster.describe(table)).toEqual({
        table,
        families: [
          { name: 'f', versions: 16, versionsMin: 2, ttlMs: 86_400_000, keepDeleted: 'true' },
          { name: 'g', versions: 1, versionsMin: 0, ttlMs: null, keepDeleted: 'false' },
        ],
      })
      const regions = await cluster.regions(table)
      expect(regions.map(each => [Buffer.from(each.startKey).toString(), each.server])).toEqual([
        ['', hbase.servers.regionServers[0]!.address],
        ['m', hbase.servers.regionServers[0]!.address],
      ])
    },
    TEST_MS,
  )

  it(
    'gives versions in order, with bounds of time and number, in the order of the rows asked for',
    async () => {
      const table = await hbase.newTable({ f: { VERSIONS: '5' } }, ['m'])
      const cluster = await hbase.open()
      for (const time of [1000, 3000, 2000]) await put(cluster, table, 'x', A, time, `x${time}`)
      await put(cluster, table, 'b', B, 500, 'b500')
      const rows = ['x', 'none', 'b', 'a']
      const both = { columns: [B, A] }
      expect(cellTexts(await cluster.versions(query(table, rows, both)))).toEqual([
        ['1@3000=x3000', '1@2000=x2000', '1@1000=x1000'],
        [],
        ['0@500=b500'],
        [],
      ])
      expect(cellTexts(await cluster.versions(query(table, rows)))[2]).toEqual([])
      const before = await cluster.versions(query(table, ['x'], { untilMs: 2000 }))
      expect(cellTexts(before)).toEqual([['0@1000=x1000']])
      const [with2000] = cellTexts(
        await cluster.versions(query(table, ['x'], { untilMs: 2001, versionsMax: 1 })),
      )
      expect(with2000).toEqual(['0@2000=x2000'])
    },
    TEST_MS,
  )

  it(
    'raw reads show deletes and what they hide',
    async () => {
      const table = await hbase.newTable({
        f: { VERSIONS: '16', KEEP_DELETED_CELLS: 'TRUE' },
        g: { VERSIONS: '3' },
      })
      const cluster = await hbase.open()
      await put(cluster, table, 'r', A, 1000, 'one')
      await put(cluster, table, 'r', A, 2000, null)
      await put(cluster, table, 'r', A, 3000, 'three')
      await put(cluster, table, 'r', B, 1500, 'b')
      await put(cluster, table, 'r', { family: 'g', qualifier: 'a' }, 100, 'g')
      expect(cellTexts(await cluster.versions(query(table, ['r'])))).toEqual([['0@3000=three']])
      const raw = cellTexts(await cluster.versions(query(table, ['r', 's'], { raw: true })))
      expect(raw).toEqual([['0@3000=three', `0@2000-${CELL_DELETE_COLUMN}`, '0@1000=one'], []])
      await hbase.admin.flush(cluster, table)
      expect(cellTexts(await cluster.versions(query(table, ['r', 's'], { raw: true })))).toEqual(raw)
      const scanned = []
      const range = { startKey: Buffer.alloc(0), endKey: Buffer.alloc(0) }
      for await (const { cells } of cluster.scan({ ...query(table, []), ...range, raw: true }))
        scanned.push(...cellTexts(cells))
      expect(scanned).toEqual([raw[0]])
    },
    TEST_MS,
  )

  it(
    'tells a missing table, a missing family and a dead master',
    async () => {
      const table = await hbase.newTable({ f: {} })
      const cluster = await hbase.open({ totalMs: 10_000 })
      const missing = { code: 'feature-table-missing' }
      await expect(cluster.versions(query('nothing', ['r']))).rejects.toMatchObject(missing)
      await expect(cluster.describe('nothing')).rejects.toMatchObject(missing)
      await expect(cluster.regions('nothing')).rejects.toMatchObject(missing)
      const columns = [{ family: 'nofamily', qualifier: 'a' }]
      await expect(cluster.versions(query(table, ['r'], { columns }))).rejects.toMatchObject(missing)
      await expect(
        cluster.put(table, [
          { row: Buffer.from('r'), cells: [{ column: columns[0]!, timeMs: 1, value: Buffer.from('v') }] },
        ]),
      ).rejects.toMatchObject(missing)
      await expect(hbase.open({ masters: ['127.0.0.1:1'], totalMs: 300 })).rejects.toMatchObject({
        code: 'store-failed',
      })
    },
    TEST_MS,
  )
})
