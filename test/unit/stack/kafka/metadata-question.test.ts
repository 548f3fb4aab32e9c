/** The one request that brokers are asked, against bytes written by hand from the protocol guide. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { brokersOf, liveBrokers, metadataRequest } from '../../../stack/kafka/metadata-question.ts'

const REQUEST = '0003 0007 00000001 000e 68696e64636173742d737461636b 00000000 00'
const BROKER = (id: string, rack: string) => `${id} 0009 3132372e302e302e31 00002384 ${rack}`
const ANSWER = `00000001 00000000 00000002 ${BROKER('00000001', 'ffff')} ${BROKER('00000003', '0001 61')}`

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

describe('the bytes', () => {
  it('of the request', () => {
    expect(metadataRequest()).toEqual(bytes(REQUEST))
  })

  it('of an answer, with and without a rack', () => {
    expect(brokersOf(bytes(ANSWER))).toEqual([1, 3])
  })

  it('of an answer to another question', () => {
    expect(() => brokersOf(bytes(ANSWER.replace('00000001', '00000002')))).toThrow('another question')
  })
})

describe('liveBrokers', () => {
  it.each([
    ['closes at once', '', /closed/],
    [
      'is no broker',
      Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'),
      /an answer of 1213486160 bytes is none/,
    ],
    ['breaks off', '0000000400', /closed/],
  ])('fails where what listens %s', async (_, answer, message) => {
    const server = createServer(socket =>
      socket
        .on('error', () => undefined)
        .resume()
        .end(bytes(answer)),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await expect(liveBrokers('127.0.0.1', port)).rejects.toThrow(message)
    await new Promise(closed => server.close(closed))
    await expect(liveBrokers('127.0.0.1', port)).rejects.toThrow('ECONNREFUSED')
  })
})
