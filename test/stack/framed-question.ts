/**
 * One question over a connection of its own, in the frame that Kafka and Thrift share: a length of four bytes, big
 * endian, then so many bytes; the answer likewise.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

/** Without a byte of an answer for so long, it is given up. */
const SILENCE_MS = 10_000
/** Of servers that we have started: more is something else that listens there. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024

/** The bytes of the answer, without its length. Throws where nobody answers, or not with a whole frame. */
export async function askFramed(host: string, port: number, question: Buffer): Promise<Buffer> {
  const socket = connect({ host, port, timeout: SILENCE_MS })
  const { promise: failed, reject } = Promise.withResolvers<never>()
  socket.on('error', reject).on('timeout', () => reject(new Error(`no answer in ${SILENCE_MS} ms`)))
  failed.catch(() => undefined)
  try {
    await Promise.race([once(socket, 'connect'), failed])
    const length = Buffer.alloc(4)
    length.writeInt32BE(question.length)
    socket.write(Buffer.concat([length, question]))
    return await Promise.race([readFrame(socket), failed])
  } finally {
    socket.destroy()
  }
}

async function readFrame(socket: AsyncIterable<Buffer>): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk])
    const length = received.length < 4 ? null : received.readInt32BE(0)
    if (length === null) continue
    if (length < 0 || length > ANSWER_BYTES_MAX) throw new Error(`an answer of ${length} bytes is none`)
    if (received.length >= 4 + length) return received.subarray(4, 4 + length)
  }
  throw new Error('the connection was closed before the answer')
}
