import { describe, expect, it } from 'vitest'
import type { WebHdfsOptions } from '../../../../src/files/index.ts'
import { WebHdfsFileSystem } from '../../../../src/files/webhdfs/webhdfs-files.ts'
import { freePort } from '../../../harness/index.ts'
import { FakeServer, json, refuse, status } from './fake-server.ts'

function filesAt(ports: readonly number[], options: Partial<WebHdfsOptions> = {}): WebHdfsFileSystem {
  const nameNodes = ports.map(port => ({ host: '127.0.0.1', port }))
  return new WebHdfsFileSystem({ scheme: 'webhdfs', nameNodes, deadlineMs: 5000, ...options })
}

describe('several NameNodes', () => {
  it('are asked until one is active, which is asked first from then on', async () => {
    await using standby = await FakeServer.start((_, response) => refuse(response, 403, 'StandbyException'))
    await using active = await FakeServer.start((_, response) =>
      json(response, 200, { FileStatus: status() }),
    )
    const files = filesAt([await freePort(), standby.port, active.port])
    expect(await files.stat('/a')).toMatchObject({ bytes: 5, fileId: '16400' })
    await files.stat('/a')
    expect([standby.asked.length, active.asked.length]).toEqual([1, 2])
    await files.close()
  })

  it('change over while calls are under way', async () => {
    let active = 0
    const answer = (index: number) =>
      FakeServer.start((_, response) => {
        if (index === active) json(response, 200, { FileStatus: status() })
        else refuse(response, 403, 'StandbyException')
      })
    await using first = await answer(0)
    await using second = await answer(1)
    const files = filesAt([first.port, second.port])
    await files.stat('/a')
    active = 1
    await Promise.all(Array.from({ length: 20 }, () => files.stat('/a')))
    active = 0
    await Promise.all(Array.from({ length: 20 }, () => files.stat('/a')))
    await files.close()
  })

  it('that are all standby end in an error that says so', async () => {
    await using standby = await FakeServer.start((_, response) => refuse(response, 403, 'StandbyException'))
    const files = filesAt([standby.port], { deadlineMs: 300 })
    await expect(files.stat('/a')).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(/tried \d times: no NameNode is the active one \(StandbyException/),
    })
    expect(standby.asked.length).toBeGreaterThan(1)
    await files.close()
  })
})

describe('a NameNode', () => {
  it.each([
    ['starts', 403, 'RetriableException'],
    ['is in safe mode', 403, 'SafeModeException'],
    ['is too busy', 503, 'ServerTooBusyException'],
    ['has a gateway that fails', 502, null],
  ])('that %s is asked again', async (_, code, exception) => {
    let refusals = 2
    await using server = await FakeServer.start((_asked, response) => {
      if (refusals-- <= 0) json(response, 200, { FileStatus: status() })
      else if (exception === null) response.writeHead(code).end('<html>Bad gateway')
      else refuse(response, code, exception)
    })
    const files = filesAt([server.port])
    expect(await files.stat('/a')).toMatchObject({ bytes: 5 })
    expect(server.asked).toHaveLength(3)
    await files.close()
  })

  it.each([
    ['FileNotFoundException', 404, 'file-unreadable'],
    ['AccessControlException', 403, 'access-denied'],
  ])('that says %s is believed', async (exception, code, expected) => {
    await using server = await FakeServer.start((_asked, response) => refuse(response, code, exception))
    const files = filesAt([server.port])
    await expect(files.stat('/a')).rejects.toMatchObject({ code: expected })
    expect(server.asked).toHaveLength(1)
    await files.close()
  })

  it('that hangs or cuts is left at the deadline', async () => {
    await using server = await FakeServer.start((_asked, response) => response.writeHead(200).write('{'))
    const files = filesAt([server.port], { deadlineMs: 400, attemptMs: 100 })
    const from = performance.now()
    await expect(files.stat('/a')).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('no whole reply within'),
    })
    expect(performance.now() - from).toBeLessThan(2000)
    await files.close()
  })

  it('is told the user and the path as they are', async () => {
    await using server = await FakeServer.start((_asked, response) =>
      json(response, 200, { FileStatus: status() }),
    )
    const files = filesAt([server.port], { user: 'a&b =ü' })
    await files.stat(`webhdfs://127.0.0.1:${server.port}/a b/é%/dt=1`)
    const [asked] = server.asked
    expect(asked!.path).toBe('/webhdfs/v1/a%20b/%C3%A9%25/dt%3D1')
    expect(asked!.query.get('user.name')).toBe('a&b =ü')
    await expect(files.stat('webhdfs://other:1/a')).rejects.toMatchObject({ code: 'job-invalid' })
    await files.close()
  })

  it('is left at once when the file system is closed', async () => {
    await using server = await FakeServer.start(() => undefined)
    const files = filesAt([server.port], { deadlineMs: 60_000 })
    const asking = files.stat('/a')
    const ended = expect(asking).rejects.toMatchObject({ code: 'interrupted' })
    await expect.poll(() => server.asked.length).toBe(1)
    await files.close()
    await ended
  })
})

it('listings of servers without batches are read whole', async () => {
  await using server = await FakeServer.start(({ query }, response) => {
    const op = query.get('op')
    if (op === 'GETFILESTATUS') json(response, 200, { FileStatus: { ...status(), type: 'DIRECTORY' } })
    else if (op === 'LISTSTATUS')
      json(response, 200, {
        FileStatuses: { FileStatus: [status('b'), status('a'), { ...status('l'), type: 'SYMLINK' }] },
      })
    else refuse(response, 400, 'IllegalArgumentException', `Invalid value for webhdfs parameter "op": ${op}`)
  })
  const files = filesAt([server.port])
  const { files: found, skipped } = await files.list(['/d'])
  expect(found.map(({ path }) => path.slice(-4))).toEqual([`/d/a`, `/d/b`])
  expect(skipped.special).toBe(1)
  await files.list(['/d/'])
  expect(server.ops.filter(op => op === 'LISTSTATUS_BATCH')).toHaveLength(1)
  await files.close()
})

it('a connection that is cut is tried again', async () => {
  let cuts = 2
  await using server = await FakeServer.start((_asked, response, request) => {
    if (cuts-- > 0) request.socket.destroy()
    else json(response, 200, { FileStatus: status() })
  })
  const files = filesAt([server.port])
  expect(await files.stat('/a')).toMatchObject({ bytes: 5 })
  await files.close()
})
