/**
 * Whole runs that join a feature from a real HBase: the digest is that of the same versions read from a file, whatever the
 * number of lanes and after a kill; a table that may have lost versions is refused or its samples are marked.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { withHbase } from '../hbase/hbase-fixture.ts'
import { makeWorld, type World, writeJob } from '../run/world.ts'
import { distinctVersions, putVersions, type WorldVersion, writeHbaseJob } from './hbase-world.ts'

interface Outcome {
  readonly state: string
  readonly digest: string
  readonly rows: number
  readonly features: { readonly stats: Readonly<Record<string, number>> }
}

const isThere = needStack()

describe('a run with a feature in HBase', () => {
  const hbase = withHbase()
  let directory: string
  let world: World
  let versions: readonly WorldVersion[]
  let table: string
  let expected: Outcome

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    world = await makeWorld(directory, { seed: 11, historyRows: 12_000, liveRows: 3000, filesFollow: true })
    versions = await distinctVersions(world)
    expected = await run(writeJob(world, 'files.json'), 'files')
    table = await hbase.newTable({ f: { VERSIONS: '1000', KEEP_DELETED_CELLS: 'TRUE' } }, [
      'item:k2',
      'item:k4',
    ])
    const cluster = await hbase.open()
    await putVersions(cluster, table, versions)
  })

  afterAll(() => {
    if (isThere) removeTempDirectory(directory)
  })

  async function run(job: string, name: string, ...flags: readonly string[]): Promise<Outcome> {
    const ended = await runHindcast(['run', job, '--run', join(directory, name), '--json', ...flags])
    if (ended.code !== 0) throw new Error(ended.stderr)
    return lastJsonLine<Outcome>(ended)
  }

  const masters = () => ({ hbase: { masters: [hbase.servers.master.address] }, table })

  it.each([
    ['cells', 'cell', 2],
    ['rows', 'row', 2],
    ['one lane', 'cell', 1],
    ['four lanes', 'row', 4],
  ])('ends as with the versions of a file: %s', async (name, version, lanes) => {
    const job = writeHbaseJob(world, `${name}.json`, masters(), { feature: { version } })
    const outcome = await run(job, name.replace(' ', '-'), '--lanes', String(lanes))
    expect(outcome.features.stats).toEqual(expected.features.stats)
    expect(outcome.features.stats.hit).toBeGreaterThan(5000)
    expect(outcome.features.stats.absent).toBeGreaterThan(100)
    expect(outcome.digest).toBe(expected.digest)
    expect(outcome.rows).toBe(expected.rows)
  })

  it('asks for each key of history once, and tells how often it asked', async () => {
    const job = writeHbaseJob(world, 'once.json', masters(), {
      stream: { live: undefined, seam: undefined, identity: undefined },
    })
    await run(job, 'once')
    const report = JSON.parse(readFileSync(join(directory, 'once/report.json'), 'utf8'))
    // Rows without a time have a key, too.
    const keys = new Set([...world.history.map(event => event.key), 'bad']).size
    expect(report.stores.stats).toMatchObject({ reads: keys, badCells: 0 })
    expect(report.stores.stats.readsPerSample).toBeCloseTo(keys / report.rows)
    expect(report.stores.stats.callMsP99).toBeGreaterThanOrEqual(report.stores.stats.callMsP50)
  })

  it.each([
    ['slice-sealed', 3],
    ['seam-crossed', 1],
  ])('goes on after a kill -9 at %s', async (point, nth) => {
    const job = writeHbaseJob(world, `${point}.json`, masters())
    const env = { HINDCAST_FAULT: `${point}:${nth}:kill` }
    const killed = await runHindcast(['run', job, '--run', join(directory, point)], { env })
    expect(killed.signal).toBe('SIGKILL')
    expect((await run(job, point)).digest).toBe(expected.digest)
  })

  it('waits for a region server that is killed and started again', async () => {
    const job = writeHbaseJob(world, 'restart.json', {
      ...masters(),
      budget: { readsPerSecond: 30, concurrency: 1 },
    })
    const running = spawnHindcast(['run', job, '--run', join(directory, 'restart'), '--json'], {
      deadlineMs: 150_000,
    })
    const [server] = hbase.servers.regionServers
    await waitFor(() => existsSync(join(directory, 'restart/plan.json')), {
      what: 'the run to begin',
      deadlineMs: 60_000,
    })
    await server!.killAndWait()
    server!.start()
    const ended = await running.ended
    if (ended.code !== 0) throw new Error(ended.stderr)
    expect(lastJsonLine<Outcome>(ended).digest).toBe(expected.digest)
  })

  it('finds the cluster by its quorum, and keeps to its budget', async () => {
    const from = {
      ...masters(),
      hbase: { zookeeper: [hbase.servers.zookeeper.address] },
      budget: { readsPerSecond: 200, concurrency: 2 },
    }
    const outcome = await run(writeHbaseJob(world, 'quorum.json', from), 'quorum')
    expect(outcome.digest).toBe(expected.digest)
  })

  describe('whose table may have lost versions', () => {
    it('is refused by the plan, or marks the samples', async () => {
      const poor = await hbase.newTable({ f: { VERSIONS: '1' } })
      await putVersions(await hbase.open(), poor, versions)
      const job = writeHbaseJob(world, 'poor.json', { ...masters(), table: poor })
      const refused = await runHindcast(['plan', job])
      expect(refused.code).toBe(5)
      expect(refused.stderr).toMatch(/keeps one version of a cell/)
      expect(refused.stderr).toMatch(/--allow-unavailable/)
      const marked = await run(job, 'poor', '--allow-unavailable')
      expect(marked.features.stats.unavailable).toBeGreaterThan(5000)
      expect(marked.rows).toBe(expected.rows)
      const { hit = 0, absent = 0, expired = 0, unavailable = 0 } = marked.features.stats
      const all = Object.values(expected.features.stats).reduce((sum, count) => sum + count, 0)
      expect(hit + absent + expired + unavailable).toBe(all)
    })

    it('ends with 5 where a cell came back full and none was old enough', async () => {
      const few = await hbase.newTable({ f: { VERSIONS: '20' } })
      await putVersions(await hbase.open(), few, versions)
      const job = writeHbaseJob(world, 'few.json', { ...masters(), table: few })
      const ended = await runHindcast(['run', job, '--run', join(directory, 'few'), '--json'])
      expect(ended.code).toBe(5)
      expect(ended.stderr).toMatch(/the store may have lost it/)
    })
  })

  it('says which table or family is not there', async () => {
    const none = await runHindcast([
      'plan',
      writeHbaseJob(world, 'none.json', { ...masters(), table: 'no_such' }),
    ])
    expect(none.code).toBe(2)
    expect(none.stderr).toMatch(/no_such/)
    const columns = { n: { cell: 'g:n', type: 'int64' } }
    const family = await runHindcast(['plan', writeHbaseJob(world, 'family.json', { ...masters(), columns })])
    expect(family.code).toBe(2)
    expect(family.stderr).toMatch(/has no family g/)
  })
})
