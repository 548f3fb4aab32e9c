/**
 * A server for what the real ones do not do: each request is answered as the test says, and remembered.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** Encoded path, without the query. */
  readonly path: string
  readonly query: URLSearchParams
}

export type Answer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void

export class FakeServer implements AsyncDisposable {
  readonly asked: Asked[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** With `tls`, PEM, over HTTPS. */
  static async start(
    answer: Answer,
    tls?: { readonly key: string; readonly cert: string },
  ): Promise<FakeServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls)
    const fake = new FakeServer(server)
    server.on('request', (request, response) => {
      const [path, query] = (request.url ?? '').split('?') as [string, string?]
      const asked = { method: request.method ?? '', path, query: new URLSearchParams(query) }
      fake.asked.push(asked)
      answer(asked, response, request)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return fake
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Operations, in the order in which they were asked for. */
  get ops(): (string | null)[] {
    return this.asked.map(({ query }) => query.get('op'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function refuse(
  response: ServerResponse,
  status: number,
  exception: string,
  message = 'so it is',
): void {
  json(response, status, { RemoteException: { exception, javaClassName: `x.${exception}`, message } })
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { location, 'content-length': 0 }).end()
}

/** A file of five bytes. */
export function status(name = ''): Record<string, unknown> {
  return { pathSuffix: name, type: 'FILE', length: 5, modificationTime: 7, fileId: 16_400, blockSize: 1024 }
}
