/**
 * Which files of HDFS a job means, and whether they are still what was planned: names that are hard on URLs, what Hive
 * and Spark leave behind, files that change between plan and run, thousands of small ones.
 */
import { copyFileSync, createReadStream, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { measure } from '../../../bench/harness/measure.ts'
import { isSoak } from '../../../scripts/test/tiers.ts'
import type { Plan } from '../../../src/plan/index.ts'
import {
  type Ended,
  HINDCAST,
  lastJsonLine,
  makeTempDirectory,
  readJsonFile,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
} from '../../harness/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { faultAt, untilStopped } from '../run/faults.ts'
import { copyToParquet } from '../run/world.ts'
import { withHdfs } from '../webhdfs/hdfs-fixture.ts'
import { finished, runJob } from './hdfs-jobs.ts'
import { upload, uriIn } from './hdfs-world.ts'
import { OpenWriter } from './open-writer.ts'

const MANY = isSoak() ? 100_000 : 5000
const FOLDER_FILES = 500
/** What a plan of many files may take in memory: what Node takes, and for each file its description and its JSON. */
const BASE_BYTES = 2 ** 28
const MANY_BYTES_EACH = 20_000
const PLAN_MS = isSoak() ? 1_200_000 : 180_000
const COLUMNS = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT'}`

/** Names of data, and of what is none. */
const DATA = [
  'dt=2026-01-01/with space.parquet',
  'dt=2026-01-01/50%.parquet',
  'dt=2026-01-01/%2F?a=b&c#d.parquet',
  'dt=2026-01-02/[x]{y}*.parquet',
  'dt=2026-01-02/漢字🎉 é.parquet',
  'dt=2026-01-02/lines.jsonl',
  'dt=2026-01-03/_k=1/kept.parquet',
]
const HIDDEN = [
  '_SUCCESS',
  '_temporary/0/task/part.parquet',
  '.hive-staging_1/part.parquet',
  'dt=2026-01-02/.part.crc',
]
const EMPTY = ['dt=2026-01-03/empty.parquet', 'dt=2026-01-01/empty.jsonl']

const isThere = needStack()

describe('files in HDFS', () => {
  const hdfs = withHdfs()
  const directory = makeTempDirectory()
  const at = (name: string): string => join(directory, name)

  beforeAll(async () => {
    if (!isThere) return
    mkdirSync(at('odd'))
    for (const [i, name] of DATA.entries()) await makeFile(`odd/${name}`, 500, i)
    for (const name of HIDDEN) await makeFile(`odd/${name}`, 100, 50)
    for (const name of EMPTY) writeFileSync(at(`odd/${name}`), '')
    for (const i of [0, 1, 2]) await makeFile(`plain/f${i}.parquet`, 5000, i)
    await makeFile('aside/other.parquet', 5000, 3)
    for (const folder of ['odd', 'plain', 'aside']) await upload(hdfs.open(), at(folder), `/${folder}`)
  })
  afterAll(() => removeTempDirectory(directory))

  async function makeFile(name: string, rows: number, seed: number): Promise<void> {
    const first = seed * 1_000_000
    const events = Array.from({ length: rows }, (_, i) => ({
      id: first + i,
      k: `k${i % 7}`,
      t: Date.UTC(2026, 0, 1) + ((i * 7919 + seed) % rows) * 1000,
    }))
    mkdirSync(dirname(at(name)), { recursive: true })
    if (name.endsWith('.jsonl'))
      return writeFileSync(at(name), events.map(event => `${JSON.stringify(event)}\n`).join(''))
    await copyToParquet(directory, 'made', events, COLUMNS, 2048)
    copyFileSync(at('made.parquet'), at(name))
  }

  function jobOver(name: string, files: string): string {
    const history = { files, ...(files.startsWith('/') ? {} : { user: hdfs.cluster.user }) }
    const events = { key: ['k'], time: { column: 't', unit: 'ms' }, partitions: 2, history }
    const job = {
      name: 'files',
      streams: { events },
      output: { directory: 'out', slice: '1h' },
      limits: { lanes: 2 },
    }
    writeFileSync(at(`${name}.json`), JSON.stringify(job))
    return at(`${name}.json`)
  }

  it('with hard names and what writers leave behind are those of a local folder, counted in the plan', async () => {
    const local = jobOver('odd-local', at('odd'))
    const remote = jobOver('odd-remote', uriIn(hdfs.cluster, '/odd'))
    const plans = await Promise.all([local, remote].map(job => runHindcast(['plan', job, '--json'])))
    const [here, there] = plans.map(ended => lastJsonLine<Plan>(ended))
    const names = (plan: Plan) => plan.streams[0]!.files.map(({ path }) => path.replace(/^.*?\/odd\//, ''))
    expect(names(there!)).toEqual(DATA.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    expect(names(there!)).toEqual(names(here!))
    expect(there!.streams[0]!.files.map(({ hive }) => hive)).toEqual(
      here!.streams[0]!.files.map(({ hive }) => hive),
    )
    expect(there!.notes.map(({ text }) => text)).toContain(
      'files left out: 4 hidden (name begins with _ or .), 2 of zero bytes',
    )
    expect(there!.notes).toEqual(here!.notes)
    const digests = await Promise.all(
      [local, remote].map(async job => finished(await runJob(job, `${job}.run`))),
    )
    expect(digests[1]).toMatchObject({ digest: digests[0]!.digest, rows: 500 * DATA.length })
  })

  describe('that change between plan and run', () => {
    const last = '/plain/f2.parquet'
    let digest: string

    beforeAll(async () => {
      if (isThere)
        digest = finished(await runJob(jobOver('plain', uriIn(hdfs.cluster, '/plain')), at('base'))).digest
    })

    /** Plans, has something change, runs the plan, and puts the file back. */
    async function changed(name: string, change: () => Promise<unknown>): Promise<Ended> {
      const plan = at(`${name}.plan`)
      const planned = await runHindcast(['plan', jobOver(name, uriIn(hdfs.cluster, '/plain')), '--out', plan])
      expect(planned.code, planned.stderr).toBe(0)
      await change()
      const ended = await runHindcast(['run', '--plan', plan, '--run', at(name)])
      await putBack()
      return ended
    }

    async function putBack(): Promise<void> {
      const content = () => createReadStream(at(last.slice(1)))
      await hdfs.open().writeFile(last, content, { overwrite: true })
    }

    function expectTold(ended: Ended, code: string, what: RegExp): void {
      expect(ended.code, ended.stderr).toBe(3)
      expect(ended.stderr).toContain(code)
      expect(ended.stderr).toContain(uriIn(hdfs.cluster, last))
      expect(ended.stderr).toMatch(what)
    }

    it('replaced: file-changed', async () => {
      const files = hdfs.open()
      const ended = await changed('replaced', () =>
        files.rename('/aside/other.parquet', last, { overwrite: true }),
      )
      expectTold(ended, 'file-changed', /replaced/)
    })

    it('replaced by one with the same bytes: file-changed too, as it cannot be told without reading', async () => {
      const ended = await changed('rewritten', putBack)
      expectTold(ended, 'file-changed', /replaced/)
    })

    it('appended to: file-changed', async () => {
      const ended = await changed('appended', async () => {
        await using _ = await OpenWriter.open(hdfs.cluster, 'APPEND', last)
      })
      expectTold(ended, 'file-changed', /bytes|longer|written/)
    })

    it('deleted: file-changed', async () => {
      expectTold(await changed('deleted', () => hdfs.open().remove(last)), 'file-changed', /deleted/)
    })

    it('still open for writing: file-unfinished, of the run and of the plan', async () => {
      let writer: OpenWriter | null = null
      const plan = at('open.plan')
      const job = jobOver('open', uriIn(hdfs.cluster, '/plain'))
      expect((await runHindcast(['plan', job, '--out', plan])).code).toBe(0)
      try {
        writer = await OpenWriter.open(hdfs.cluster, 'APPEND', last)
        expectTold(
          await runHindcast(['run', '--plan', plan, '--run', at('open')]),
          'file-unfinished',
          /open for writing/,
        )
        expectTold(await runHindcast(['plan', job]), 'file-unfinished', /open for writing/)
      } finally {
        await writer?.[Symbol.asyncDispose]()
      }
      await putBack()
    })

    it('replaced while the run goes on: file-changed, and the run ends well with the file as it was', async () => {
      const job = jobOver('under-way', uriIn(hdfs.cluster, '/plain'))
      const env = faultAt('run-started', 1, 'stop')
      const child = spawnHindcast(['run', job, '--run', at('under-way')], { env })
      await untilStopped(child)
      const files = hdfs.open()
      await files.rename(last, '/aside/kept.parquet')
      await files.writeFile(last, oneChunk(Buffer.from('another')))
      child.kill('SIGCONT')
      expectTold(await child.ended, 'file-changed', /replaced/)
      await files.rename('/aside/kept.parquet', last, { overwrite: true })
      expect(finished(await runJob(job, at('under-way'))).digest).toBe(digest)
    })
  })

  it(`of a number of ${MANY} are planned in bounded memory`, async () => {
    const { cluster } = hdfs
    await makeFile('tiny.parquet', 20, 9)
    for (let folder = 0; folder < MANY / FOLDER_FILES; folder++) {
      mkdirSync(at(`many/${folder}`), { recursive: true })
      // a copy in each folder: file systems bound the links of one file (ext4: 65,000)
      const first = at(`many/${folder}/f0.parquet`)
      copyFileSync(at('tiny.parquet'), first)
      for (let i = 1; i < FOLDER_FILES; i++) linkSync(first, at(`many/${folder}/f${i}.parquet`))
    }
    const put = ['-D', 'dfs.replication=1', '-put', '-t', '32', at('many'), '/']
    await cluster.mustRun('org.apache.hadoop.fs.FsShell', put, { deadlineMs: PLAN_MS })
    const job = jobOver('many', uriIn(cluster, '/many'))
    const args = [HINDCAST, 'plan', job, '--out', at('many.plan')]
    const { code, stderr, seconds, peakBytes } = await measure({ command: process.execPath, args })
    expect(code, stderr).toBe(0)
    console.log(
      `${MANY} files planned in ${seconds.toFixed(1)} s with ${Math.round(peakBytes / 2 ** 20)} MiB`,
    )
    expect(readJsonFile<Plan>(at('many.plan')).streams[0]!.files).toHaveLength(MANY)
    expect(peakBytes).toBeLessThan(BASE_BYTES + MANY * MANY_BYTES_EACH)
  })
})

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
