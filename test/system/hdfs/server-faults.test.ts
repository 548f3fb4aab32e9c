/**
 * The main job while the servers of HDFS die, stop and start again: the digest of the undisturbed run, progress within
 * 30 s of healing, memory as before. The last two damage blocks on disk, after which the file system is not whole.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import {
  type Child,
  makeTempDirectory,
  removeTempDirectory,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { faultAt, untilStopped } from '../run/faults.ts'
import { withHdfs } from '../webhdfs/hdfs-fixture.ts'
import { ProxiedHdfs } from '../webhdfs/proxied-hdfs.ts'
import { filesHere, filesThere, finished, reportOf, runJob } from './hdfs-jobs.ts'
import { makeHistory, upload, uriIn, writeJob } from './hdfs-world.ts'

/** How long a server is stopped. */
const STOPPED_MS = (isSoak() ? 40 : 12) * 1000
/** From the moment that HDFS is well to the next slice. */
const HEALED_MS = 30_000
const RUN_MS = 220_000
/** More memory than the undisturbed run may a disturbed one take, bytes. */
const MORE_BYTES = 2 ** 28

const isThere = needStack()

describe('the main job', () => {
  const hdfs = withHdfs()
  const directory = makeTempDirectory()
  const at = (name: string): string => join(directory, name)
  let digest: string
  let peakBytes: number

  beforeAll(async () => {
    if (!isThere) return
    await upload(hdfs.open(), await makeHistory(directory), '/data')
    digest = finished(await runJob(jobOf('undisturbed'), at('undisturbed'))).digest
    peakBytes = reportOf(at('undisturbed')).peakRssBytes
  })
  afterAll(() => removeTempDirectory(directory))

  function jobOf(name: string, places: { readonly http?: string; readonly output?: string } = {}): string {
    const { http, output = 'out' } = places
    const data = uriIn(hdfs.cluster, '/data', http)
    const job = { data, output, files: ['events/*.parquet'] }
    return writeJob(at(`${name}.json`), job, { user: hdfs.cluster.user })
  }

  /** Starts a run that stops itself at the nth pass of a fault point, and waits until it has. */
  async function stoppedAt(point: string, nth: number, name: string, job = jobOf(name)): Promise<Child> {
    const env = faultAt(point, nth, 'stop')
    const child = spawnHindcast(['run', job, '--run', at(name), '--json'], { env, deadlineMs: RUN_MS })
    await untilStopped(child)
    return child
  }

  async function expectUndisturbed(child: Child, name: string): Promise<void> {
    expect(finished(await child.ended).digest).toBe(digest)
    expect(reportOf(at(name)).peakRssBytes).toBeLessThan(peakBytes + MORE_BYTES)
  }

  /** Waits until a slice more is committed, or the run is over. */
  async function untilGoingOn(child: Child, name: string): Promise<void> {
    const before = slicesOf(at(name))
    const what = `${name} to go on`
    await waitFor(() => !child.isRunning || slicesOf(at(name)) > before, { what, deadlineMs: HEALED_MS })
  }

  it('goes on without a DataNode that is killed while it reads', async () => {
    await using proxied = await ProxiedHdfs.start(hdfs.cluster)
    const connections = () => proxied.dataNodes.reduce((sum, proxy) => sum + proxy.connections, 0)
    const [first] = hdfs.cluster.dataNodes
    const child = await stoppedAt('manifest-appended', 1, 'killed', jobOf('killed', { http: proxied.http }))
    const before = connections()
    await first!.killAndWait()
    child.kill('SIGCONT')
    await untilGoingOn(child, 'killed')
    await expectUndisturbed(child, 'killed')
    expect(connections()).toBeGreaterThan(before)
    first!.start()
    await hdfs.cluster.waitReady()
  })

  it(`goes on without a DataNode that is stopped for ${STOPPED_MS / 1000} s`, async () => {
    const second = hdfs.cluster.dataNodes[1]!
    const child = await stoppedAt('manifest-appended', 1, 'stopped')
    second.kill('SIGSTOP')
    const until = performance.now() + STOPPED_MS
    try {
      child.kill('SIGCONT')
      await untilGoingOn(child, 'stopped')
      await waitFor(() => performance.now() > until, { what: 'its time', deadlineMs: 2 * STOPPED_MS })
    } finally {
      second.kill('SIGCONT')
    }
    await expectUndisturbed(child, 'stopped')
  })

  it(`waits while both DataNodes are stopped for ${STOPPED_MS / 1000} s, and goes on when they do`, async () => {
    const child = await stoppedAt('run-started', 1, 'both')
    for (const node of hdfs.cluster.dataNodes) node.kill('SIGSTOP')
    const until = performance.now() + STOPPED_MS
    try {
      child.kill('SIGCONT')
      await waitFor(() => performance.now() > until, { what: 'their time', deadlineMs: 2 * STOPPED_MS })
      expect(child.isRunning, child.describe()).toBe(true)
      expect(slicesOf(at('both'))).toBe(0)
    } finally {
      for (const node of hdfs.cluster.dataNodes) node.kill('SIGCONT')
    }
    await untilGoingOn(child, 'both')
    await expectUndisturbed(child, 'both')
  })

  it('waits while the NameNode is started again', async () => {
    const { nameNode } = hdfs.cluster
    const child = await stoppedAt('run-started', 1, 'restarted')
    await nameNode.killAndWait()
    child.kill('SIGCONT')
    nameNode.start()
    await hdfs.cluster.waitReady()
    await untilGoingOn(child, 'restarted')
    await expectUndisturbed(child, 'restarted')
  })

  it('reads on in safe mode, and publishes when it is over', async () => {
    const job = jobOf('safe', { output: uriIn(hdfs.cluster, '/runs/safe') })
    const child = await stoppedAt('manifest-appended', 2, 'safe', job)
    const slices = slicesOf(at('undisturbed'))
    await hdfs.cluster.safeMode(true)
    try {
      child.kill('SIGCONT')
      const what = 'all slices to be written here'
      await waitFor(() => slicesOf(at('safe')) === slices, { what, deadlineMs: 60_000 })
      expect(child.isRunning, child.describe()).toBe(true)
    } finally {
      await hdfs.cluster.safeMode(false)
    }
    const healed = performance.now()
    await expectUndisturbed(child, 'safe')
    expect(performance.now() - healed).toBeLessThan(HEALED_MS)
    expect(await filesThere(hdfs.open(), '/runs/safe')).toEqual(filesHere(at('safe')))
  })

  it('reads a block that is damaged on one disk from the other', async () => {
    const block = await blockOf('/data/events/part-2.parquet', 1)
    turnOver(blockFile(hdfs.cluster.dataNodes[0]!.dataFolder, block))
    expect(finished(await runJob(jobOf('one-damaged'), at('one-damaged'))).digest).toBe(digest)
  })

  it('ends with file and range where a block is damaged on both, and goes on when the file is whole again', async () => {
    const path = '/data/events/part-4.parquet'
    const before = await filesThere(hdfs.open(), '/data/events')
    const block = await blockOf(path, 0)
    const copies = hdfs.cluster.dataNodes.map(({ dataFolder }) => blockFile(dataFolder, block))
    for (const copy of copies) turnOver(copy)
    const started = performance.now()
    const ended = await runJob(jobOf('both-damaged'), at('both-damaged'))
    expect(ended.stderr).toMatch(/file-corrupt|remote-failed/)
    expect([3, 75], ended.stderr).toContain(ended.code)
    expect(ended.stderr).toContain('part-4.parquet')
    expect(ended.stderr).toMatch(/bytes \d+ to \d+/)
    expect(performance.now() - started).toBeLessThan(120_000)
    for (const copy of copies) turnOver(copy)
    await waitFor(async () => (await filesThere(hdfs.open(), '/data/events')).size === before.size, {
      what: 'the blocks to be read again',
      deadlineMs: 60_000,
    })
    expect(finished(await runJob(jobOf('both-damaged'), at('both-damaged'))).digest).toBe(digest)
  })

  /** Name of a block of a file. */
  async function blockOf(path: string, index: number): Promise<string> {
    const { nameNode, user } = hdfs.cluster
    const reply = await fetch(
      `${nameNode.http}/webhdfs/v1${path}?op=GET_BLOCK_LOCATIONS&offset=0&length=999999999&user.name=${user}`,
    )
    const { LocatedBlocks } = (await reply.json()) as {
      LocatedBlocks: { locatedBlocks: { block: { blockId: number } }[] }
    }
    return `blk_${LocatedBlocks.locatedBlocks[index]!.block.blockId}`
  }
})

/** Slices that a run has committed. */
function slicesOf(run: string): number {
  const path = join(run, 'manifest.json')
  if (!existsSync(path)) return 0
  return Math.max(0, readFileSync(path, 'utf8').split('\n').length - 2)
}

function blockFile(folder: string, name: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const entry = entries.find(each => each.isFile() && each.name === name)
  if (entry === undefined) throw new Error(`${folder} has no ${name}`)
  return join(entry.parentPath, entry.name)
}

/** Turns over the bits of a byte in the middle; again, and the file is as it was. */
function turnOver(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 0xff
  writeFileSync(path, bytes)
}
