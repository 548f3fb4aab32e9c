/**
 * One connection to one broker: TCP or TLS, login, then questions and replies in order.
 *
 *     request := size i32  apiKey i16  version i16  correlation i32  client string  [ tags ]  body
 *     reply   := size i32  correlation i32  [ tags ]  body
 *
 * Why not the connection of `@platformatic/kafka` (2.12.1, read and tried): it gathers whatever size a reply claims, up
 * to 2 GiB; a SCRAM message without `s=` throws out of its socket's listener and ends the process, and no iterations
 * are too many; a user name with two commas is encoded wrongly; and a question has no time limit of its own. Its
 * encoders and parsers serve (questions.ts).
 *
 * Invariants: nothing is allocated before its size was checked; a reply that is late, strange or out of order ends the
 * connection, so that no reply is ever taken for another's; foreign errors do not get past here.
 */

import type { Socket } from 'node:net'
import { HindcastError } from '../../errors.ts'
import type { KafkaSasl } from '../../job/index.ts'
import type { ApiCall } from './api-call.ts'
import { type BrokerAddress, brokerText } from './broker-address.ts'
import { connected, located, lost, refuseTls, socketFailure, type TlsSettings } from './broker-socket.ts'
import { FrameReader } from './frame-reader.ts'
import { login } from './login.ts'
import { apiVersionsCall } from './questions.ts'
import { WireReader } from './wire/wire-reader.ts'

const CLIENT = Buffer.from('hindcast')
/** A login is said again before the broker asks for it: after this share of its time. */
const SESSION_SHARE = 0.8

/** What all connections of a source have in common; secrets are open in it. */
export interface ConnectionSettings {
  /** null: plain text. */
  readonly tls: TlsSettings | null
  readonly sasl: KafkaSasl | null
  /** To connect, TLS and SASL included. */
  readonly connectMs: number
}

interface Pending {
  readonly correlation: number
  readonly call: ApiCall<unknown>
  readonly version: number
  readonly timer: NodeJS.Timeout
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: HindcastError) => void
}

/** Bound of a reply and its name. */
export interface ReplyBound {
  readonly bytesMax: number
  readonly limit: string
}

export class BrokerConnection {
  readonly broker: string
  readonly #socket: Socket
  readonly #frames: FrameReader
  /** Asked and not answered yet, oldest first: brokers answer in order. */
  readonly #pending: Pending[] = []
  readonly #versions = new Map<number, { readonly min: number; readonly max: number }>()
  #correlation = 0
  #failure: HindcastError | null = null
  #loginUntil = Number.POSITIVE_INFINITY
  #isFirstChunk = true
  #isRetired = false

  private constructor(address: BrokerAddress, socket: Socket, { bytesMax, limit }: ReplyBound) {
    this.broker = brokerText(address)
    this.#socket = socket
    this.#frames = new FrameReader(bytesMax, limit)
    socket.setNoDelay(true)
    socket.on('error', error => this.#fail(socketFailure(error, this.broker)))
    socket.on('close', () => this.#fail(lost(this.broker, 'the connection was closed')))
    if (socket.destroyed) this.#fail(lost(this.broker, 'the connection was closed'))
  }

  /** Connects and logs in. Raises `remote-failed`, `access-denied`, `redirect-refused`, `unsupported`. */
  static async open(
    address: BrokerAddress,
    settings: ConnectionSettings,
    bound: ReplyBound,
  ): Promise<BrokerConnection> {
    const until = performance.now() + settings.connectMs
    let connection: BrokerConnection | null = null
    const take = (chunk: Buffer) => connection?.take(chunk)
    const socket = await connected(address, settings.tls, settings.connectMs, take)
    connection = new BrokerConnection(address, socket, bound)
    try {
      await connection.#begin(settings.sasl, until)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  /** False: it has failed, was closed, or its login ends soon; questions need a new one. */
  get isUsable(): boolean {
    return this.#failure === null && performance.now() < this.#loginUntil
  }

  get isClosed(): boolean {
    return this.#failure !== null
  }

  /** Closes it once everything that was asked is answered. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.length === 0) this.close()
  }

  /** The newest version of the call that the broker speaks too. Raises `unsupported`. */
  versionOf({ apiKey, versions, name, since }: ApiCall<unknown>): number {
    const range = this.#versions.get(apiKey)
    const version = versions.find(each => range !== undefined && each >= range.min && each <= range.max)
    if (version !== undefined) return version
    const spoken = range === undefined ? 'none' : `${range.min} to ${range.max}`
    throw new HindcastError(
      'unsupported',
      `broker ${this.broker} speaks ${spoken} of ${name}, and one of ${versions.join(', ')} is needed`,
      { where: { uri: this.broker }, advice: `Use brokers of Kafka ${since} or later.` },
    )
  }

  /** The reply. After an error of the connection, and after `timeoutMs`, it is of no use any more. */
  async ask<Reply>(call: ApiCall<Reply>, timeoutMs: number): Promise<Reply> {
    return this.#send(call, this.versionOf(call), timeoutMs)
  }

  close(): void {
    this.#fail(lost(this.broker, 'it was closed here'))
  }

  async #begin(sasl: KafkaSasl | null, until: number): Promise<void> {
    const leftMs = () => Math.max(1, until - performance.now())
    const at = performance.now()
    const ask = <Reply>(call: ApiCall<Reply>, timeoutMs: number) =>
      this.#send(call, call.versions[0]!, timeoutMs)
    for (const { apiKey, min, max } of await ask(apiVersionsCall(), leftMs()))
      this.#versions.set(apiKey, { min, max })
    if (sasl === null) return
    try {
      const sessionMs = await login(sasl, ask, leftMs())
      if (sessionMs > 0) this.#loginUntil = at + SESSION_SHARE * sessionMs
    } catch (error) {
      if (!(error instanceof HindcastError) || error.where.uri !== undefined) throw error
      throw new HindcastError(error.code, `broker ${this.broker}: ${error.message}`, {
        where: { uri: this.broker },
        advice: error.advice,
        cause: error,
      })
    }
  }

  #send<Reply>(call: ApiCall<Reply>, version: number, timeoutMs: number): Promise<Reply> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#correlation = (this.#correlation + 1) & 0x7fff_ffff
    const correlation = this.#correlation
    const timer = setTimeout(
      () => this.#fail(lost(this.broker, `no answer to ${call.name} in ${Math.round(timeoutMs)} ms`)),
      timeoutMs,
    )
    const request = requestBytes(call, version, correlation)
    this.#pending.push({
      correlation,
      call,
      version,
      timer,
      resolve: resolve as (r: unknown) => void,
      reject,
    })
    this.#socket.write(request)
    return promise
  }

  /** Bytes have arrived. */
  private take(chunk: Buffer): void {
    if (this.#failure !== null) return
    try {
      if (this.#isFirstChunk) refuseTls(chunk)
      this.#isFirstChunk = false
      this.#frames.push(chunk, frame => this.#answer(frame))
    } catch (error) {
      this.#fail(located(error, this.broker))
    }
  }

  #answer(frame: Buffer): void {
    const pending = this.#pending.shift()
    if (pending === undefined || frame.readInt32BE(0) !== pending.correlation) {
      if (pending !== undefined) this.#pending.unshift(pending)
      throw new HindcastError('reply-invalid', 'it answers what was not asked')
    }
    clearTimeout(pending.timer)
    const { call, version } = pending
    try {
      pending.resolve(call.parse(bodyOf(frame, call), version))
    } catch (error) {
      const fault = located(error, this.broker, `to ${call.name}`)
      pending.reject(fault)
      this.#fail(fault)
    }
    if (this.#isRetired && this.#pending.length === 0) this.close()
  }

  #fail(error: HindcastError): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#socket.destroy()
    for (const pending of this.#pending.splice(0)) {
      clearTimeout(pending.timer)
      pending.reject(error)
    }
  }
}

function requestBytes(call: ApiCall<unknown>, version: number, correlation: number): Buffer {
  const body = call.encode(version)
  const head = Buffer.alloc(4 + 2 + 2 + 4 + 2 + CLIENT.length + (call.plainRequest === true ? 0 : 1))
  head.writeInt32BE(head.length - 4 + body.length, 0)
  head.writeInt16BE(call.apiKey, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(correlation, 8)
  head.writeInt16BE(CLIENT.length, 12)
  CLIENT.copy(head, 14)
  return Buffer.concat([head, body])
}

/** Behind correlation and tags. */
function bodyOf(frame: Buffer, call: ApiCall<unknown>): Buffer {
  if (call.plainReply === true) return frame.subarray(4)
  const reader = new WireReader(frame.subarray(4))
  reader.tags()
  return frame.subarray(frame.length - reader.left)
}
