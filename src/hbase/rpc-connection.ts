/**
 * One connection to one service of one server of HBase. Calls are multiplexed: each has a number, and answers come in
 * any order.
 *
 * Invariants: a call that is not answered in its time ends the connection, because a server that is frozen or cut off
 * looks like this and its other calls would wait as long; a reply to what was not asked ends it, too, so that no reply
 * is ever taken for another's. After its end every call fails at once.
 */

import { connect, type Socket } from 'node:net'
import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import {
  openingBytes,
  parseReply,
  type Reply,
  ReplyFrames,
  requestPieces,
  type ServiceName,
} from './rpc-frames.ts'
import { failureOf, storeFailed } from './server-failure.ts'

/** Bytes read at once, into one buffer that is used again and again. */
const READ_BYTES = 256 * 1024
const CALL_ID_MAX = 0x7fff_ffff

export interface ConnectionSettings {
  readonly user: string
  readonly connectMs: number
  /** Called with the bytes of each reply. */
  readonly onBytes: (count: number) => void
}

interface Pending {
  readonly method: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

export class RpcConnection {
  readonly server: string
  readonly #socket: Socket
  readonly #frames: ReplyFrames
  readonly #pending = new Map<number, Pending>()
  readonly #onBytes: (count: number) => void
  readonly #connectTimer: NodeJS.Timeout
  #callId = 0
  #failure: HindcastError | null = null

  /** Connects at once; calls may be made before it is connected. `server` is `host:port`. */
  constructor(server: string, service: ServiceName, settings: ConnectionSettings) {
    this.server = server
    this.#onBytes = settings.onBytes
    this.#frames = new ReplyFrames(LIMITS.hbaseReplyBytesMax, {
      onFrame: frame => this.#answer(frame),
      onDropped: (size, callId) => this.#tooLong(size, callId),
    })
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const callback = (size: number) => {
      this.#take(buffer.subarray(0, size))
      return true
    }
    this.#socket = connect({
      ...addressOf(server),
      noDelay: true,
      keepAlive: true,
      onread: { buffer, callback },
    })
    const { connectMs } = settings
    this.#connectTimer = setTimeout(() => this.#lose(`no connection in ${connectMs} ms`), connectMs)
    this.#socket.once('connect', () => clearTimeout(this.#connectTimer))
    this.#socket.on('error', error => this.#lose(error.message))
    this.#socket.on('close', () => this.#lose('the connection was closed'))
    this.#socket.write(openingBytes(service, settings.user))
  }

  get isClosed(): boolean {
    return this.#failure !== null
  }

  /** Calls that wait for their answer. */
  get load(): number {
    return this.#pending.size
  }

  /**
   * The reply, which may be an exception of the server. Raises `store-failed` where none comes in time, `limit-passed`
   * where it is too long, and the reason of the signal.
   */
  ask(method: string, parameter: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Reply> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#callId = this.#callId === CALL_ID_MAX ? 1 : this.#callId + 1
    const callId = this.#callId
    const timer = setTimeout(
      () => this.#lose(`no answer to ${method} in ${Math.round(timeoutMs)} ms`),
      timeoutMs,
    )
    this.#pending.set(callId, { method, timer, resolve, reject })
    this.#socket.cork()
    for (const piece of requestPieces({ callId, method, parameter, timeoutMs })) this.#socket.write(piece)
    this.#socket.uncork()
    if (signal === undefined) return promise
    // The call stays pending: its answer is still to be told from one that nobody asked for.
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  close(): void {
    this.#lose('it was closed here')
  }

  #take(chunk: Buffer): void {
    if (this.#failure !== null) return
    this.#onBytes(chunk.length)
    try {
      this.#frames.push(chunk)
    } catch (error) {
      this.#fail(this.#located(error))
    }
  }

  #answer(frame: Buffer): void {
    const reply = parseReply(frame)
    const pending = this.#pending.get(reply.callId)
    if (pending === undefined) {
      // What goes wrong with the opening is told under no call's number.
      const { exception } = reply
      if (exception !== null) this.#fail(failureOf(exception, { server: this.server }).error)
      else this.#fail(this.#located(new HindcastError('reply-invalid', 'it answers what was not asked')))
      return
    }
    this.#pending.delete(reply.callId)
    clearTimeout(pending.timer)
    pending.resolve(reply)
  }

  #tooLong(size: number, callId: number): void {
    const limit = LIMITS.hbaseReplyBytesMax
    const error = new HindcastError(
      'limit-passed',
      `HBase at ${this.server}: a reply claims to be ${size} bytes long; limit hbaseReplyBytesMax is ${limit}`,
      {
        where: { uri: this.server },
        advice:
          'Check that this is the port of a server of HBase; ask for fewer versions, or a shorter range of time.',
      },
    )
    const pending = this.#pending.get(callId)
    if (pending === undefined) {
      this.#fail(error)
      return
    }
    this.#pending.delete(callId)
    clearTimeout(pending.timer)
    pending.reject(error)
  }

  #located(error: unknown): HindcastError {
    if (!(error instanceof HindcastError)) return storeFailed({ server: this.server }, String(error), error)
    const { code, message, advice } = error
    return new HindcastError(code, `HBase at ${this.server}: ${message}`, {
      where: { uri: this.server },
      advice,
      cause: error,
    })
  }

  #lose(why: string): void {
    if (this.#failure === null) this.#fail(storeFailed({ server: this.server }, why))
  }

  #fail(error: HindcastError): void {
    if (this.#failure !== null) return
    this.#failure = error
    clearTimeout(this.#connectTimer)
    this.#socket.destroy()
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
  }
}

/** Host and port of `host:port`; the host may be an IPv6 address in brackets. Raises `job-invalid`. */
export function addressOf(server: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(server)
  const port = Number(found?.[3])
  if (found === null || port < 1 || port > 65_535) {
    throw new HindcastError(
      'job-invalid',
      `${JSON.stringify(server)} is not host:port of a server of HBase`,
      {
        advice: 'Write it like hmaster.example:16000.',
      },
    )
  }
  return { host: (found[1] ?? found[2])!, port }
}
