import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TextTaker } from '../../../../src/files/webhdfs/body-takers.ts'
import {
  connectionOptions,
  exchange,
  failureOf,
  newAgent,
} from '../../../../src/files/webhdfs/http-exchange.ts'
import { FakeServer } from './fake-server.ts'

vi.mock('node:dns', async original => {
  const real = await original<typeof import('node:dns')>()
  return { ...real, lookup: vi.fn() }
})

type Callback = (error: Error | null, found: LookupAddress[]) => void

/** Names stand for these addresses from now on. */
function resolveTo(...addresses: string[]): void {
  vi.mocked(lookup).mockImplementation(((_name: string, _options: LookupOptions, callback: Callback) => {
    const found = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    queueMicrotask(() => callback(null, found))
  }) as unknown as typeof lookup)
}

afterEach(() => vi.mocked(lookup).mockReset())

async function ask(origin: string): Promise<string> {
  const agent = newAgent({})
  const taker = new TextTaker()
  const signal = new AbortController().signal
  try {
    await exchange(agent, { origin, path: '/', method: 'GET', attemptMs: 5000, signal, taker })
    return taker.text
  } finally {
    await agent.destroy()
  }
}

describe('a name', () => {
  it('that stands for a link-local address is not connected to', async () => {
    for (const address of ['169.254.169.254', 'fe80::1%lo', '::ffff:169.254.1.1']) {
      resolveTo(address)
      await expect(ask('http://trap.test:9864')).rejects.toMatchObject({
        code: 'redirect-refused',
        message: expect.stringContaining('trap.test'),
      })
    }
  })

  it('that stands for other addresses too is connected to at those', async () => {
    await using server = await FakeServer.start((_asked, response) => response.end('hello'))
    resolveTo('169.254.169.254', '127.0.0.1')
    expect(await ask(`http://node.test:${server.port}`)).toBe('hello')
  })

  it('is resolved to one address or to all, as the socket asks', () => {
    resolveTo('169.254.0.1', '10.0.0.1', '10.0.0.2')
    const { promise, resolve } = Promise.withResolvers<unknown[]>()
    connectionOptions(undefined).lookup('a', {}, (...given) => resolve(given))
    return expect(promise).resolves.toEqual([null, '10.0.0.1', 4])
  })
})

it('certificates that are not trusted are final, other failures are not', () => {
  const failed = (code: string) => failureOf(Object.assign(new Error('it failed'), { code }))
  for (const code of [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
  ])
    expect(failed(code)).toMatchObject({ code: 'access-denied', advice: expect.stringContaining('ca:') })
  expect(failed('ECONNREFUSED')).toMatchObject({
    name: 'ConnectionFailure',
    message: 'it failed (ECONNREFUSED)',
  })
})
