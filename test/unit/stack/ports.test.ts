/** Ports that stay: free now, distinct, kept from one start to the next. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { choosePorts, isFree } from '../../stack/ports.ts'

async function listening(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

describe('choosePorts', () => {
  it('gives each name a port of its own, below those of outgoing connections', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `server${i}`)
    const ports = Object.values(await choosePorts(names))
    expect(new Set(ports).size).toBe(40)
    expect(Math.max(...ports)).toBeLessThan(32_768)
    for (const port of ports) expect(await isFree(port)).toBe(true)
  })

  it('keeps the ports of before, and takes others for what is new', async () => {
    const before = await choosePorts(['a', 'b'])
    const after = await choosePorts(['a', 'b', 'c'], before)
    expect(after).toMatchObject(before)
    expect([before.a, before.b]).not.toContain(after.c)
  })

  it('gives up a port that someone else has taken, unless it is ours', () =>
    listening(async port => {
      expect(await isFree(port)).toBe(false)
      expect((await choosePorts(['a'], { a: port })).a).not.toBe(port)
      expect(await choosePorts(['a'], { a: port }, () => true)).toEqual({ a: port })
    }))
})
