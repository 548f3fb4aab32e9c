/** Bodies of replies: gathered as text within a bound, or put where a range of a file belongs. */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { BodyTaker, ReplyHead } from './http-exchange.ts'
import { invalid } from './replies.ts'

/** Gathers a short body. A good reply that passes its bound is refused, of a bad one the beginning is kept. */
export class TextTaker implements BodyTaker {
  readonly #chunks: Uint8Array[] = []
  #bytes = 0
  #bytesMax: number = LIMITS.webHdfsErrorBytesMax
  #mayBeCut = true

  begin({ status, headers }: ReplyHead): void {
    this.#mayBeCut = status !== 200
    if (this.#mayBeCut) return
    this.#bytesMax = LIMITS.webHdfsReplyBytesMax
    if (Number(headers['content-length'] ?? 0) > this.#bytesMax) throw tooLong()
  }

  take(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) {
      if (!this.#mayBeCut) throw tooLong()
      return false
    }
    this.#chunks.push(Uint8Array.from(chunk))
    return true
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  /** The body as JSON; null for none. Raises `reply-invalid`. */
  json(): unknown {
    const { text } = this
    if (text.trim() === '') return null
    try {
      return JSON.parse(text)
    } catch {
      throw invalid('it is no JSON')
    }
  }
}

function tooLong(): HindcastError {
  return new HindcastError(
    'limit-passed',
    `a reply is longer than webHdfsReplyBytesMax (${LIMITS.webHdfsReplyBytesMax} bytes) allows`,
    { advice: 'Check that the server is a NameNode: no page of a listing is that long.' },
  )
}

/** The server offers another number of bytes than was asked for: it is not the same file, or no good server. */
export class WrongLength extends Error {
  override readonly name = 'WrongLength'
}

/** Bytes of a range, handed on where they belong; a reply that is an error is gathered as text. */
export class RangeTaker implements BodyTaker {
  readonly #wanted: number
  readonly #put: (chunk: Uint8Array, at: number) => void
  readonly error = new TextTaker()
  #isRange = false
  /** Bytes that have arrived. */
  got = 0

  /** `put` gets chunks, and how many bytes of the range came before. */
  constructor(wanted: number, put: (chunk: Uint8Array, at: number) => void) {
    this.#wanted = wanted
    this.#put = put
  }

  /** True where the reply began as a good one. */
  get isRange(): boolean {
    return this.#isRange
  }

  begin(head: ReplyHead): void {
    this.#isRange = head.status === 200
    if (!this.#isRange) {
      this.error.begin(head)
      return
    }
    const offered = head.headers['content-length']
    if (offered !== undefined && Number(offered) !== this.#wanted)
      throw new WrongLength(`the server offers ${Number(offered)} bytes of the ${this.#wanted} asked for`)
  }

  take(chunk: Uint8Array): boolean {
    if (!this.#isRange) return this.error.take(chunk)
    if (this.got + chunk.length > this.#wanted)
      throw new WrongLength(`the server sends more than the ${this.#wanted} bytes asked for`)
    this.#put(chunk, this.got)
    this.got += chunk.length
    return true
  }
}
