/** Ranges of objects: what is asked for, what is made good, and what is refused. */
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { S3FileSystem } from '../../../../src/files/s3/s3-files.ts'
import type { ByteSource } from '../../../../src/parquet/index.ts'
import { selfSigned } from '../webhdfs/self-signed.ts'
import { type AskedS3, FakeS3, md5, refuse, xml } from './fake-s3.ts'
import { bytesOf, withFakeS3 } from './s3-fixture.ts'

const CONTENT = bytesOf(200_000)

describe('reading from S3', () => {
  const s3 = withFakeS3({ silenceMs: 300, attemptMs: 1000, deadlineMs: 3000 })

  async function opened(): Promise<ByteSource> {
    s3.server.objects.set('k', CONTENT)
    const source = await s3.files.open(await s3.files.stat('/k'))
    s3.server.asked.length = 0
    return source
  }

  const ranges = () =>
    s3.server.asked.filter(({ method }) => method === 'GET').map(each => each.headers.range)

  it('asks for the ranges that are wanted, of the content that was pinned', async () => {
    const source = await opened()
    const got = await Promise.all([source.read(0, 10), source.read(150_000, 50), source.read(12, 5)])
    expect(got.map(each => Buffer.from(each))).toEqual([
      CONTENT.subarray(0, 10),
      CONTENT.subarray(150_000, 150_050),
      CONTENT.subarray(12, 17),
    ])
    expect(ranges()).toEqual(['bytes=0-16', 'bytes=150000-150049'])
    for (const { headers } of s3.server.asked) expect(headers['if-match']).toBe(`"${md5(CONTENT)}"`)
  })

  it('goes on after a cut where it was, and moves nothing twice', async () => {
    const source = await opened()
    let cuts = 2
    s3.server.before = ({ headers }, response) => {
      if (cuts-- <= 0) return false
      const [from, to] = headers.range!.match(/\d+/g)!.map(Number) as [number, number]
      response.writeHead(206, {
        'content-length': to - from + 1,
        'content-range': `bytes ${from}-${to}/${CONTENT.length}`,
      })
      response.write(CONTENT.subarray(from, from + 1000), () => response.destroy())
      return true
    }
    expect(Buffer.compare(await source.read(100, 50_000), CONTENT.subarray(100, 50_100))).toBe(0)
    expect(ranges()).toEqual(['bytes=100-50099', 'bytes=1100-50099', 'bytes=2100-50099'])
    expect(s3.files.counters).toMatchObject({ bytes: 50_000, requests: 3, failures: 2 })
  })

  it.each<readonly [string, (response: ServerResponse, asked: AskedS3) => void]>([
    ['is busy', response => refuse(response, 503, 'SlowDown')],
    ['fails with a web page', response => void response.writeHead(502).end('<html>')],
    ['says nothing', () => undefined],
    [
      'falls silent',
      (response, { headers }) => {
        const range = headers.range!.replace('=', ' ')
        response.writeHead(206, { 'content-range': `${range}/${CONTENT.length}` }).flushHeaders()
      },
    ],
    ['closes the connection', response => void response.destroy()],
  ])('asks again where the server %s', async (_, answer) => {
    const source = await opened()
    let left = 1
    s3.server.before = (asked, response) => {
      if (left-- <= 0) return false
      answer(response, asked)
      return true
    }
    expect(Buffer.from(await source.read(0, 20))).toEqual(CONTENT.subarray(0, 20))
    s3.server.before = (asked, response) => {
      answer(response, asked)
      return true
    }
    const startedAt = performance.now()
    await expect(source.read(7, 13)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(/s3:\/\/bucket\/k, bytes 7 to 20, tried \d+ times/),
    })
    expect(performance.now() - startedAt).toBeLessThan(6000)
  })

  it.each([
    ['another range', 'bytes 1-20/200000', 'reply-invalid'],
    ['no range', undefined, 'reply-invalid'],
    ['a range of a longer object', 'bytes 0-19/200001', 'file-changed'],
  ])('refuses %s', async (_, range, code) => {
    const source = await opened()
    s3.server.before = ({ method }, response) => {
      if (method !== 'GET') return false
      response.writeHead(
        range === undefined ? 200 : 206,
        range === undefined ? {} : { 'content-range': range },
      )
      response.end(CONTENT.subarray(0, 20))
      return true
    }
    await expect(source.read(0, 20)).rejects.toMatchObject({ code, where: { uri: 's3://bucket/k' } })
  })

  it('takes no bytes of other content from a server that does not know If-Match', async () => {
    const source = await opened()
    s3.server.before = ({ method, headers }) => {
      if (method === 'GET') delete headers['if-match']
      return false
    }
    s3.server.objects.set('k', bytesOf(200_000, 1))
    await expect(source.read(0, 20)).rejects.toMatchObject({
      code: 'file-changed',
      message: expect.stringContaining('replaced'),
    })
  })

  it('ends what is under way when it is closed', async () => {
    const source = await opened()
    const asked = Promise.withResolvers<void>()
    s3.server.before = () => {
      asked.resolve()
      return true
    }
    const reading = source.read(0, 20)
    const outcome = expect(reading).rejects.toMatchObject({ code: 'interrupted' })
    await asked.promise
    await s3.files.close()
    await outcome
  })

  it('shows no secret whatever the server says', async () => {
    s3.server.before = ({ headers }, response) => {
      xml(
        response,
        403,
        `<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><AWSAccessKeyId>AKIAHUNTER2</AWSAccessKeyId><StringToSign>${headers.authorization}</StringToSign></Error>`,
      )
      return true
    }
    const error = await s3.files.list(['/k/*']).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: 'access-denied' })
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toMatch(/hunter2/i)
    expect((error as Error).cause).toBeUndefined()
  })

  it('over TLS trusts the certificates that it is given, and no others', async () => {
    const tls = selfSigned()
    await using server = await FakeS3.start(tls)
    server.objects.set('k', CONTENT)
    const open = (ca: string | undefined) => {
      const { endpoint } = server
      return new S3FileSystem({ bucket: 'bucket', endpoint, ...(ca === undefined ? {} : { ca }) })
    }
    const trusting = open(tls.cert)
    expect(await trusting.stat('/k')).toMatchObject({ bytes: CONTENT.length })
    await trusting.close()
    for (const ca of [undefined, selfSigned().cert]) {
      const other = open(ca)
      await expect(other.stat('/k')).rejects.toMatchObject({ code: 'access-denied' })
      await other.close()
    }
  })
})
