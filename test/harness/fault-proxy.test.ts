/** Each fault of the proxy, seen by a plain client of a plain server. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Fault, FaultProxy } from './fault-proxy.ts'
import { waitFor } from './wait.ts'

const REPLY = 'head: 10\n\n0123456789'

/** What a client gets that asks through the proxy, and whether the connection was ended. */
async function through(fault: Fault | null, until = 1000): Promise<{ text: string; isEnded: boolean }> {
  const server = createServer({ allowHalfOpen: true }, socket =>
    socket.once('data', asked => socket.end(`${REPLY} to ${asked}`)),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using proxy = await FaultProxy.start({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
  })
  proxy.plan = connection => (connection === 0 ? fault : null)
  const client = connect({ host: '127.0.0.1', port: proxy.port })
  let text = ''
  let isEnded = false
  client.on('data', bytes => {
    text += bytes.toString('latin1')
  })
  client.on('error', () => undefined)
  client.on('close', () => {
    isEnded = true
  })
  client.write('me')
  await waitFor(() => isEnded || text.length >= until, { what: 'the reply', deadlineMs: 5000 })
  expect(proxy.connections).toBe(1)
  client.destroy()
  server.close()
  await once(server, 'close')
  return { text, isEnded }
}

describe('FaultProxy', () => {
  it('passes everything on where there is no fault', async () => {
    expect(await through(null)).toEqual({ text: `${REPLY} to me`, isEnded: true })
  })

  it('cuts, hangs, drips, flips, edits and answers', async () => {
    expect(await through({ kind: 'cut', at: 14 })).toEqual({ text: REPLY.slice(0, 14), isEnded: true })
    expect(await through({ kind: 'cut', at: 0 })).toEqual({ text: '', isEnded: true })
    expect(await through({ kind: 'hang', at: 14 }, 14)).toEqual({ text: REPLY.slice(0, 14), isEnded: false })
    expect(await through({ kind: 'drip', at: 14, everyMs: 1 }, 20)).toMatchObject({
      text: expect.stringMatching(/^head: 10\n\n012345/),
      isEnded: false,
    })
    expect((await through({ kind: 'flip', at: 10 })).text).toBe(
      `${REPLY.slice(0, 10)}\xcf${REPLY.slice(11)} to me`,
    )
    expect((await through({ kind: 'edit', from: /: 10/, to: ': 12' })).text).toBe(
      `${REPLY.replace('10', '12')} to me`,
    )
    expect(await through({ kind: 'answer', text: 'no' })).toEqual({ text: 'no', isEnded: true })
  })
})
