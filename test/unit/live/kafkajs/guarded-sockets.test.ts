import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { ISocketFactoryArgs } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { AllowedHosts } from '../../../../src/live/kafka/index.ts'
import { GuardedSockets } from '../../../../src/live/kafkajs/guarded-sockets.ts'

const to = (host: string, port: number, onConnect = () => {}) =>
  ({ host, port, ssl: false, onConnect }) as unknown as ISocketFactoryArgs

describe('the sockets of kafkajs', () => {
  it('lead nowhere but where the job allows', () => {
    const allowed = new AllowedHosts([{ host: 'kafka1', port: 9092 }], ['.example.com'])
    const sockets = new GuardedSockets(allowed, null)
    for (const [host, port] of [
      ['169.254.169.254', 80],
      ['elsewhere', 9092],
    ] as const) {
      expect(() => sockets.factory(to(host, port))).toThrow(
        expect.objectContaining({ code: 'redirect-refused' }),
      )
      expect(sockets.denial(`${host}:${port}`)).toMatchObject({ code: 'redirect-refused' })
    }
    expect(sockets.denial('kafka1:9092')).toBeNull()
    expect(sockets.denial(undefined)).toBeNull()
  })

  it('are all closed at the end', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const sockets = new GuardedSockets(new AllowedHosts([{ host: '127.0.0.1', port }], []), null)
    const { promise, resolve } = Promise.withResolvers<void>()
    const socket = sockets.factory(to('127.0.0.1', port, resolve))
    await promise
    const failed = once(socket, 'error')
    await sockets.close()
    await failed
    expect(socket.destroyed).toBe(true)
    expect(() => sockets.factory(to('127.0.0.1', port))).toThrow('closed')
    server.close()
    await once(server, 'close')
  })

  it('that nobody listens to deny nothing: another try may find someone', async () => {
    const sockets = new GuardedSockets(new AllowedHosts([{ host: '127.0.0.1', port: 1 }], []), null)
    const socket = sockets.factory(to('127.0.0.1', 1))
    await expect(once(socket, 'close')).rejects.toThrow('ECONNREFUSED')
    expect(sockets.denial('127.0.0.1:1')).toBeNull()
    await sockets.close()
  })
})
