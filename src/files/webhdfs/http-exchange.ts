/**
 * One request and its reply over undici, whose pools keep connections per server. The body goes to a taker chunk by
 * chunk and is never gathered here; a reply that is silent or takes too long is left.
 *
 * Names are resolved by us, so that one that leads to a link-local address is not connected to.
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { guardedLookup } from '../remote/guarded-lookup.ts'
import { redacted } from '../remote/redaction.ts'
import type { WebHdfsOptions } from './webhdfs-uri.ts'

export interface ReplyHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/** Where the body goes. What it throws ends the request and is what the caller gets. */
export interface BodyTaker {
  begin(head: ReplyHead): void
  /** False: enough, the rest is not wanted. The chunk is only valid during the call. */
  take(chunk: Uint8Array): boolean
}

export interface HttpRequest {
  /** `http://host:port` */
  readonly origin: string
  /** Path and query, encoded. */
  readonly path: string
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly attemptMs: number
  readonly signal: AbortSignal
  readonly taker: BodyTaker
}

/** No whole reply came: worth another try. The message is fit to be shown. */
export class ConnectionFailure extends Error {
  override readonly name = 'ConnectionFailure'
}

/** Connections of one file system. */
export function newAgent({ ca, silenceMs }: Pick<WebHdfsOptions, 'ca' | 'silenceMs'>): Agent {
  const silence = silenceMs ?? LIMITS.webHdfsSilenceMs
  return new Agent({
    connections: LIMITS.webHdfsConnectionsMax,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: LIMITS.webHdfsLocationMax,
    headersTimeout: silence,
    bodyTimeout: silence,
    connect: { timeout: LIMITS.webHdfsConnectMs, ...connectionOptions(ca) },
  })
}

/** For any socket of ours: what it trusts, and how it resolves names. */
export function connectionOptions(ca: string | undefined): { lookup: LookupFunction; ca?: string } {
  return { lookup: guardedLookup, ...(ca === undefined ? {} : { ca }) }
}

/** Resolves with the head once the whole body was taken. Rejects with `ConnectionFailure` or what the taker threw. */
export function exchange(agent: Agent, request: HttpRequest): Promise<ReplyHead> {
  const { promise, resolve, reject } = Promise.withResolvers<ReplyHead>()
  const { taker, signal } = request
  let controller: Dispatcher.DispatchController | null = null
  let head: ReplyHead | null = null
  let stopped: Error | null = null
  const stop = (reason: Error): void => {
    stopped ??= reason
    controller?.abort(stopped)
    settle(() => reject(stopped!))
  }
  const onAbort = (): void => stop(signal.reason as Error)
  const timer = setTimeout(
    () => stop(new ConnectionFailure(`no whole reply within ${Math.round(request.attemptMs)} ms`)),
    request.attemptMs,
  )
  const settle = (how: () => void): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    how()
  }
  const guarded = (work: () => void): void => {
    try {
      if (stopped === null) work()
    } catch (error) {
      stop(error as Error)
    }
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })

  const { origin, path, method } = request
  if (stopped !== null) return promise
  try {
    agent.dispatch(
      { origin, path, method, headers: { accept: '*/*' } },
      {
        onRequestStart: started => {
          controller = started
          if (stopped !== null) started.abort(stopped)
        },
        onResponseStart: (_controller, status, headers) => {
          if (status < 200) return
          head = { status, headers }
          guarded(() => taker.begin(head!))
        },
        onResponseData: (_controller, chunk) =>
          guarded(() => {
            if (taker.take(chunk)) return
            settle(() => resolve(head!))
            stopped = new ConnectionFailure('enough was read')
            controller?.abort(stopped)
          }),
        onResponseEnd: () => settle(() => resolve(head!)),
        onResponseError: (_controller, error) => settle(() => reject(stopped ?? failureOf(error))),
      },
    )
  } catch (error) {
    stop(failureOf(error as Error))
  }
  return promise
}

/** Errors of sockets, TLS and HTTP as ours. What will not pass by itself is final. */
export function failureOf(error: Error & { code?: string }): Error {
  if (error instanceof HindcastError || error instanceof ConnectionFailure) return error
  const code = error.code ?? ''
  if (/CERT|SELF_SIGNED|VERIFY_LEAF|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT/.test(code))
    return new HindcastError('access-denied', `the certificate of the server is not trusted (${code})`, {
      advice: 'Give the certificate of its authority as `ca:`, and use the host name that it is made out to.',
    })
  return new ConnectionFailure(
    `${redacted(error.message) || 'the connection failed'}${code ? ` (${code})` : ''}`,
  )
}
