/**
 * The NameNodes of a cluster behind one call: the active one is remembered; standby, starting and dead ones are left
 * for the next. Whatever happens, a call ends within its deadline.
 *
 *     GET http://nn:9870/webhdfs/v1/PATH?op=OP&user.name=USER&…     (parameter names are case-sensitive)
 */

import type { Agent } from 'undici'
import { LIMITS } from '../../limits.ts'
import { Tries } from '../remote/backoff.ts'
import { type RangeTaker, TextTaker } from './body-takers.ts'
import { encodedPath } from './hdfs-path.ts'
import type { HttpRequest, ReplyHead } from './http-exchange.ts'
import { ConnectionFailure, exchange } from './http-exchange.ts'
import type { RedirectTarget } from './redirect.ts'
import { checkRedirect } from './redirect.ts'
import { mayPass, RemoteError, typedError } from './remote-error.ts'
import { remoteFailure } from './remote-failure.ts'
import { authorityUri, originOf, type WebHdfsOptions } from './webhdfs-uri.ts'

export interface Call {
  readonly method: HttpRequest['method']
  readonly op: string
  /** Decoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

/** What a NameNode answers where bytes of a file are wanted: itself (HttpFS), or where they are. */
export type Directions<Here = object> =
  | ({ readonly isHere: true } & Here)
  | { readonly isHere: false; readonly to: RedirectTarget }

export class NameNodes {
  readonly options: WebHdfsOptions
  readonly #agent: Agent
  readonly #signal: AbortSignal
  #active = 0

  /** `signal` ends all calls. */
  constructor(options: WebHdfsOptions, agent: Agent, signal: AbortSignal) {
    this.options = options
    this.#agent = agent
    this.#signal = signal
  }

  /** How messages and plans call a path. */
  uriOf(path: string): string {
    return `${authorityUri(this.options)}${path}`
  }

  /** The tries of one call, from now on. */
  newTries(): Tries {
    const { deadlineMs = LIMITS.webHdfsDeadlineMs, attemptMs = LIMITS.webHdfsAttemptMs } = this.options
    return new Tries({ deadlineMs, attemptMs }, this.#signal)
  }

  /**
   * The JSON of the answer; null for an empty one. Rejects with `RemoteError` for what a NameNode refuses, with a
   * HindcastError (`remote-failed` after the deadline) for anything else.
   */
  async ask(call: Call): Promise<unknown> {
    return this.#withTries(call, tries => this.#askActive(call, tries))
  }

  /** The same with one try: for what can be done without. */
  askOnce(call: Call): Promise<unknown> {
    return this.#withActive(() => this.#askActive(call, this.newTries()))
  }

  async #askActive(call: Call, tries: Tries): Promise<unknown> {
    const taker = new TextTaker()
    const { status } = await this.#send(call, taker, tries)
    if (status >= 200 && status < 300) return taker.json()
    throw new RemoteError(remoteFailure(status, taker.text))
  }

  /** What a DataNode is to answer or to be given; or the answer itself (HttpFS). One try. */
  async askOrRedirect(call: Call, tries: Tries): Promise<Directions<{ readonly body: unknown }>> {
    return this.#withActive(async active => {
      const taker = new TextTaker()
      const head = await this.#send(call, taker, tries, active)
      if (head.status === 307) return { isHere: false, to: this.#redirect(call, head) }
      if (head.status >= 200 && head.status < 300) return { isHere: true, body: taker.json() }
      throw new RemoteError(remoteFailure(head.status, taker.text))
    })
  }

  /** Asks the NameNode to OPEN: the bytes themselves go to the taker (HttpFS), or where they are is told. One try. */
  async open(call: Call, taker: RangeTaker, tries: Tries): Promise<Directions> {
    return this.#withActive(async active => {
      const head = await this.#send(call, taker, tries, active)
      if (taker.isRange) return { isHere: true }
      if (head.status === 307) return { isHere: false, to: this.#redirect(call, head) }
      throw new RemoteError(remoteFailure(head.status, taker.error.text))
    })
  }

  /** Runs tries of `work` until one is good, none is worth it, or the deadline has come. */
  async #withTries<Value>(call: Call, work: (tries: Tries) => Promise<Value>): Promise<Value> {
    const tries = this.newTries()
    for (let atOnce = 0; ; ) {
      try {
        return await this.#withActive(() => work(tries))
      } catch (error) {
        if (error instanceof RemoteError && !mayPass(error)) throw error
        // another NameNode is asked at once, the same one after a pause
        const isNew = ++atOnce < this.options.nameNodes.length
        if (mayPass(error) && (isNew || (await tries.next()))) {
          if (!isNew) atOnce = 0
          continue
        }
        throw typedError(error, { op: call.op, uri: this.uriOf(call.path), detail: triesText(tries) })
      }
    }
  }

  /** A try at the active NameNode; one that fails in a way that another may not makes the next the active one. */
  async #withActive<Value>(work: (active: number) => Promise<Value>): Promise<Value> {
    const active = this.#active
    try {
      return await work(active)
    } catch (error) {
      if (isOfNode(error) && this.#active === active)
        this.#active = (active + 1) % this.options.nameNodes.length
      throw error
    }
  }

  #send(
    call: Call,
    taker: HttpRequest['taker'],
    tries: Tries,
    active: number = this.#active,
  ): Promise<ReplyHead> {
    return exchange(this.#agent, {
      origin: originOf(this.options.scheme, this.options.nameNodes[active]!),
      path: requestPath(call, this.options.user),
      method: call.method,
      attemptMs: tries.attemptMs,
      signal: this.#signal,
      taker,
    })
  }

  #redirect({ op, path }: Call, { headers }: ReplyHead): RedirectTarget {
    return checkRedirect({ location: headers.location, op, path }, this.options)
  }
}

/** Path and query of a request. */
export function requestPath({ op, path, query }: Call, user: string | undefined): string {
  const parameters = new URLSearchParams({
    op,
    ...(user === undefined ? {} : { 'user.name': user }),
    ...query,
  })
  return `/webhdfs/v1${encodedPath(path)}?${parameters}`
}

function isOfNode(error: unknown): boolean {
  if (error instanceof ConnectionFailure) return true
  return error instanceof RemoteError && (error.failure.kind === 'standby' || error.failure.kind === 'later')
}

function triesText({ failures }: Tries): string {
  return failures === 0 ? '' : `, tried ${failures} times`
}
