/**
 * What happens to reads while regions split and move, and while a region server sleeps or is killed: the answer is the
 * right one, or a typed error in time. A row that is there is never given as absent.
 */
import { describe, expect, it } from 'vitest'
import type { CellColumn, HbaseCluster, RegionPlace } from '../../../src/hbase/index.ts'
import { cellTexts, rowKeys, withHbase } from './hbase-fixture.ts'

const A: CellColumn = { family: 'f', qualifier: 'a' }
const ROWS = Array.from({ length: 2000 }, (_, i) => `row${String(i).padStart(5, '0')}`)
const VERSIONS = [3000, 2000, 1000]
const EXPECTED = ROWS.map(row => VERSIONS.map(time => `0@${time}=${row}-${time}`))
const SHAPE = { columns: [A], untilMs: Number.POSITIVE_INFINITY, versionsMax: 100, raw: false }
const TEST_MS = 300_000

async function fill(cluster: HbaseCluster, table: string): Promise<void> {
  const rows = ROWS.map(row => ({
    row: Buffer.from(row),
    cells: VERSIONS.map(timeMs => ({ column: A, timeMs, value: Buffer.from(`${row}-${timeMs}`) })),
  }))
  await cluster.put(table, rows)
}

async function readAll(cluster: HbaseCluster, table: string): Promise<string[][]> {
  return cellTexts(await cluster.versions({ table, rows: rowKeys(ROWS), ...SHAPE }))
}

/** Each row with its cells, as a scan gives them; `onPiece` may hinder it. */
async function scanAll(cluster: HbaseCluster, table: string, onPiece: (piece: number) => Promise<void>) {
  const seen: (readonly [string, readonly string[]])[] = []
  let pieces = 0
  const whole = { startKey: new Uint8Array(0), endKey: new Uint8Array(0) }
  for await (const { keys, cells } of cluster.scan({ table, ...whole, ...SHAPE })) {
    cellTexts(cells).forEach((texts, r) => {
      seen.push([Buffer.from(keys.bytes.subarray(keys.offsets[r]!, keys.offsets[r + 1]!)).toString(), texts])
    })
    await onPiece(pieces++)
  }
  return seen
}

describe('two region servers', () => {
  const hbase = withHbase({ regionServers: 2 })

  const otherThan = (region: RegionPlace) =>
    hbase.servers.regionServers.find(each => each.address !== region.server)!.address

  async function filled() {
    const table = await hbase.newTable({ f: { VERSIONS: '10' } }, ['row00700', 'row01400'])
    const cluster = await hbase.open({ callMs: 3000 })
    await fill(cluster, table)
    return { table, cluster }
  }

  it(
    'gets go on through splits and moves',
    async () => {
      const { table, cluster } = await filled()
      // Its own view of the regions gets old while the other client changes them.
      const admin = await hbase.open()
      let isDone = false
      let reads = 0
      const reading = (async () => {
        do {
          expect(await readAll(cluster, table)).toEqual(EXPECTED)
          reads++
        } while (!isDone)
      })()
      reading.catch(() => undefined)
      try {
        for (const region of await admin.regions(table))
          await hbase.admin.move(admin, region, otherThan(region))
        await hbase.admin.split(admin, table, 'row01000')
        for (const region of await admin.regions(table))
          await hbase.admin.move(admin, region, otherThan(region))
        await hbase.admin.split(admin, table, 'row00300')
      } finally {
        isDone = true
        await reading
      }
      expect((await admin.regions(table)).length).toBe(5)
      expect(reads).toBeGreaterThan(2)
      expect(cluster.counters.retries).toBeGreaterThan(0)
    },
    TEST_MS,
  )

  it(
    'a scan goes on through a split and a move, each row once',
    async () => {
      const { table, cluster } = await filled()
      const admin = await hbase.open()
      await cluster.regions(table)
      const seen = await scanAll(cluster, table, async piece => {
        if (piece !== 0) return
        await hbase.admin.split(admin, table, 'row01000')
        const [, second, third] = await admin.regions(table)
        await hbase.admin.move(admin, second!, otherThan(second!))
        await hbase.admin.move(admin, third!, otherThan(third!))
      })
      expect(seen).toEqual(ROWS.map((row, i) => [row, EXPECTED[i]]))
    },
    TEST_MS,
  )

  it(
    'a server that sleeps is noticed by the deadline of a call',
    async () => {
      const { table, cluster } = await filled()
      const hasty = await hbase.open({ callMs: 500, totalMs: 2000 })
      expect(await readAll(hasty, table)).toEqual(EXPECTED)
      const [region] = await cluster.regions(table)
      const asleep = hbase.servers.regionServers.find(each => each.address === region!.server)!
      asleep.kill('SIGSTOP')
      let reading: Promise<string[][]>
      try {
        const from = performance.now()
        await expect(readAll(hasty, table)).rejects.toMatchObject({ code: 'store-failed' })
        expect(performance.now() - from).toBeLessThan(3500)
        reading = readAll(cluster, table)
        reading.catch(() => undefined)
      } finally {
        asleep.kill('SIGCONT')
      }
      expect(await reading).toEqual(EXPECTED)
    },
    TEST_MS,
  )

  it(
    'kill -9 of a region server: `store-failed` in time, or the right answer once its regions are elsewhere',
    async () => {
      const { table, cluster } = await filled()
      const hasty = await hbase.open({ callMs: 500, totalMs: 2000 })
      expect(await readAll(hasty, table)).toEqual(EXPECTED)
      const [region] = await cluster.regions(table)
      const victim = hbase.servers.regionServers.find(each => each.address === region!.server)!
      await victim.killAndWait()
      const from = performance.now()
      await expect(readAll(hasty, table)).rejects.toMatchObject({ code: 'store-failed' })
      expect(performance.now() - from).toBeLessThan(3500)
      expect(await readAll(cluster, table)).toEqual(EXPECTED)
      expect((await scanAll(cluster, table, async () => undefined)).map(([row]) => row)).toEqual(ROWS)
    },
    TEST_MS,
  )
})
