/**
 * The main job with real HDFS on both ends: the digest of local files, and a copy that is the run byte for byte, also
 * after kills in the middle of publishing; other runs' copies are left alone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import {
  killAt,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { withHdfs } from '../webhdfs/hdfs-fixture.ts'
import { ProxiedHdfs } from '../webhdfs/proxied-hdfs.ts'
import { filesHere, filesThere, finished, reportOf, runJob, samplePages } from './hdfs-jobs.ts'
import { EVENTS, makeHistory, upload, uriIn, writeJob } from './hdfs-world.ts'

/** While slices are copied, and when all but the report is there. */
const KILLS = [
  ['manifest-appended', 2],
  ['report-written', 1],
  ...(isSoak()
    ? ([
        ['slice-sealed', 9],
        ['checkpoint-written', 4],
      ] as const)
    : []),
] as const

const isThere = needStack()

describe('the main job on HDFS', () => {
  const hdfs = withHdfs()
  const directory = makeTempDirectory()
  const at = (name: string): string => join(directory, name)
  let data: string
  let digest: string

  beforeAll(async () => {
    if (!isThere) return
    data = await makeHistory(directory)
    await upload(hdfs.open(), data, '/data')
    digest = finished(await runJob(writeJob(at('local.json'), { data }, {}), at('local'))).digest
  })
  afterAll(() => removeTempDirectory(directory))

  /** A job that reads from HDFS and publishes to a folder of it, through the NameNode or what stands before it. */
  function jobTo(name: string, http = hdfs.cluster.nameNode.http): string {
    const [from, output] = [uriIn(hdfs.cluster, '/data', http), uriIn(hdfs.cluster, `/runs/${name}`, http)]
    return writeJob(at(`${name}.json`), { data: from, output }, { user: hdfs.cluster.user })
  }

  async function expectCopy(name: string): Promise<void> {
    const here = filesHere(at(name))
    expect(here.size).toBeGreaterThan(40)
    expect(await filesThere(hdfs.open(), `/runs/${name}`)).toEqual(here)
    const copy = uriIn(hdfs.cluster, `/runs/${name}`)
    const verified = await runHindcast(['verify', copy, '--user', hdfs.cluster.user, '--json'])
    expect(lastJsonLine(verified)).toMatchObject({ equal: true, rows: EVENTS, digest })
  }

  it('gives the digest of local files, and a copy in HDFS that is the run', async () => {
    const outcome = finished(await runJob(jobTo('both'), at('both')))
    expect(outcome).toMatchObject({ digest, rows: EVENTS, quarantined: 0 })
    await expectCopy('both')
    const [local, remote] = [reportOf(at('local')), reportOf(at('both'))]
    expect(remote.historyBytes).toBe(local.historyBytes)
    expect(remote.peakRssBytes).toBeLessThan(local.peakRssBytes + 2 ** 28)
  })

  it('has samples that are those of the local run byte for byte, but for the plan that their footers name', () => {
    const local = samplePages(at('local'))
    expect(local.size).toBe(40)
    expect(samplePages(at('both'))).toEqual(local)
  })

  it.each(KILLS)('killed at %s:%i, it goes on and ends with the same copy', async (point, nth) => {
    const [name, env] = [`killed-${point}`, killAt(point, nth)]
    const killed = await runJob(jobTo(name), at(name), { env })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const again = await runJob(jobTo(name), at(name))
    // killed behind the report there is nothing left to do but to copy it
    expect(again.code, again.stderr).toBe(point === 'report-written' ? 99 : 0)
    await expectCopy(name)
  })

  it('killed while files are on their way, it goes on; what was cut does not count as output', async () => {
    const name = 'killed-writing'
    await using proxied = await ProxiedHdfs.start(hdfs.cluster)
    const job = jobTo(name, proxied.http)
    const creates = () => proxied.asked.filter(query => query.get('op') === 'CREATE').length
    for (const more of isSoak() ? [1, 5, 9, 15] : [3, 14]) {
      const child = spawnHindcast(['run', job, '--run', at(name)], { deadlineMs: 120_000 })
      const from = creates() + more
      await waitFor(() => creates() >= from, { what: `${more} files to be written`, deadlineMs: 90_000 })
      // DataNodes take the bytes and are not heard of again: no file gets its name
      for (const proxy of proxied.dataNodes) proxy.plan = () => ({ kind: 'hang', at: 0 })
      await waitFor(() => creates() > from, { what: 'one more', deadlineMs: 90_000 })
      child.kill('SIGKILL')
      await child.ended
      for (const proxy of proxied.dataNodes) proxy.plan = () => null
    }
    expect(finished(await runJob(job, at(name))).digest).toBe(digest)
    await expectCopy(name)
    const { skipped } = await hdfs.open().list([`/runs/${name}`])
    expect(skipped.hidden).toBeGreaterThan(0)
  })

  it("refuses to publish over another run's copy, and leaves it as it is", async () => {
    const before = await filesThere(hdfs.open(), '/runs/both')
    const output = uriIn(hdfs.cluster, '/runs/both')
    const job = writeJob(
      at('other.json'),
      { data, output, files: ['events/part-0.parquet'] },
      { user: hdfs.cluster.user },
    )
    const ended = await runJob(job, at('other'))
    expect(ended.code, ended.stderr).toBe(2)
    expect(ended.stderr).toContain('run-mismatch')
    expect(ended.stderr).toContain(output)
    expect(await filesThere(hdfs.open(), '/runs/both')).toEqual(before)
  })

  it('a copy that was damaged is told by verify, with the file', async () => {
    const [sample] = [...filesHere(at('both')).keys()].filter(name => name.startsWith('samples/'))
    const bytes = readFileSync(join(at('both'), sample!))
    bytes[200]! ^= 0xff
    const files = hdfs.open()
    await files.writeFile(`/runs/both/${sample}`, () => oneChunk(bytes), { overwrite: true })
    const copy = uriIn(hdfs.cluster, '/runs/both')
    const ended = await runHindcast(['verify', copy, '--user', hdfs.cluster.user])
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('digest-mismatch')
    expect(ended.stderr).toContain(sample!)
  })
})

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
