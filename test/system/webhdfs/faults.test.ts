/**
 * What goes wrong between a client and HDFS, and in HDFS itself: what is read is equal, or an error names file and
 * range. Bytes are compared with those that were written.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FileStat } from '../../../src/files/index.ts'
import type { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import type { Fault } from '../../harness/fault-proxy.ts'
import { BLOCK_BYTES, bytesAt, chunksOf, withHdfs } from './hdfs-fixture.ts'
import { ProxiedHdfs } from './proxied-hdfs.ts'

/** Bounds of the client that suit a machine where nothing is far away. */
const QUICK = { silenceMs: 1000, attemptMs: 2500, deadlineMs: 60_000 }
const SIZE = 3 * BLOCK_BYTES + 4321
const CONTENT = bytesAt(0, SIZE, 1)
const HTML = 'HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'

describe('HDFS with faults', () => {
  const hdfs = withHdfs()
  let pinned: FileStat

  beforeAll(async () => {
    const { path } = await hdfs.open().writeFile('/data', chunksOf(CONTENT))
    pinned = await hdfs.open().stat(path)
  }, 60_000)

  /** Reads the file in ranges of several sizes; whether all bytes are right. */
  async function readsRight(files: WebHdfsFileSystem, rangeBytes = 600_000): Promise<boolean> {
    const source = await files.open(await files.stat('/data'))
    const starts = Array.from({ length: Math.ceil(SIZE / rangeBytes) }, (_, i) => i * rangeBytes)
    const ranges = await Promise.all(
      starts.map(async from => {
        const length = Math.min(rangeBytes, SIZE - from)
        return Buffer.compare(await source.read(from, length), CONTENT.subarray(from, from + length)) === 0
      }),
    )
    return ranges.every(isRight => isRight)
  }

  async function failureOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      () => 'it did not fail',
      error => error,
    )
  }

  describe('on the way', () => {
    const EVERY_OTHER: readonly (readonly [string, Fault])[] = [
      ['cut before the head', { kind: 'cut', at: 0 }],
      ['cut in the head', { kind: 'cut', at: 50 }],
      ['cut after a few bytes', { kind: 'cut', at: 5000 }],
      ['cut late', { kind: 'cut', at: 500_000 }],
      ['hanging from the start', { kind: 'hang', at: 0 }],
      ['hanging in the middle', { kind: 'hang', at: 300_000 }],
      ['dripping', { kind: 'drip', at: 100_000, everyMs: 20 }],
      ['longer by their head', { kind: 'edit', from: /content-length: \d+/i, to: 'content-length: 999999' }],
      ['shorter by their head', { kind: 'edit', from: /content-length: \d+/i, to: 'content-length: 7' }],
      ['failed by a gateway', { kind: 'answer', text: HTML }],
      ['no HTTP', { kind: 'answer', text: 'SSH-2.0-OpenSSH_9.2\r\n' }],
    ]

    it.each(EVERY_OTHER)('replies that are %s are made good', async (_, fault) => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open(QUICK, proxied.http)
      for (const proxy of proxied.dataNodes) proxy.plan = connection => (connection % 2 === 0 ? fault : null)
      expect(await readsRight(files)).toBe(true)
      expect(files.counters.failures).toBeGreaterThan(0)
    })

    it('a DataNode that always fails is left out', async () => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open(QUICK, proxied.http)
      proxied.dataNodes[0]!.plan = () => ({ kind: 'cut', at: 100_000 })
      expect(await readsRight(files, 50_000)).toBe(true)
      const { connections } = proxied.dataNodes[0]!
      const excluded = proxied.asked.map(query => query.get('excludedatanodes')).filter(each => each !== null)
      expect(new Set(excluded)).toEqual(new Set([hdfs.cluster.dataNodes[0]!.xfer]))
      expect(await readsRight(files, 50_000)).toBe(true)
      expect(proxied.dataNodes[0]!.connections).toBe(connections)
    })

    it('after a cut only what is missing is fetched', async () => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open(QUICK, proxied.http)
      for (const proxy of proxied.dataNodes) proxy.plan = n => (n === 0 ? { kind: 'cut', at: 400_000 } : null)
      expect(await readsRight(files, BLOCK_BYTES)).toBe(true)
      expect(files.counters.bytes).toBe(SIZE)
    })

    it.each<readonly [string, Fault, string, RegExp]>([
      ['cuts', { kind: 'cut', at: 20 }, 'remote-failed', /bytes 1000 to 1200, tried \d+ times/],
      [
        'gateways that fail',
        { kind: 'answer', text: HTML },
        'remote-failed',
        /bytes 1000 to 1200, tried \d+ times/,
      ],
      [
        'lengths',
        { kind: 'edit', from: /content-length: \d+/i, to: 'content-length: 7' },
        'file-corrupt',
        /offers 7 bytes/,
      ],
    ])('%s without an end are an error that names file and range', async (_, fault, code, message) => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open({ ...QUICK, deadlineMs: 8000 }, proxied.http)
      const source = await files.open(await files.stat('/data'))
      for (const proxy of proxied.dataNodes) proxy.plan = () => fault
      const error = await failureOf(source.read(1000, 200))
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        where: { uri: source.uri },
      })
      expect((error as Error).message).not.toMatch(/user\.name|namenoderpcaddress/)
      for (const proxy of proxied.dataNodes) proxy.plan = () => null
      expect(await source.read(1000, 200)).toEqual(CONTENT.slice(1000, 1200))
    })

    it('a write that is cut is made again where its bytes can be had again', async () => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open(QUICK, proxied.http)
      for (const proxy of proxied.dataNodes) proxy.plan = n => (n === 0 ? { kind: 'cut', at: 10 } : null)
      expect((await files.writeFile('/again', () => chunksOf(CONTENT))).bytes).toBe(SIZE)
      expect(await failureOf(files.writeFile('/safe/../x', () => chunksOf(CONTENT)))).toMatchObject({
        code: 'job-invalid',
      })
    })

    it('a write that is cut leaves nothing that looks whole', async () => {
      await using proxied = await ProxiedHdfs.start(hdfs.cluster)
      const files = hdfs.open(QUICK, proxied.http)
      for (const proxy of proxied.dataNodes) proxy.plan = () => ({ kind: 'cut', at: 10 })
      const error = await failureOf(files.writeFile('/cut/file', chunksOf(CONTENT)))
      expect(error).toMatchObject({ code: 'remote-failed' })
      await expect(files.stat('/cut/file')).rejects.toMatchObject({ code: 'file-unreadable' })
      for (const proxy of proxied.dataNodes) proxy.plan = () => null
      expect((await files.writeFile('/cut/file', chunksOf(CONTENT))).bytes).toBe(SIZE)
    })
  })

  describe('of its servers', () => {
    it('a DataNode killed, and one stopped, while files are read', async () => {
      const files = hdfs.open({ silenceMs: 2000, attemptMs: 4000 })
      const [first, second] = hdfs.cluster.dataNodes
      const source = await files.open(pinned)
      for (let at = 0, step = 40_000; at < SIZE; at += step) {
        if (at === 10 * step) await first!.killAndWait()
        const length = Math.min(step, SIZE - at)
        expect(Buffer.compare(await source.read(at, length), CONTENT.subarray(at, at + length))).toBe(0)
      }
      first!.start()
      await hdfs.cluster.waitReady()
      second!.kill('SIGSTOP')
      try {
        expect(await readsRight(files, BLOCK_BYTES)).toBe(true)
      } finally {
        second!.kill('SIGCONT')
      }
    })

    it('a NameNode killed and started again', async () => {
      const files = hdfs.open()
      const { nameNode } = hdfs.cluster
      await nameNode.killAndWait()
      const reading = readsRight(files)
      nameNode.start()
      await hdfs.cluster.waitReady()
      const healed = performance.now()
      expect(await reading).toBe(true)
      expect(performance.now() - healed).toBeLessThan(30_000)
    })

    it('safe mode: reads go on, writes wait until it is over', async () => {
      await hdfs.cluster.safeMode(true)
      expect(await readsRight(hdfs.open())).toBe(true)
      const error = await failureOf(hdfs.open({ deadlineMs: 1000 }).writeFile('/safe', chunksOf(CONTENT)))
      expect(error).toMatchObject({ code: 'remote-failed', message: expect.stringContaining('safe mode') })
      const writing = hdfs.open().writeFile('/safe', () => chunksOf(CONTENT))
      await hdfs.cluster.safeMode(false)
      expect((await writing).bytes).toBe(SIZE)
    })

    it('a block damaged on one disk is read from the other; on both it is an error that says where', async () => {
      const files = hdfs.open({ ...QUICK, deadlineMs: 8000 })
      const content = bytesAt(0, 2 * BLOCK_BYTES, 2)
      const source = await files.open(await files.writeFile('/damaged', chunksOf(content)))
      const copies = hdfs.cluster.dataNodes.map(({ dataFolder }) =>
        blockFile(dataFolder, content.subarray(0, 100)),
      )
      turnOver(copies[0]!, 600_000)
      expect(Buffer.compare(await source.read(0, content.length), content)).toBe(0)
      turnOver(copies[1]!, 600_000)
      const bad = await failureOf(source.read(500_000, 200_000))
      expect(bad).toMatchObject({
        code: expect.stringMatching(/^(file-corrupt|remote-failed)$/),
        message: expect.stringContaining('bytes 500000 to 700000'),
        where: { uri: source.uri },
      })
      // what lies in other blocks is as good as before
      const rest = await source.read(BLOCK_BYTES, BLOCK_BYTES)
      expect(Buffer.compare(rest, content.subarray(BLOCK_BYTES))).toBe(0)
    })
  })
})

/** The file of a DataNode that holds the block which begins with these bytes. */
function blockFile(folder: string, beginning: Uint8Array): string {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !entry.name.startsWith('blk_') || entry.name.endsWith('.meta')) continue
    if (Buffer.compare(readFileSync(path).subarray(0, beginning.length), beginning) === 0) return path
  }
  throw new Error(`no block in ${folder} begins like that`)
}

function turnOver(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 0xff
  writeFileSync(path, bytes)
}
