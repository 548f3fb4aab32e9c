/**
 * Connections to the servers of one cluster: a few for each server and service, made when they are needed, replaced when
 * they have ended. A call goes to the one with the fewest calls under way.
 */

import { HindcastError } from '../errors.ts'
import { RpcConnection } from './rpc-connection.ts'
import type { Reply, ServiceName } from './rpc-frames.ts'
import { failureOf, lostServer, type ServerPlace, storeFailed } from './server-failure.ts'

export interface LinkSettings {
  readonly user: string
  readonly connectMs: number
  /** Connections to one service of one server. */
  readonly connections: number
}

export interface Call {
  /** `host:port` */
  readonly server: string
  readonly service: ServiceName
  readonly method: string
  readonly parameter: Uint8Array
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** What it is about, for errors. */
  readonly about?: Omit<ServerPlace, 'server'>
}

/** What has been asked for; each counts up. */
export interface CallCounts {
  rowsRead: number
  calls: number
  bytes: number
  retries: number
}

export class ServerLinks {
  readonly counts: CallCounts = { rowsRead: 0, calls: 0, bytes: 0, retries: 0 }
  readonly #settings: LinkSettings
  readonly #links = new Map<string, RpcConnection[]>()
  #isClosed = false

  constructor(settings: LinkSettings) {
    this.#settings = settings
  }

  /** The reply of the server. Raises ServerFailure for whatever goes wrong, and the reason of the signal. */
  async ask({ server, service, method, parameter, timeoutMs, signal, about }: Call): Promise<Reply> {
    if (this.#isClosed) throw lostServer(storeFailed({ server }, 'the cluster was closed here'))
    this.counts.calls++
    let reply: Reply
    try {
      reply = await this.#link(server, service).ask(method, parameter, timeoutMs, signal)
    } catch (error) {
      if (signal?.aborted || !(error instanceof HindcastError)) throw error
      throw lostServer(error)
    }
    if (reply.exception !== null) throw failureOf(reply.exception, { server, ...about })
    return reply
  }

  close(): void {
    this.#isClosed = true
    for (const links of this.#links.values()) for (const link of links) link.close()
    this.#links.clear()
  }

  #link(server: string, service: ServiceName): RpcConnection {
    const key = `${service} ${server}`
    const links = (this.#links.get(key) ?? []).filter(link => !link.isClosed)
    let best: RpcConnection | null = null
    for (const link of links) if (best === null || link.load < best.load) best = link
    if (best === null || (best.load > 0 && links.length < this.#settings.connections)) {
      const { user, connectMs } = this.#settings
      const onBytes = (count: number) => {
        this.counts.bytes += count
      }
      best = new RpcConnection(server, service, { user, connectMs, onBytes })
      links.push(best)
    }
    this.#links.set(key, links)
    return best
  }
}
