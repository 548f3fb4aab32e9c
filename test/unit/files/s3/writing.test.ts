/** Objects appear whole or not at all, also where answers are lost; conditions are part of the write itself. */
import { describe, expect, it } from 'vitest'
import { md5, refuse } from './fake-s3.ts'
import { bytesOf, chunksOf, withFakeS3 } from './s3-fixture.ts'

const PART = 10_000
const SMALL = bytesOf(5000)
const LARGE = bytesOf(3 * PART + 7)

describe('writing to S3', () => {
  const s3 = withFakeS3({ partBytes: PART })

  const write = (content: Uint8Array, overwrite?: boolean) =>
    s3.files.writeFile('/k', () => chunksOf(content), overwrite === undefined ? {} : { overwrite })

  const calls = () =>
    s3.server.asked.map(({ method, query }) =>
      [method, query.get('partNumber')].filter(each => each).join(' '),
    )

  it('takes one request for what fits into a part, and parts for more', async () => {
    expect(await write(SMALL)).toMatchObject({
      path: 's3://bucket/k',
      bytes: 5000,
      fileId: `"${md5(SMALL)}"`,
    })
    expect(calls()).toEqual(['HEAD', 'PUT', 'HEAD'])
    s3.server.asked.length = 0
    await write(LARGE, true)
    expect(s3.server.objects.get('k')).toEqual(LARGE)
    expect(calls()).toEqual(['POST', 'PUT 1', 'PUT 2', 'PUT 3', 'PUT 4', 'POST', 'HEAD'])
  })

  it.each([
    ['one request', SMALL],
    ['parts', LARGE],
  ])('does not overwrite what appears meanwhile, with %s', async (_, content) => {
    s3.server.before = ({ method, query }) => {
      if (method !== 'HEAD' && !query.has('uploads')) s3.server.objects.set('k', Buffer.from('other'))
      return false
    }
    await expect(write(content)).rejects.toMatchObject({
      code: 'file-exists',
      where: { uri: 's3://bucket/k' },
    })
    expect(s3.server.objects.get('k')).toEqual(Buffer.from('other'))
    expect(s3.server.uploads.size).toBe(0)
  })

  it.each([
    ['one request', SMALL],
    ['parts', LARGE],
  ])('knows its own object where the answer to %s was lost', async (_, content) => {
    let isLost = false
    s3.server.before = ({ method, query }, response) => {
      const isLast = method === 'POST' ? query.has('uploadId') : method === 'PUT' && !query.has('partNumber')
      if (!isLast || isLost) return false
      isLost = true
      // done, but told to nobody
      response.writeHead = () => {
        response.destroy()
        return response
      }
      return false
    }
    expect(await write(content)).toMatchObject({ bytes: content.length })
    expect(isLost).toBe(true)
    expect(s3.server.objects.get('k')).toEqual(Buffer.from(content))
  })

  it('sends again what arrived damaged or not at all, and leaves no parts where that does not help', async () => {
    let failures = 2
    s3.server.before = ({ query }, response) => {
      if (query.get('partNumber') !== '2' || failures-- <= 0) return false
      refuse(response, 400, 'BadDigest')
      return true
    }
    await write(LARGE)
    expect(s3.server.objects.get('k')).toEqual(LARGE)
    s3.server.objects.clear()
    s3.server.before = ({ query }, response) => {
      const isThird = query.get('partNumber') === '3'
      if (isThird) refuse(response, 403, 'AccessDenied')
      return isThird
    }
    await expect(write(LARGE)).rejects.toMatchObject({ code: 'access-denied' })
    expect([s3.server.objects.size, s3.server.uploads.size]).toEqual([0, 0])
  })

  it('says that the bucket is full of something else', async () => {
    s3.server.before = ({ method }, response) => {
      if (method === 'HEAD')
        response
          .writeHead(200, { etag: '"x"', 'content-length': 3, 'last-modified': new Date(0).toUTCString() })
          .end()
      return method === 'HEAD'
    }
    await expect(write(SMALL, true)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('5000 bytes were sent, 3 are in S3'),
    })
  })

  it('lets go of where the chunks come from, whatever fails', async () => {
    s3.server.before = ({ query }, response) => {
      const isStart = query.has('uploads')
      if (isStart) refuse(response, 403, 'AccessDenied')
      return isStart
    }
    let isOpen = true
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunksOf(LARGE)
      } finally {
        isOpen = false
      }
    }
    await expect(s3.files.writeFile('/k', chunks)).rejects.toMatchObject({ code: 'access-denied' })
    expect(isOpen).toBe(false)
  })
})
