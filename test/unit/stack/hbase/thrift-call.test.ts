/** Calls of the Thrift2 gateway, against bytes seen on the wire of a real one. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { callMessage, callThrift, resultOf } from '../../../stack/hbase/thrift-call.ts'

const NAME = 'getTableNamesByPattern'

describe('callMessage', () => {
  it('has strings and truth values', () => {
    const message = callMessage(NAME, [
      [1, '.*'],
      [2, true],
    ])
    expect(message).toEqual(
      Buffer.concat([
        Buffer.from([0x82, 0x21, 1, NAME.length]),
        Buffer.from(NAME),
        Buffer.from([0x18, 2]),
        Buffer.from('.*'),
        Buffer.from([0x11, 0]),
      ]),
    )
  })

  it('has structs and lists of them', () => {
    const message = callMessage('f', [
      [2, [[1, 'a']]],
      [4, { list: [[[3, false]], []] }],
    ])
    const bytes = ['822101', '0166', '2c18016100', '292c320000', '00']
    expect(message.toString('hex')).toBe(bytes.join(''))
  })

  it('refuses what it has no room for', () => {
    expect(() => callMessage('f', [[1, 'a'.repeat(128)]])).toThrow('128 bytes')
  })
})

describe('resultOf', () => {
  const reply = (...bytes: number[]) => Buffer.from([0x82, 0x41, 1, 1, 0x66, ...bytes])

  it('is what the method gives, or nothing', () => {
    expect(resultOf('f', reply(0)).length).toBe(1)
    expect(resultOf('f', reply(0x0c, 0, 0, 0)).length).toBe(4)
  })

  it('throws for an exception that the method declares, and for one of the protocol', () => {
    expect(() => resultOf('f', reply(0x1c, 0x18, 2, 0x6e, 0x6f, 0, 0))).toThrow('f: no')
    const broken = reply(0x18, 2, 0x6e, 0x6f, 0)
    broken[1] = 0x61
    expect(() => resultOf('f', broken)).toThrow('f: no')
  })
})

it('callThrift fails where nobody answers', async () => {
  const server = createServer(socket =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await expect(callThrift('127.0.0.1', port, 'f', [])).rejects.toThrow('closed')
  await new Promise(closed => server.close(closed))
})
