import { describe, expect, it } from 'vitest'
import type { KeyBatch } from '../../../../src/core/asof/index.ts'
import { HindcastError } from '../../../../src/errors.ts'
import { openHbaseStore, SharedBudget } from '../../../../src/features/hbase/index.ts'
import { VERSIONS_UNBOUNDED } from '../../../../src/features/hbase/judge.ts'
import type { Cells, FamilySettings, HbaseCluster, VersionsQuery } from '../../../../src/hbase/index.ts'
import { CELL_PUT } from '../../../../src/hbase/index.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { twinCluster } from '../../../property/hbase-twin.ts'

const FAMILY: FamilySettings = { name: 'f', versions: 10, versionsMin: 0, ttlMs: null, keepDeleted: 'true' }

/** Keys 0 … count − 1. */
function keys(count: number): KeyBatch {
  const words = new Int32Array(2 * count)
  for (let i = 0; i < count; i++) words[2 * i] = i
  return { kind: 'words', rows: count, words, isNull: null }
}

function open(cluster: HbaseCluster, family: Partial<FamilySettings> = {}, rate = Infinity) {
  return openHbaseStore({
    cluster,
    table: 't',
    rowKey: '{id}',
    keyFields: [{ name: 'id', type: { name: 'int32' } }],
    columns: [{ name: 'c', family: 'f', qualifier: 'c', type: 'int64' }],
    version: 'cell',
    timeline: 'us',
    lag: 5_000_000,
    settings: { families: [{ ...FAMILY, ...family }] },
    budget: new SharedBudget({ concurrency: 3, readsPerSecond: rate }),
    now: () => 2_000_000,
  })
}

/** A cluster with nothing in it, but for what is said. */
function emptyCluster(versions?: (query: VersionsQuery) => Promise<Cells>) {
  const cluster = twinCluster({ families: [FAMILY], cells: [], keptFrom: -Infinity, survives: () => true })
  return { ...cluster, versions: versions ?? cluster.versions }
}

const REQUEST = { from: 0, until: 1_000_000_000 }

/** One put of so many bytes in each row. */
function answerOf(query: VersionsQuery, bytes: number): Cells {
  const { rows } = query.rows
  const upTo = Int32Array.from({ length: rows + 1 }, (_, i) => i)
  return {
    rows,
    start: upTo,
    column: new Int32Array(rows),
    time: new Float64Array(rows).fill(1),
    type: new Uint8Array(rows).fill(CELL_PUT),
    valueFrom: upTo.subarray(0, rows).map(i => i * bytes),
    valueTo: upTo.subarray(1).map(i => i * bytes),
    bytes: new Uint8Array(rows * bytes),
  }
}

describe('a feature store on HBase', () => {
  it('knows every key, is complete through now − lag, and from now − TTL', async () => {
    const store = open(emptyCluster(), { ttlMs: 1_500_000 })
    const table = await store.versions({ keys: keys(3), ...REQUEST })
    expect([table.index.keys, table.versions, table.columnTimes?.length]).toEqual([3, 0, 1])
    expect(table.completeThrough).toBe(2_000_000_000 - 5_000_000)
    expect(table.completeFrom).toBe((500_000 + LIMITS.hbaseClockMs) * 1000)
    expect(store.counters).toMatchObject({ reads: 3, calls: 1 })
  })

  it('reads later versions too where older ones can have been trimmed, and markers where they are kept', async () => {
    const { queries, ...cluster } = twinCluster({
      families: [FAMILY],
      cells: [],
      keptFrom: 0,
      survives: () => true,
    })
    const request = { keys: keys(1), ...REQUEST }
    await open({ ...cluster }).versions(request)
    await open({ ...cluster }, { versions: VERSIONS_UNBOUNDED, keepDeleted: 'false' }).versions(request)
    expect(queries.map(({ untilMs, versionsMax, raw }) => [untilMs, versionsMax, raw])).toEqual([
      [Number.MAX_SAFE_INTEGER, 10, true],
      [995_001, LIMITS.hbaseVersionsMax, false],
    ])
  })

  it('takes as many rows at once as replies and budget allow, and no more calls than that', async () => {
    const sizes: number[] = []
    let underWay = 0
    let most = 0
    const cluster = (bytes: number) =>
      emptyCluster(async query => {
        sizes.push(query.rows.rows)
        most = Math.max(most, ++underWay)
        await new Promise(done => setImmediate(done))
        underWay--
        return answerOf(query, bytes)
      })
    const store = open(cluster(8))
    await store.versions({ keys: keys(5000), ...REQUEST })
    expect([sizes[0], Math.max(...sizes), most]).toEqual([16, LIMITS.hbaseReadRows, 3])
    expect(sizes.reduce((sum, rows) => sum + rows)).toBe(5000)
    expect(store.counters.badCells).toBe(0)
    sizes.length = 0
    await open(cluster(500_000)).versions({ keys: keys(60), ...REQUEST })
    expect(sizes.at(-1)).toBeLessThanOrEqual(2)
    sizes.length = 0
    await open(cluster(8), {}, 4000).versions({ keys: keys(1000), ...REQUEST })
    expect(Math.max(...sizes)).toBe(100)
  })

  it('fails as its first read does, and ends the others: never an empty answer', async () => {
    let calls = 0
    const ended: unknown[] = []
    const store = open(
      emptyCluster(query => {
        if (++calls === 2) return Promise.reject(new HindcastError('store-failed', 'region r is nowhere'))
        return new Promise((_, reject) => {
          query.signal!.addEventListener('abort', () => {
            ended.push(query.signal!.reason)
            reject(query.signal!.reason)
          })
        })
      }),
    )
    const request = { keys: keys(1000), ...REQUEST }
    await expect(store.versions(request)).rejects.toMatchObject({
      code: 'store-failed',
      message: 'region r is nowhere',
    })
    expect(ended).toHaveLength(2)
    const foreign = open(emptyCluster(() => Promise.reject(new TypeError('x is undefined'))))
    await expect(foreign.versions(request)).rejects.toMatchObject({
      code: 'store-failed',
      message: 'table t of HBase: x is undefined',
    })
  })

  it('closing ends what is read', async () => {
    const never = (query: VersionsQuery) =>
      new Promise<Cells>((_, reject) => {
        query.signal!.addEventListener('abort', () => reject(query.signal!.reason))
      })
    const store = open(emptyCluster(never))
    const reading = store.versions({ keys: keys(10), ...REQUEST })
    const outcome = expect(reading).rejects.toMatchObject({ code: 'interrupted' })
    await store.close()
    await outcome
  })

  it('refuses a column of a family that is not there', () => {
    expect(() => open(emptyCluster(), { name: 'g' })).toThrow(
      expect.objectContaining({ code: 'feature-table-missing', message: 'table t has no family f' }),
    )
  })
})
