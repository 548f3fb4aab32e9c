/**
 * Many rows, many versions and long values, against the Thrift2 gateway as an independent writer and reader; and the
 * cut at VERSIONS.
 */
import { describe, expect, it } from 'vitest'
import type { CellColumn, HbaseCluster } from '../../../src/hbase/index.ts'
import { cellTexts, rowKeys, withHbase } from './hbase-fixture.ts'
import { getByThrift, putByThrift } from './thrift-cells.ts'

const A: CellColumn = { family: 'f', qualifier: 'a' }
const B: CellColumn = { family: 'f', qualifier: 'b' }
const SHAPE = { columns: [A, B], untilMs: Number.POSITIVE_INFINITY, versionsMax: 200_000, raw: false }
const WHOLE = { startKey: new Uint8Array(0), endKey: new Uint8Array(0) }
const TEST_MS = 240_000
const MIB = 1024 * 1024

async function scanTexts(cluster: HbaseCluster, table: string): Promise<string[][]> {
  const seen: string[][] = []
  for await (const { cells } of cluster.scan({ table, ...WHOLE, ...SHAPE })) seen.push(...cellTexts(cells))
  return seen
}

describe('volume', () => {
  const hbase = withHbase({
    site: { 'hbase.client.keyvalue.maxsize': 0, 'hbase.server.keyvalue.maxsize': 0 },
  })

  it(
    'all versions of 10,000 rows are those that Thrift2 wrote, and Thrift2 reads those that we wrote',
    async () => {
      const rows = Array.from({ length: 10_000 }, (_, i) => `r${(i * 7919) % 10_000}`)
      const splits = ['r3', 'r6']
      const [theirs, ours] = [
        await hbase.newTable({ f: { VERSIONS: '9' } }, splits),
        await hbase.newTable({ f: { VERSIONS: '9' } }, splits),
      ]
      const cells = rows.flatMap((row, i) =>
        Array.from({ length: i % 3 }, (_, v) => {
          const time = 1_700_000_000_000 - v * 1000
          return { row, family: 'f', qualifier: i % 2 === 0 ? 'a' : 'b', time, value: `${row}-${v}` }
        }),
      )
      const byRow = new Map(rows.map(row => [row, [] as string[]]))
      for (const { row, qualifier, time, value } of cells)
        byRow.get(row)!.push(`${qualifier === 'a' ? 0 : 1}@${time}=${value}`)
      const expected = rows.map(row => byRow.get(row)!)
      const cluster = await hbase.open({ zookeeper: [hbase.servers.zookeeper.address] })
      const gateway = hbase.servers.thrift2.address
      await putByThrift(gateway, theirs, cells)
      expect(cellTexts(await cluster.versions({ table: theirs, rows: rowKeys(rows), ...SHAPE }))).toEqual(
        expected,
      )
      await hbase.admin.flush(cluster, theirs)
      const written = rows.flatMap((row, i) => (expected[i]!.length === 0 ? [] : [row])).sort()
      const inOrder = written.map(row => byRow.get(row)!)
      expect(await scanTexts(cluster, theirs)).toEqual(inOrder)
      const puts = cells.map(({ row, qualifier, time, value }) => ({
        row: Buffer.from(row),
        cells: [{ column: { family: 'f', qualifier }, timeMs: time, value: Buffer.from(value) }],
      }))
      await cluster.put(ours, puts)
      await cluster.put(ours, puts.slice(0, 100)) // the same again changes nothing
      expect(await getByThrift(gateway, ours, written)).toEqual(await getByThrift(gateway, theirs, written))
      const { rowsRead, calls, bytes } = cluster.counters
      expect([rowsRead, calls > 20, bytes > 500_000]).toEqual([10_000 + written.length, true, true])
    },
    TEST_MS,
  )

  it(
    '100,000 versions of a cell come by get and by scan, and VERSIONS cuts what is older',
    async () => {
      const count = 100_000
      const table = await hbase.newTable({ f: { VERSIONS: String(count) } })
      const few = await hbase.newTable({ f: { VERSIONS: '3' } })
      const cluster = await hbase.open({ callMs: 60_000 })
      const times = Array.from({ length: count }, (_, i) => i + 1)
      const putOf = (timeMs: number) => ({
        row: Buffer.from('r'),
        cells: [{ column: A, timeMs, value: Buffer.from(`v${timeMs}`) }],
      })
      await cluster.put(table, times.map(putOf))
      const expected = times.toReversed().map(time => `0@${time}=v${time}`)
      const query = { ...SHAPE, rows: rowKeys(['r', 'none']) }
      expect(cellTexts(await cluster.versions({ table, ...query }))).toEqual([expected, []])
      expect(await scanTexts(cluster, table)).toEqual([expected])
      const until = { ...query, untilMs: 50_001, versionsMax: 2 }
      expect(cellTexts(await cluster.versions({ table, ...until }))[0]).toEqual([
        '0@50000=v50000',
        '0@49999=v49999',
      ])
      await cluster.put(few, times.slice(0, 10).map(putOf))
      await hbase.admin.flush(cluster, few)
      expect(cellTexts(await cluster.versions({ table: few, ...query }))[0]).toEqual([
        '0@10=v10',
        '0@9=v9',
        '0@8=v8',
      ])
    },
    TEST_MS,
  )

  it(
    'rows of many MiB come whole, by get and in pieces by scan',
    async () => {
      const table = await hbase.newTable({ f: { VERSIONS: '100' } })
      const cluster = await hbase.open({ callMs: 60_000 })
      const value = (row: number, time: number) => Buffer.alloc(3 * MIB, row * 10 + time)
      const rows = ['big0', 'big1', 'small']
      for (const [r, row] of rows.entries()) {
        for (let timeMs = 1; timeMs <= (r === 2 ? 1 : 6); timeMs++) {
          const cell = { column: A, timeMs, value: r === 2 ? Buffer.from('s') : value(r, timeMs) }
          await cluster.put(table, [{ row: Buffer.from(row), cells: [cell] }])
        }
      }
      const check = (cells: Awaited<ReturnType<HbaseCluster['versions']>>, row: number, from: number) => {
        for (let c = cells.start[row]!; c < cells.start[row + 1]!; c++) {
          const bytes = cells.bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!)
          expect(value(from, cells.time[c]!).equals(bytes)).toBe(true)
        }
        expect(cells.start[row + 1]! - cells.start[row]!).toBe(6)
      }
      const got = await cluster.versions({ table, rows: rowKeys(rows), ...SHAPE })
      check(got, 0, 0)
      check(got, 1, 1)
      let row = 0
      for await (const { cells } of cluster.scan({ table, ...WHOLE, ...SHAPE })) {
        for (let r = 0; r < cells.rows; r++, row++) if (row < 2) check(cells, r, row)
      }
      expect(row).toBe(3)
    },
    TEST_MS,
  )
})
