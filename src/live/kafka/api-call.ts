/**
 * A question to a broker: which API in which versions, its body, and what its reply says. Data and pure functions; a
 * connection adds header and size, and picks the newest version that both sides speak.
 */

export interface ApiCall<Reply> {
  /** As the protocol calls it: `Metadata`. */
  readonly name: string
  readonly apiKey: number
  /** Newest first. */
  readonly versions: readonly number[]
  /** The Kafka that speaks the oldest of them, for people. */
  readonly since: string
  readonly encode: (version: number) => Uint8Array
  /**
   * The reply behind its header, whose bytes are valid until the next reply of the connection begins. May raise anything:
   * what is not ours becomes `reply-invalid`.
   */
  readonly parse: (body: Buffer, version: number) => Reply
  /** Headers without tags: the two oldest APIs only. */
  readonly plainRequest?: boolean
  readonly plainReply?: boolean
}

/** Someone that questions are put to. */
export type Ask = <Reply>(call: ApiCall<Reply>, timeoutMs: number) => Promise<Reply>
