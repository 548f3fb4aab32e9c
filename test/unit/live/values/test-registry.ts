/** A schema registry of our own, on loopback: serves what it is given, counts requests, and fails as it is told. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Served {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly {
    readonly name: string
    readonly subject: string
    readonly version: number
  }[]
}

export class TestRegistry {
  readonly #server: Server
  /** Path → what is there. */
  readonly replies = new Map<string, Served>()
  /** Paths of the requests so far. */
  readonly asked: string[] = []
  /** Answers the next requests instead of the registry, one each. */
  readonly instead: ((request: IncomingMessage, response: ServerResponse) => void)[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<TestRegistry> {
    const server = createServer()
    const registry = new TestRegistry(server)
    server.on('request', (request, response) => registry.#answer(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  serve(id: number, served: Served): void {
    this.replies.set(`/schemas/ids/${id}`, served)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    this.asked.push(path)
    const instead = this.instead.shift()
    if (instead !== undefined) {
      instead(request, response)
      return
    }
    const found = this.replies.get(path)
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': 'application/vnd.schemaregistry.v1+json',
    })
    response.end(JSON.stringify(found ?? { error_code: 40403, message: 'Schema not found' }))
  }
}

/** A value in Confluent's wire format. */
export function framed(id: number, payload: Uint8Array, indexes: readonly number[] = []): Uint8Array {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, Uint8Array.from(indexes), payload])
}
