/**
 * The main job while replies of HDFS are cut, hang, drip, lie about their length, come from gateways or have bytes
 * turned over: the digest of the undisturbed run, or an error that names the file.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fault, type FaultPlan, FaultProxy } from '../../harness/fault-proxy.ts'
import { type Ended, makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { withHdfs } from '../webhdfs/hdfs-fixture.ts'
import { ProxiedHdfs } from '../webhdfs/proxied-hdfs.ts'
import { finished, reportOf, runJob } from './hdfs-jobs.ts'
import { makeHistory, upload, uriIn, writeJob } from './hdfs-world.ts'

/** Most of what is waited for here is a silence of a server. */
const AT_ONCE = 3
/** More memory than the undisturbed run may a disturbed one take, bytes. */
const MORE_BYTES = 2 ** 28
const isThere = needStack()

interface Disturbance {
  readonly name: string
  readonly of: 'DataNodes' | 'NameNode'
  readonly plan: FaultPlan
  /** What cannot be made good may end in this instead of the digest. */
  readonly orCode?: string
}

const every =
  (nth: number, fault: Fault): FaultPlan =>
  connection =>
    connection % nth === 1 ? fault : null
const first =
  (count: number, fault: Fault): FaultPlan =>
  connection =>
    connection < count ? fault : null
const answer = (status: string): Fault => ({
  kind: 'answer',
  text: `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>`,
})
const length = (bytes: number): Fault => ({
  kind: 'edit',
  from: /content-length: \d+/i,
  to: `content-length: ${bytes}`,
})

const DISTURBANCES: readonly Disturbance[] = [
  { name: 'hang', of: 'DataNodes', plan: first(2, { kind: 'hang', at: 9000 }) },
  { name: 'drip', of: 'DataNodes', plan: first(2, { kind: 'drip', at: 9000, everyMs: 50 }) },
  { name: 'are cut in the middle', of: 'DataNodes', plan: every(3, { kind: 'cut', at: 70_000 }) },
  { name: 'are cut in the head', of: 'DataNodes', plan: every(3, { kind: 'cut', at: 60 }) },
  { name: 'promise more than they have', of: 'DataNodes', plan: every(7, length(9_999_999)) },
  { name: 'promise less than they have', of: 'DataNodes', plan: every(7, length(7)) },
  { name: 'are those of a gateway', of: 'DataNodes', plan: every(3, answer('503 Service Unavailable')) },
  {
    name: 'have a byte turned over',
    of: 'DataNodes',
    plan: every(5, { kind: 'flip', at: 20_000 }),
    orCode: 'file-corrupt',
  },
  { name: 'hang', of: 'NameNode', plan: first(2, { kind: 'hang', at: 100 }) },
  { name: 'are cut', of: 'NameNode', plan: every(2, { kind: 'cut', at: 2500 }) },
  { name: 'are those of a gateway', of: 'NameNode', plan: every(2, answer('502 Bad Gateway')) },
]

describe('the main job', () => {
  const hdfs = withHdfs()
  const directory = makeTempDirectory()
  const at = (name: string): string => join(directory, name)
  const endings = new Map<Disturbance, Promise<Ended>>()
  let digest: string
  let peakBytes: number

  beforeAll(async () => {
    if (!isThere) return
    await upload(hdfs.open(), await makeHistory(directory), '/data')
    digest = finished(await runOver('undisturbed', hdfs.cluster.nameNode.http)).digest
    peakBytes = reportOf(at('undisturbed')).peakRssBytes
    startAll()
  })
  afterAll(async () => {
    await Promise.allSettled(endings.values())
    removeTempDirectory(directory)
  })

  /** Pages have checksums, and lines of text have none: what is turned over in those cannot be seen. */
  function runOver(run: string, http: string): Promise<Ended> {
    const data = uriIn(hdfs.cluster, '/data', http)
    const job = writeJob(
      at(`${run}.json`),
      { data, files: ['events/*.parquet'] },
      { user: hdfs.cluster.user },
    )
    return runJob(job, at(run))
  }

  /** A few at a time, in their order. */
  function startAll(): void {
    const lines: Promise<unknown>[] = Array.from({ length: AT_ONCE }, async () => undefined)
    for (const [i, disturbance] of DISTURBANCES.entries()) {
      const ending = lines[i % AT_ONCE]!.then(() => disturbed(disturbance))
      lines[i % AT_ONCE] = ending.catch(() => undefined)
      endings.set(disturbance, ending)
    }
  }

  async function disturbed(disturbance: Disturbance): Promise<Ended> {
    if (disturbance.of === 'DataNodes') {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      // counted over both: which of them is read is up to the NameNode
      let connections = 0
      for (const proxy of proxied.dataNodes) proxy.plan = () => disturbance.plan(connections++)
      const ended = await runOver(runOf(disturbance), proxied.http)
      expect(connections).toBeGreaterThan(1)
      return ended
    }
    const { hostname: host, port } = new URL(hdfs.cluster.nameNode.http)
    await using proxy = await FaultProxy.start({ host, port: Number(port) })
    proxy.plan = disturbance.plan
    const ended = await runOver(runOf(disturbance), `http://127.0.0.1:${proxy.port}`)
    expect(proxy.connections).toBeGreaterThan(1)
    return ended
  }

  it.each(DISTURBANCES)('whose replies of the $of $name', async disturbance => {
    const ended = await endings.get(disturbance)!
    const { orCode } = disturbance
    if (orCode !== undefined && ended.code === 3) {
      expect(ended.stderr).toContain(orCode)
      expect(ended.stderr).toMatch(/webhdfs:\/\/\S+\/data\/(events\/part-\d|versions)\.parquet/)
      expect(ended.stderr).not.toContain('user.name')
      return
    }
    expect(finished(ended).digest).toBe(digest)
    expect(reportOf(at(runOf(disturbance))).peakRssBytes).toBeLessThan(peakBytes + MORE_BYTES)
  })
})

function runOf({ of, name }: Disturbance): string {
  return `${of}-${name}`.replaceAll(' ', '-')
}
