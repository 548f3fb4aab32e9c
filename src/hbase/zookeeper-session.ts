/**
 * A connection to one server of ZooKeeper: frames out, replies in, one question at a time. It lives for a few reads, far
 * shorter than its session, so it sends no pings; it is always closed by whoever opened it.
 */

import { connect, type Socket } from 'node:net'
import { HindcastError, wrapError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import {
  broken,
  checkConnected,
  closeFrame,
  connectFrame,
  NO_NODE,
  parseReply,
  type ReadRequest,
  readFrame,
  replyError,
} from './zookeeper-jute.ts'

export interface ZookeeperAddress {
  readonly host: string
  readonly port: number
}

export class ZookeeperSession {
  readonly #socket: Socket
  #xid = 0
  /** What has come and is no whole frame yet. */
  #held: Buffer = Buffer.alloc(0)
  #waiting: PromiseWithResolvers<Buffer> | null = null
  #failure: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => this.#take(chunk))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#fail(lost('it closed the connection')))
  }

  /** Raises `store-failed`, `reply-invalid`; what the signal was ended with when it ends. */
  static async open(
    address: ZookeeperAddress,
    signal: AbortSignal,
    sessionMs: number,
  ): Promise<ZookeeperSession> {
    signal.throwIfAborted()
    const session = new ZookeeperSession(connect({ host: address.host, port: address.port, noDelay: true }))
    const abort = () => session.#fail(signal.reason instanceof Error ? signal.reason : lost('ended'))
    signal.addEventListener('abort', abort, { once: true })
    session.#socket.once('close', () => signal.removeEventListener('abort', abort))
    try {
      checkConnected(await session.#ask(connectFrame(sessionMs)))
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** Body of the reply; null: there is no such node. */
  async read(request: ReadRequest, path: string): Promise<Buffer | null> {
    const xid = ++this.#xid
    const reply = parseReply(await this.#ask(readFrame(request, xid, path)))
    if (reply.xid !== xid) throw broken(`a reply to question ${reply.xid} where ${xid} was asked`)
    if (reply.error === NO_NODE) return null
    if (reply.error !== 0) throw replyError(reply.error, path)
    return reply.body
  }

  /** Tells the server that the session is over, so that it need not wait for its end. */
  close(): void {
    if (this.#failure === null) this.#socket.end(closeFrame(++this.#xid))
    this.#fail(lost('the connection is closed'))
  }

  #ask(frame: Buffer): Promise<Buffer> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    this.#waiting = Promise.withResolvers<Buffer>()
    this.#socket.write(frame)
    return this.#waiting.promise
  }

  #take(chunk: Buffer): void {
    if (this.#failure !== null) return
    // Replies are some hundred bytes; joining chunks is bounded by the length that is checked first.
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    if (this.#held.length < 4) return
    const length = this.#held.readInt32BE(0)
    if (length < 0 || length > LIMITS.zookeeperReplyBytesMax) {
      this.#fail(broken(`a frame of ${length} bytes, of ${LIMITS.zookeeperReplyBytesMax} that are taken`))
      return
    }
    if (this.#held.length < 4 + length) return
    if (this.#waiting === null || this.#held.length > 4 + length) {
      this.#fail(broken('more than one answer'))
      return
    }
    const waiting = this.#waiting
    const payload = this.#held.subarray(4, 4 + length)
    this.#waiting = null
    this.#held = Buffer.alloc(0)
    waiting.resolve(payload)
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return
    this.#failure = wrapError(error, 'store-failed', 'no connection', { advice: CHECK })
    this.#waiting?.reject(this.#failure)
    this.#waiting = null
    // A close that was sent goes out first; the server may be gone, so nothing waits for its answer.
    if (this.#socket.writableEnded) this.#socket.destroySoon()
    else this.#socket.destroy()
  }
}

const CHECK = 'Check host and port, and that the server runs: `echo srvr | nc HOST PORT` tells.'

function lost(why: string): HindcastError {
  return new HindcastError('store-failed', why, { advice: CHECK })
}
