/**
 * Masters from ZooKeeper: a server of our own answers as a real one does, and in ways that a real one does not. The real one
 * answers in test/system/hbase.
 */
import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import { mastersFromZookeeper } from '../../../src/hbase/zookeeper.ts'
import { parseChildren, parseData, parseReply } from '../../../src/hbase/zookeeper-jute.ts'
import { masterOfChild, masterOfNode } from '../../../src/hbase/zookeeper-node.ts'
import { freePort } from '../../harness/index.ts'
import { cases } from '../../property/cases.ts'

const open: (Server | Socket)[] = []
afterEach(() => {
  for (const each of open.splice(0)) 'destroy' in each ? each.destroy() : each.close()
})

const i32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const buffer = (content: Buffer | string) => Buffer.concat([i32(content.length), Buffer.from(content)])
const framed = (...parts: Buffer[]) => buffer(Buffer.concat(parts))

const CONNECTED = framed(i32(0), i32(30_000), Buffer.alloc(8, 1), buffer(Buffer.alloc(16)), Buffer.alloc(1))
const field = (tag: number, content: Buffer | string) =>
  Buffer.concat([Buffer.from([tag, content.length]), Buffer.from(content)])
const SERVER = Buffer.concat([
  field(0x0a, '127.0.0.1'),
  Buffer.from([0x10, 0xf5, 0xe1, 0x02, 0x18, 0xc7, 0xa5, 0xe8, 0xb0, 0xd6, 0x33]),
])
/** As a master of HBase 2 writes it, at 127.0.0.1:45301. */
const NODE = Buffer.concat([
  Buffer.from([0xff]),
  buffer(Buffer.from('master:45301\x8d\x9c\x0f\xa1', 'latin1')),
  Buffer.from('PBUF'),
  field(0x0a, SERVER),
  Buffer.from([0x10, 0x00, 0x18, 0xc6, 0xe1, 0x02]),
])

interface World {
  readonly master?: Buffer | null
  readonly backups?: readonly string[] | null
  readonly connected?: Buffer
  /** Instead of the reply to a read. */
  readonly reply?: (xid: Buffer) => Buffer
}

/** A server that answers as ZooKeeper with these nodes; its address, and what clients asked. */
async function zookeeper(world: World): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(socket => {
    open.push(socket)
    let held = Buffer.alloc(0)
    let first = true
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const frame = held.subarray(4, 4 + held.readInt32BE(0))
        held = held.subarray(4 + frame.length)
        if (first) socket.write(world.connected ?? CONNECTED)
        else if (frame.readInt32BE(4) === -11) asked.push('close')
        else {
          asked.push(frame.subarray(12, -1).toString())
          const answer = world.reply?.(frame.subarray(0, 4)) ?? replyOf(world, frame)
          // Byte by byte at first: frames come in any pieces.
          socket.write(answer.subarray(0, 3))
          socket.write(answer.subarray(3))
        }
        first = false
      }
    })
  })
  open.push(server)
  const port = await freePort()
  await new Promise<void>(done => server.listen(port, '127.0.0.1', done))
  return { address: `127.0.0.1:${port}`, asked }
}

function replyOf(world: World, frame: Buffer): Buffer {
  const xid = frame.subarray(0, 4)
  const none = framed(xid, Buffer.alloc(8), i32(-101))
  const head = [xid, Buffer.alloc(8), i32(0)]
  if (frame.readInt32BE(4) === 4) {
    const { master = NODE } = world
    return master === null ? none : framed(...head, buffer(master), Buffer.alloc(68))
  }
  const { backups = [] } = world
  return backups === null ? none : framed(...head, i32(backups.length), ...backups.map(buffer))
}

const ask = (hosts: string[], timeoutMs = 5000, path?: string) =>
  mastersFromZookeeper(hosts, { timeoutMs, ...(path === undefined ? {} : { path }) })

describe('masters from ZooKeeper', () => {
  it('gives the active master and those that stand by, and ends its session', async () => {
    const server = await zookeeper({
      backups: ['backup-2,16000,1700000000001', 'backup-1,16001,1700000000002'],
    })
    expect(await ask([server.address])).toEqual(['127.0.0.1:45301', 'backup-1:16001', 'backup-2:16000'])
    await expect.poll(() => server.asked).toEqual(['/hbase/master', '/hbase/backup-masters', 'close'])
  })

  it('reads below the path it is given; none stands by, none is active', async () => {
    const server = await zookeeper({ backups: null })
    expect(await ask([server.address], 5000, '/hbase-secure/')).toEqual(['127.0.0.1:45301'])
    expect(server.asked[0]).toBe('/hbase-secure/master')
    const standby = await zookeeper({ master: null, backups: ['b,16000,1'] })
    expect(await ask([standby.address])).toEqual(['b:16000'])
    const empty = await zookeeper({ master: null, backups: null })
    await expect(ask([empty.address])).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('knows of no master of HBase below /hbase'),
      advice: expect.stringContaining('znode'),
    })
  })

  it('asks the next server where one is dead, silent, or gives no session', async () => {
    const good = await zookeeper({})
    const silent = createServer(socket => open.push(socket))
    open.push(silent)
    const port = await freePort()
    await new Promise<void>(done => silent.listen(port, '127.0.0.1', done))
    const sick = await zookeeper({
      connected: framed(i32(0), i32(0), Buffer.alloc(8), buffer(Buffer.alloc(16))),
    })
    const dead = `127.0.0.1:${await freePort()}`
    const hosts = [dead, `127.0.0.1:${port}`, sick.address, good.address]
    expect(await ask(hosts, 1000)).toEqual(['127.0.0.1:45301'])
    const failing = ask(hosts.slice(0, 3), 600)
    await expect(failing).rejects.toMatchObject({ code: 'store-failed' })
    const { message } = (await failing.catch(error => error)) as HindcastError
    for (const host of hosts.slice(0, 3)) expect(message).toContain(host)
    expect(message).toMatch(/no answer in \d+ ms.*gives no session/)
  })

  it('stops when its caller does', async () => {
    const silent = createServer(socket => open.push(socket))
    open.push(silent)
    const port = await freePort()
    await new Promise<void>(done => silent.listen(port, '127.0.0.1', done))
    const stop = new AbortController()
    const asking = mastersFromZookeeper([`127.0.0.1:${port}`], { timeoutMs: 60_000, signal: stop.signal })
    silent.once('connection', () => stop.abort(new Error('enough')))
    await expect(asking).rejects.toThrow('enough')
  })

  it('refuses an address that is none', async () => {
    for (const host of ['', 'zk1:0', 'zk1:99999', 'http://zk1:2181', 'zk1:2181/hbase'])
      await expect(ask([host])).rejects.toMatchObject({ code: 'argument-invalid' })
    await expect(ask([])).rejects.toMatchObject({ code: 'argument-invalid' })
  })

  it.each<[string, Partial<World>, string]>([
    ['a huge frame', { connected: i32(2 ** 30) }, 'reply-invalid'],
    ['a negative frame', { connected: i32(-5) }, 'reply-invalid'],
    ['HTTP', { connected: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }, 'reply-invalid'],
    ['another version', { connected: framed(i32(7), i32(1), Buffer.alloc(8), buffer('')) }, 'reply-invalid'],
    ['a short answer', { reply: xid => framed(xid, Buffer.alloc(3)) }, 'reply-invalid'],
    [
      'an answer to something else',
      { reply: () => framed(i32(99), Buffer.alloc(8), i32(0)) },
      'reply-invalid',
    ],
    ['a second answer', { connected: Buffer.concat([CONNECTED, CONNECTED]) }, 'reply-invalid'],
    ['no rights', { reply: xid => framed(xid, Buffer.alloc(8), i32(-102)) }, 'access-denied'],
    ['an error', { reply: xid => framed(xid, Buffer.alloc(8), i32(-112)) }, 'store-failed'],
    ['a node that is empty', { master: Buffer.alloc(0) }, 'reply-invalid'],
    ['a node of something else', { master: Buffer.from('{"host":"a"}') }, 'reply-invalid'],
    ['a child of another name', { backups: ['nonsense'] }, 'reply-invalid'],
    [
      'more children than bytes',
      { master: NODE, reply: xid => framed(xid, Buffer.alloc(8), i32(0), i32(2 ** 30), Buffer.alloc(100)) },
      'reply-invalid',
    ],
  ])('%s is a typed error that names the server', async (_, world, code) => {
    const { address } = await zookeeper(world)
    await expect(ask([address])).rejects.toMatchObject({
      code,
      where: { uri: address },
      message: expect.stringContaining(address),
      advice: expect.stringMatching(/./),
    })
  })
})

describe('bytes of ZooKeeper', () => {
  it('a node without its writer, and an IPv6 master', () => {
    expect(masterOfNode(NODE.subarray(NODE.indexOf('PBUF')))).toBe('127.0.0.1:45301')
    const server = Buffer.concat([
      Buffer.from([0x0a, 3]),
      Buffer.from('::1'),
      Buffer.from([0x10, 0x80, 0x7d]),
    ])
    const node = Buffer.concat([Buffer.from('PBUF'), Buffer.from([0x0a, server.length]), server])
    expect(masterOfNode(node)).toBe('[::1]:16000')
    expect(masterOfChild('a.b-c,16000,1')).toBe('a.b-c:16000')
  })

  it('any bytes, and any change of good ones, give a typed error or an address', () => {
    const mutant = fc
      .tuple(fc.nat(NODE.length - 1), fc.nat(255), fc.nat(NODE.length))
      .map(([at, byte, end]) => {
        const copy = Buffer.from(NODE)
        copy[at] = byte
        return copy.subarray(0, end)
      })
    const bytes = fc.oneof(
      mutant,
      fc.uint8Array({ maxLength: 60 }).map(each => Buffer.from(each)),
    )
    fc.assert(
      fc.property(bytes, each => {
        for (const parse of [masterOfNode, parseData, parseChildren, parseReply]) {
          try {
            const value = parse(each)
            if (parse === masterOfNode) expect(value).toMatch(/:\d+$/)
          } catch (error) {
            expect(error).toBeInstanceOf(HindcastError)
            expect((error as HindcastError).code).toBe('reply-invalid')
          }
        }
      }),
      cases(3000),
    )
  })
})
