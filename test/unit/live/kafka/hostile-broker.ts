/**
 * A broker of our own on 127.0.0.1 that answers as a test wants: right to what it knows (ApiVersions, Metadata for one
 * topic of one partition), and with bytes of the test's own where it asks for them.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Writer } from '@platformatic/kafka'

export interface Asked {
  readonly apiKey: number
  readonly version: number
  readonly correlation: number
  readonly body: Buffer
}

/** Bytes of the body; null: no answer; a frame: these bytes as they are, size and all. */
export type Answer = Buffer | null | { readonly frame: Buffer }

export const API = {
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  handshake: 17,
  apiVersions: 18,
  authenticate: 36,
} as const

export class HostileBroker implements AsyncDisposable {
  readonly asked: number[] = []
  /** Looked at first; undefined: as a good broker. */
  answer: (asked: Asked) => Answer | undefined = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer(socket => this.#serve(socket))
  }

  static async start(): Promise<HostileBroker> {
    const broker = new HostileBroker()
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    let held: Buffer = Buffer.alloc(0)
    socket.on('data', chunk => {
      held = Buffer.concat([held, chunk as Buffer])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const end = 4 + held.readInt32BE(0)
        this.#reply(socket, held.subarray(4, end))
        held = held.subarray(end)
      }
    })
  }

  #reply(socket: Socket, request: Buffer): void {
    const apiKey = request.readInt16BE(0)
    const version = request.readInt16BE(2)
    const correlation = request.readInt32BE(4)
    this.asked.push(apiKey)
    const asked = { apiKey, version, correlation, body: request.subarray(10 + request.readInt16BE(8)) }
    const wanted = this.answer(asked)
    const answer = wanted === undefined ? this.#good(asked) : wanted
    if (answer === null) return
    if ('frame' in answer) socket.write(answer.frame)
    else socket.write(frameOf(asked, answer))
  }

  #good({ apiKey }: Asked): Buffer | null {
    if (apiKey === API.apiVersions) return apiVersions()
    if (apiKey === API.metadata) return metadata(this.port)
    return null
  }
}

/** Size, correlation, and the tags that new replies have. */
export function frameOf(
  { apiKey, correlation }: Pick<Asked, 'apiKey' | 'correlation'>,
  body: Buffer,
): Buffer {
  const isPlain = apiKey === API.apiVersions || apiKey === API.handshake
  const head = Buffer.alloc(isPlain ? 8 : 9)
  head.writeInt32BE(head.length - 4 + body.length, 0)
  head.writeInt32BE(correlation, 4)
  return Buffer.concat([head, body])
}

export function apiVersions(ranges: readonly (readonly [number, number, number])[] = ALL): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray([...ranges], (writer, [key, min, max]) => {
      writer.appendInt16(key).appendInt16(min).appendInt16(max)
    })
    .appendInt32(0)
    .appendTaggedFields().buffer
}

const ALL = [
  [API.fetch, 4, 13],
  [API.listOffsets, 1, 7],
  [API.metadata, 0, 12],
  [API.handshake, 0, 1],
  [API.apiVersions, 0, 3],
  [API.authenticate, 0, 2],
] as const

export const TOPIC_ID = '01234567-89ab-cdef-0123-456789abcdef'

export function metadata(port: number, { host = '127.0.0.1', topicId = TOPIC_ID } = {}): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([1], (writer, node) => {
      writer.appendInt32(node).appendString(host).appendInt32(port).appendString(null)
    })
    .appendString('cluster')
    .appendInt32(1)
    .appendArray(['t'], (writer, name) => {
      writer.appendInt16(0).appendString(name).appendUUID(topicId).appendBoolean(false)
      writer.appendArray([0], (inner, partition) => {
        inner.appendInt16(0).appendInt32(partition).appendInt32(1).appendInt32(0)
        for (let list = 0; list < 3; list++) inner.appendArray([], () => undefined)
      })
      writer.appendInt32(0)
    })
    .appendTaggedFields().buffer
}
