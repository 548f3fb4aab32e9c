/**
 * The reader process with what is assigned to it: assignments are numbered, what carries an old number is dropped, and
 * credit is given back when what came was taken.
 *
 * Invariant: after `drop` nothing that was consumed before is handed on, so whoever drops has to assign again from where
 * it stands.
 */

import { ReaderChild } from './reader-child.ts'
import type { Assigned, ClientError, FromReader, ReadPart, ToReader } from './reader-messages.ts'

export interface LinkPort {
  /** It can be assigned something. */
  onReady(): void
  /** Records, or an error behind them, have come: `next` gives them. */
  onArrival(): void
  /** Something is wrong with connections. librdkafka goes on by itself. */
  onTrouble(error: ClientError): void
  /** It has ended, or could not begin; the next `assign` starts another. `code` is null where the library cannot be loaded. */
  onEnd(error: { readonly code: number | null; readonly message: string }): void
}

/** What came of the assignment of now, in its order. */
export type Arrived =
  | { readonly kind: 'records'; readonly parts: readonly ReadPart[] }
  | ({ readonly kind: 'refused' } & ClientError)

export class ReaderLink {
  readonly #opening: Extract<ToReader, { kind: 'open' }>
  readonly #port: LinkPort
  #child: ReaderChild | null = null
  #isReady = false
  #generation = 0
  #arrived: Extract<FromReader, { kind: 'records' | 'refused' }>[] = []
  /** Messages that were taken and not answered. */
  #owed = 0
  #closing: Promise<void> = Promise.resolve()

  constructor(opening: Extract<ToReader, { kind: 'open' }>, port: LinkPort) {
    this.#opening = opening
    this.#port = port
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Starts the process where there is none: `onReady` follows. */
  start(): void {
    this.#child ??= new ReaderChild(
      { onMessage: message => this.#onMessage(message), onEnd: how => this.#onEnd(`it ended (${how})`) },
      this.#opening,
    )
  }

  /** From now on only these are read. */
  assign(from: readonly Assigned[]): void {
    this.drop()
    this.#child!.send({ kind: 'assign', generation: this.#generation, from })
  }

  /** What was consumed for the assignment of now is no longer wanted. */
  drop(): void {
    this.#generation++
    this.#arrived = []
    this.#owed = 0
  }

  /** The next that has come; null: nothing. A message with records is owed an answer from now on. */
  next(): Arrived | null {
    const next = this.#arrived.shift()
    if (next === undefined) return null
    if (next.kind === 'records') this.#owed++
    return next
  }

  /** Something has come that is not taken yet, and it has records. */
  get hasRows(): boolean {
    return this.#arrived.some(each => each.kind === 'records' && each.parts.some(({ rows }) => rows > 0))
  }

  /** How much of what has come is waiting: counted to see what was there before a question was asked. */
  get waiting(): number {
    return this.#arrived.length
  }

  get generation(): number {
    return this.#generation
  }

  /** There is room for more. */
  answer(): void {
    for (; this.#owed > 0; this.#owed--) this.#child?.send({ kind: 'more', generation: this.#generation })
  }

  /** Ends the process; resolves when it is gone. */
  async close(): Promise<void> {
    this.drop()
    this.#isReady = false
    const child = this.#child
    this.#child = null
    if (child !== null) this.#closing = child.close()
    await this.#closing
  }

  #onMessage(message: FromReader): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true
        this.#port.onReady()
        return
      case 'records':
      case 'refused':
        if (message.generation !== this.#generation) return
        this.#arrived.push(message)
        this.#port.onArrival()
        return
      case 'trouble':
        this.#port.onTrouble(message)
        return
      case 'failed':
        void this.close()
        this.#port.onEnd(message)
    }
  }

  #onEnd(message: string): void {
    this.#child = null
    this.#isReady = false
    this.drop()
    this.#port.onEnd({ code: ENDED, message })
  }
}

/** Of no error of librdkafka: the process was killed, or crashed. */
const ENDED = -1
