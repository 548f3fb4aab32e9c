/**
 * `GET /metrics` of a run, on one port, for as long as the run goes. Loopback unless told: what it says is nobody
 * else's affair. Any other path is not found; nothing that is asked changes the run.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HindcastError } from '../../errors.ts'

export interface MetricsPlace {
  /** 0: any that is free. */
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Told where it listens, before the run begins. */
  readonly onListening?: (url: string) => void
}

export interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

const LOOPBACK = '127.0.0.1'
/** One Prometheus, one person, and some that hang. */
const CONNECTIONS_MAX = 32
const REQUEST_MS = 10_000
const CLOSE_MS = 1000

/** Listens; raises `argument-invalid` where that cannot be. */
export async function serveMetrics(
  place: MetricsPlace,
  metrics: MetricsText,
): Promise<{ close(): Promise<void> }> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      void answer(request, response, metrics)
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  const url = await listening(server, place)
  place.onListening?.(url)
  return {
    close: () => closed(server),
  }
}

/** A scrape under way gets its answer; whoever hangs is cut off soon after. */
async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const giveUp = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  server.close(() => resolve())
  await promise
  clearTimeout(giveUp)
}

async function listening(server: Server, { host = LOOPBACK, port }: MetricsPlace): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port, exclusive: true }, resolve)
  try {
    await promise
  } catch (error) {
    throw notListening(error as NodeJS.ErrnoException, host, port)
  }
  server.off('error', reject)
  server.on('error', () => {}) // of one connection: the run goes on
  const { address, family, port: bound } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/metrics`
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): HindcastError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process has it',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  }
  const reason = reasons[error.code ?? ''] ?? error.message
  return new HindcastError(
    'argument-invalid',
    `metrics cannot be served on ${host}, port ${port}: ${reason}`,
    {
      advice: 'Choose another one, or --metrics 0 for any that is free.',
      cause: error,
    },
  )
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: MetricsText,
): Promise<void> {
  request.resume()
  response.shouldKeepAlive = false // scrapes are rare, and nothing idle is left when the run ends
  const path = (request.url ?? '').replace(/\?.*$/, '')
  if (path !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found: see /metrics\n')
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { 'content-type': 'text/plain', allow: 'GET, HEAD' }).end('GET it\n')
    return
  }
  try {
    const text = await metrics.text()
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${(error as Error).message}\n`)
  }
}
