/**
 * NameNodes that lie: nothing is connected to that the job does not name, nothing grows without a bound, nothing of
 * a query shows in an error.
 */
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { FileStat, WebHdfsOptions } from '../../../../src/files/index.ts'
import { WebHdfsFileSystem } from '../../../../src/files/webhdfs/webhdfs-files.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { type Answer, type Asked, FakeServer, json, redirect, refuse, status } from './fake-server.ts'

const PINNED: FileStat = { path: '/f', bytes: 5, mtimeMs: 7, fileId: '16400' }
const DATA_QUERY = 'op=OPEN&user.name=me&delegation=SECRET&offset=0'

/** Answers what opening a file asks, so that only OPEN is left. */
function honest(answer: Answer): Answer {
  return (asked, response, request) => {
    const op = asked.query.get('op')
    if (op === 'GETFILESTATUS') json(response, 200, { FileStatus: status() })
    else if (op === 'GET_BLOCK_LOCATIONS')
      json(response, 200, { LocatedBlocks: { isUnderConstruction: false } })
    else answer(asked, response, request)
  }
}

async function using<Value>(
  answer: Answer,
  work: (files: WebHdfsFileSystem, server: FakeServer) => Promise<Value>,
  options: Partial<WebHdfsOptions> = {},
): Promise<Value> {
  await using server = await FakeServer.start(answer)
  const files = new WebHdfsFileSystem({
    scheme: 'webhdfs',
    nameNodes: [{ host: '127.0.0.1', port: server.port }],
    user: 'me',
    deadlineMs: 1500,
    ...options,
  })
  try {
    return await work(files, server)
  } finally {
    await files.close()
  }
}

async function failure(work: Promise<unknown>): Promise<Error & { code: string; advice: string }> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error,
  )
}

function readAll(files: WebHdfsFileSystem): Promise<Uint8Array> {
  return files.open(PINNED).then(source => source.read(0, 5))
}

describe('redirects', () => {
  it.each([
    ['a metadata service', 'http://169.254.169.254/webhdfs/v1/.reserved/.inodes/16400'],
    ['another host', 'http://evil.example:9864/webhdfs/v1/.reserved/.inodes/16400'],
    ['another scheme', 'https://127.0.0.1:9865/webhdfs/v1/.reserved/.inodes/16400'],
    ['a port of the system', 'http://127.0.0.1:22/webhdfs/v1/.reserved/.inodes/16400'],
    ['another path', 'http://127.0.0.1:9864/webhdfs/v1/etc/passwd'],
  ])('to %s are not followed, and cost one request', async (_, location) => {
    await using(
      honest((_asked, response) => redirect(response, `${location}?${DATA_QUERY}`)),
      async (files, server) => {
        const error = await failure(readAll(files))
        expect(error).toMatchObject({ code: 'redirect-refused', where: { uri: '/f' } })
        expect(`${error.message} ${error.advice} ${error.stack}`).not.toMatch(/SECRET|delegation|user\.name/)
        expect(server.ops.filter(op => op === 'OPEN')).toHaveLength(1)
      },
    )
  })

  it('in a circle end at the first', async () => {
    const answer = honest((asked, response) =>
      redirect(response, `http://127.0.0.1:${response.socket!.localPort}${asked.path}?${asked.query}`),
    )
    await using(answer, async (files, server) => {
      expect(await failure(readAll(files))).toMatchObject({ code: 'redirect-refused' })
      expect(server.ops.filter(op => op === 'OPEN')).toHaveLength(1)
    })
  })

  it('of a DataNode are not followed', async () => {
    await using dataNode = await FakeServer.start((asked, response) =>
      redirect(response, `http://127.0.0.1:9864${asked.path}?${asked.query}`),
    )
    const answer = honest((asked, response) =>
      redirect(response, `http://127.0.0.1:${dataNode.port}${asked.path}?${DATA_QUERY}`),
    )
    await using(answer, async files => {
      const error = await failure(readAll(files))
      expect(error).toMatchObject({ code: 'redirect-refused', message: expect.stringContaining('once more') })
      expect(dataNode.asked).toHaveLength(1)
    })
  })
})

describe('replies', () => {
  it.each([
    ['is no JSON', '{"FileStatus":', 'reply-invalid'],
    ['is HTML', '<html>hello</html>', 'reply-invalid'],
    ['is empty', '', 'reply-invalid'],
    ['is something else', '{"FileStatus":{"length":"SECRET"}}', 'reply-invalid'],
    ['is null', 'null', 'reply-invalid'],
  ])('a status that %s', async (_, body, code) => {
    await using(
      (_asked, response) => response.writeHead(200).end(body),
      async (files, server) => {
        const error = await failure(files.stat('/f'))
        expect(error.code).toBe(code)
        expect(error.message).not.toContain('SECRET')
        expect(server.asked).toHaveLength(1)
      },
    )
  })

  /** Sends as much as is taken. */
  function pour(response: ServerResponse, head: string): void {
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    response.writeHead(200)
    response.write(head)
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }

  it('a listing without an end is left at its bound', async () => {
    let sent = 0
    const answer: Answer = (_asked, response) => {
      response.socket!.on('close', () => {
        sent = response.socket?.bytesWritten ?? sent
      })
      pour(response, '{"DirectoryListing":')
    }
    await using(answer, async files => {
      const error = await failure(files.list(['/a/*']))
      expect(error).toMatchObject({
        code: 'limit-passed',
        message: expect.stringContaining('webHdfsReplyBytesMax'),
      })
      expect(sent).toBeLessThan(4 * LIMITS.webHdfsReplyBytesMax)
    })
  })

  it('a listing that says it has 10 GiB is not begun', async () => {
    await using(
      (_asked, response) => response.writeHead(200, { 'content-length': 10 * 2 ** 30 }).write('{'),
      async files => {
        expect(await failure(files.list(['/a/*']))).toMatchObject({ code: 'limit-passed' })
      },
    )
  })

  it('an error without an end is read to its bound', async () => {
    await using(
      (_asked, response) => {
        response.writeHead(403)
        response.write(Buffer.alloc(LIMITS.webHdfsErrorBytesMax + 1, 'x'))
      },
      async files => {
        expect(await failure(files.stat('/f'))).toMatchObject({
          message: expect.stringContaining('HTTP 403'),
        })
      },
    )
  })

  it('pages that go in circles are seen', async () => {
    const page = (names: string[]) => ({
      DirectoryListing: {
        partialListing: { FileStatuses: { FileStatus: names.map(status) } },
        remainingEntries: 1,
      },
    })
    const answer = ({ query }: Asked, response: ServerResponse): void => {
      const folder = { FileStatus: { ...status(), type: 'DIRECTORY' } }
      const next = page(query.get('startafter') === 'b' ? ['c', 'd'] : ['a', 'b'])
      json(response, 200, query.get('op') === 'GETFILESTATUS' ? folder : next)
    }
    await using(answer, async (files, server) => {
      expect(await failure(files.list(['/f']))).toMatchObject({
        code: 'reply-invalid',
        message: expect.stringContaining('circles'),
      })
      expect(server.asked.length).toBeLessThan(8)
    })
  })

  it('a range that is longer or shorter than asked for is not taken', async () => {
    for (const body of ['123456', '1234']) {
      await using(
        honest((_asked, response) => response.writeHead(200, { 'content-length': body.length }).end(body)),
        async files => {
          expect(await failure(readAll(files))).toMatchObject({
            code: 'file-corrupt',
            message: expect.stringContaining(`offers ${body.length} bytes of the 5`),
          })
        },
        { deadlineMs: 60_000 },
      )
    }
  })

  it('a server that asks for Kerberos is told from one that refuses', async () => {
    await using(
      (_asked, response) => response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end('<html>'),
      async files => expect(await failure(files.stat('/f'))).toMatchObject({ code: 'unsupported' }),
    )
    await using(
      (_asked, response) => refuse(response, 403, 'AccessControlException', 'Permission denied: user=me'),
      async files =>
        expect(await failure(files.stat('/f'))).toMatchObject({
          code: 'access-denied',
          message: expect.stringContaining('user=me'),
        }),
    )
  })
})
