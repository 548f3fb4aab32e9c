/**
 * What goes wrong between a client and a real server of S3: bytes are right and come once, or an error names object and
 * range; memory stays bounded however long an object is.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { FileStat } from '../../../src/files/index.ts'
import type { S3FileSystem } from '../../../src/files/s3/s3-files.ts'
import { LIMITS } from '../../../src/limits.ts'
import { collectGarbage } from '../../harness/collect-garbage.ts'
import { type Fault, FaultProxy } from '../../harness/fault-proxy.ts'
import { bytesAt, chunksOf } from '../webhdfs/hdfs-fixture.ts'
import { withS3 } from './s3-fixture.ts'

/** Bounds of the client that suit a machine where nothing is far away. */
const QUICK = { silenceMs: 1000, attemptMs: 3000, deadlineMs: 60_000 }
const SIZE = 3_000_000
const CONTENT = bytesAt(0, SIZE, 1)
const HTML = 'HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'
const MEBI = 1024 * 1024

describe('S3 with faults', () => {
  const s3 = withS3()
  let pinned: FileStat

  beforeAll(async () => {
    if (s3.isThere) pinned = await s3.open().writeFile('/data', () => chunksOf(CONTENT))
  })

  async function proxied(): Promise<FaultProxy> {
    const { hostname: host, port } = new URL(s3.server.endpoint)
    return FaultProxy.start({ host, port: Number(port) })
  }

  /** A client behind the proxy. */
  function through(proxy: FaultProxy, options = QUICK): S3FileSystem {
    return s3.open({ endpoint: `http://127.0.0.1:${proxy.port}`, ...options })
  }

  /** Reads the object in ranges; whether all bytes are right. */
  async function readsRight(files: S3FileSystem, rangeBytes = 600_000): Promise<boolean> {
    const source = await files.open(pinned)
    const starts = Array.from({ length: Math.ceil(SIZE / rangeBytes) }, (_, i) => i * rangeBytes)
    const ranges = await Promise.all(
      starts.map(async from => {
        const length = Math.min(rangeBytes, SIZE - from)
        return Buffer.compare(await source.read(from, length), CONTENT.subarray(from, from + length)) === 0
      }),
    )
    return ranges.every(isRight => isRight)
  }

  it.each<readonly [string, Fault]>([
    ['cut before the head', { kind: 'cut', at: 0 }],
    ['cut in the head', { kind: 'cut', at: 50 }],
    ['cut after a few bytes', { kind: 'cut', at: 5000 }],
    ['cut late', { kind: 'cut', at: 500_000 }],
    ['hanging from the start', { kind: 'hang', at: 0 }],
    ['hanging in the middle', { kind: 'hang', at: 300_000 }],
    ['dripping', { kind: 'drip', at: 100_000, everyMs: 20 }],
    ['failed by a gateway', { kind: 'answer', text: HTML }],
    ['no HTTP', { kind: 'answer', text: 'SSH-2.0-OpenSSH_9.2\r\n' }],
  ])('replies that are %s are made good', async (_, fault) => {
    await using proxy = await proxied()
    proxy.plan = connection => (connection % 2 === 0 ? fault : null)
    expect(await readsRight(through(proxy))).toBe(true)
    expect(proxy.connections).toBeGreaterThan(1)
  })

  it('after a cut only what is missing is fetched', async () => {
    await using proxy = await proxied()
    const files = through(proxy)
    proxy.plan = () => ({ kind: 'cut', at: 400_000 })
    const source = await files.open(pinned)
    expect(Buffer.compare(await source.read(100, 1_400_000), CONTENT.subarray(100, 1_400_100))).toBe(0)
    expect(files.counters).toMatchObject({ bytes: 1_400_000, failures: 3, requests: 4 })
  })

  it('faults without an end are an error that names object and range', async () => {
    await using proxy = await proxied()
    const files = through(proxy, { ...QUICK, deadlineMs: 3000 })
    proxy.plan = connection => (connection === 0 ? { kind: 'cut', at: 2000 } : { kind: 'answer', text: HTML })
    const source = await files.open(pinned)
    await expect(source.read(1000, 200_000)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(/s3:\/\/samples\/data, bytes 1000 to 201000, tried \d+ times/),
    })
    await expect(files.stat('/data')).rejects.toMatchObject({ code: 'remote-failed' })
  })

  it('goes on when the server is back', async () => {
    const files = s3.open({ deadlineMs: 60_000 })
    const source = await files.open(pinned)
    await s3.server.killAndWait()
    const reading = source.read(0, SIZE)
    s3.server.start()
    expect(Buffer.compare(await reading, CONTENT)).toBe(0)
  })

  it('holds no more than a few parts or ranges in memory', async () => {
    const files = s3.open()
    const length = 192 * MEBI
    const chunk = bytesAt(0, MEBI)
    async function* many(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < length; at += MEBI) yield chunk
    }
    const before = heldBytes()
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, heldBytes() - before)
    }, 20)
    try {
      const written = await files.writeFile('/large', many)
      expect(written.bytes).toBe(length)
      const mostWritten = most
      most = 0
      const source = await files.open(written)
      const into = new Uint8Array(4 * MEBI)
      let isRight = true
      for (let at = 0; at < length; at += into.length) {
        const got = await source.read(at, into.length, into)
        isRight &&= Buffer.compare(got.subarray(MEBI, 2 * MEBI), chunk) === 0
      }
      expect(isRight).toBe(true)
      expect(mostWritten).toBeLessThan(8 * LIMITS.s3PartBytes)
      expect(most).toBeLessThan(8 * LIMITS.s3RangeBytes)
    } finally {
      clearInterval(watch)
      await files.remove('/large')
    }
  }, 120_000)
})

function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
