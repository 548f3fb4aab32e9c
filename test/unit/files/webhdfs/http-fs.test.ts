/**
 * HttpFS, which answers for the whole cluster: bytes come without a redirect and without a length, writes are sent
 * back to itself with `data=true`, files have no ids. Over TLS too.
 */
import { describe, expect, it } from 'vitest'
import type { WebHdfsOptions } from '../../../../src/files/index.ts'
import { WebHdfsFileSystem } from '../../../../src/files/webhdfs/webhdfs-files.ts'
import { freePort } from '../../../harness/index.ts'
import { type Answer, FakeServer, json, redirect, refuse, status } from './fake-server.ts'
import { selfSigned } from './self-signed.ts'

/** Files in memory, by encoded path. */
function httpFs(files: Map<string, Buffer>, scheme = 'http'): Answer {
  return ({ path, query, method }, response, request) => {
    const content = files.get(path)
    const op = query.get('op')
    if (op === 'CREATE' && query.get('data') !== 'true')
      redirect(response, `${scheme}://127.0.0.1:${response.socket!.localPort}${path}?${query}&data=true`)
    else if (op === 'CREATE' && request.headers['content-type'] !== 'application/octet-stream')
      response
        .writeHead(400)
        .end('Data upload requests must have content-type set to application/octet-stream')
    else if (op === 'CREATE') {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        files.set(path, Buffer.concat(chunks))
        response.writeHead(201).end()
      })
    } else if (op === 'RENAME' && content !== undefined) {
      const to = `/webhdfs/v1${query.get('destination')!.split('/').map(encodeURIComponent).join('/')}`
      files.set(to, content)
      files.delete(path)
      json(response, 200, { boolean: true })
    } else if (op === 'DELETE') json(response, 200, { boolean: files.delete(path) })
    else if (content === undefined) refuse(response, 404, 'FileNotFoundException', path)
    else if (op === 'GETFILESTATUS') {
      const { fileId: _, ...without } = status()
      json(response, 200, { FileStatus: { ...without, length: content.length } })
    } else if (op === 'GETFILECHECKSUM') json(response, 200, { FileChecksum: { algorithm: 'A', bytes: 'b' } })
    else if (op === 'OPEN' && method === 'GET') {
      const from = Number(query.get('offset'))
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      response.write(content.subarray(from, from + 10))
      response.end(content.subarray(from + 10, from + Number(query.get('length'))))
    } else refuse(response, 400, 'IllegalArgumentException', `no such op: ${op}`)
  }
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function writesAndReads(files: WebHdfsFileSystem): Promise<void> {
  const text = 'the content of a file, longer than a chunk'
  const pinned = await files.writeFile('/a b/é', one(text))
  expect(pinned).toMatchObject({ bytes: text.length, fileId: '' })
  await files.checkUnchanged(pinned)
  const source = await files.open(pinned)
  expect(Buffer.from(await source.read(4, 20)).toString()).toBe(text.slice(4, 24))
  expect(await files.checksum(pinned)).toBe('A:b')
  expect(await files.remove('/a b/é')).toBe(true)
  await expect(files.open(pinned)).rejects.toMatchObject({ code: 'file-changed' })
  await expect(source.read(0, 1)).rejects.toMatchObject({ code: 'file-changed' })
}

describe('HttpFS', () => {
  it('writes and reads', async () => {
    const stored = new Map<string, Buffer>()
    await using server = await FakeServer.start(httpFs(stored))
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    const files = new WebHdfsFileSystem({ scheme: 'webhdfs', nameNodes, deadlineMs: 5000 })
    await writesAndReads(files)
    expect(stored.size).toBe(0)
    await files.close()
  })

  it('that throws the bytes of a write away is seen', async () => {
    await using server = await FakeServer.start((_asked, response) => response.writeHead(201).end())
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    const files = new WebHdfsFileSystem({ scheme: 'webhdfs', nameNodes, deadlineMs: 1000 })
    await expect(files.writeFile('/a', one('text'))).rejects.toMatchObject({ code: 'reply-invalid' })
    await files.close()
  })

  it('that cannot be connected to for the bytes is asked again, without one being taken', async () => {
    const stored = new Map<string, Buffer>()
    const real = httpFs(stored)
    const closed = await freePort()
    let creates = 0
    await using server = await FakeServer.start((asked, response, request) => {
      const isFirst = asked.query.get('op') === 'CREATE' && creates++ === 0
      if (isFirst) redirect(response, `http://127.0.0.1:${closed}${asked.path}?${asked.query}`)
      else real(asked, response, request)
    })
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    const files = new WebHdfsFileSystem({ scheme: 'webhdfs', nameNodes, deadlineMs: 5000 })
    expect(await files.writeFile('/a', one('text'))).toMatchObject({ bytes: 4 })
    expect(creates).toBe(3)
    await files.close()
  })

  it('that stores fewer bytes than were sent is seen', async () => {
    const stored = new Map<string, Buffer>()
    const real = httpFs(stored)
    await using server = await FakeServer.start((asked, response, request) => {
      for (const [path, content] of stored) if (content.length > 2) stored.set(path, content.subarray(0, 2))
      real(asked, response, request)
    })
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    const files = new WebHdfsFileSystem({ scheme: 'webhdfs', nameNodes, deadlineMs: 1000 })
    await expect(files.writeFile('/a', one('text'))).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('4 bytes were sent, 2 are in HDFS'),
    })
    expect(stored.size).toBe(0)
    await files.close()
  })
})

describe('TLS', () => {
  const tls = selfSigned()

  it('is trusted by the certificate that is given', async () => {
    await using server = await FakeServer.start(httpFs(new Map(), 'https'), tls)
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    const files = new WebHdfsFileSystem({ scheme: 'swebhdfs', nameNodes, ca: tls.cert, deadlineMs: 5000 })
    await writesAndReads(files)
    await files.close()
  })

  it('is not trusted without, and that is not tried again', async () => {
    await using server = await FakeServer.start(httpFs(new Map(), 'https'), tls)
    const nameNodes = [{ host: '127.0.0.1', port: server.port }]
    for (const ca of [undefined, selfSigned().cert]) {
      const options: WebHdfsOptions = { scheme: 'swebhdfs', nameNodes, ...(ca === undefined ? {} : { ca }) }
      const files = new WebHdfsFileSystem(options)
      await expect(files.stat('/a')).rejects.toMatchObject({
        code: 'access-denied',
        message: expect.stringMatching(/certificate .*SELF_SIGNED|certificate .*UNABLE/),
        where: { uri: `swebhdfs://127.0.0.1:${server.port}/a` },
      })
      await files.close()
    }
    expect(server.asked).toHaveLength(0)
  })
})
