/**
 * What the sink needs of connections to brokers: a question to one of them, and its reply. How they are reached (TLS,
 * login, which hosts are allowed) is not the sink's affair.
 */

/** One API of the protocol: in which versions it is asked, its body, and what its reply says. */
export interface SinkCall<Reply> {
  /** As the protocol calls it. */
  readonly name: string
  readonly apiKey: number
  /** Newest first. */
  readonly versions: readonly number[]
  /** The Kafka that speaks the oldest of them, for people. */
  readonly since: string
  readonly encode: (version: number) => Uint8Array
  /** The reply behind its header. */
  readonly parse: (body: Buffer, version: number) => Reply
  /** Headers without tags. */
  readonly plainRequest?: boolean
  readonly plainReply?: boolean
}

export interface BrokerPlace {
  readonly host: string
  readonly port: number
}

export interface BrokerPort {
  /** Brokers that the job names. */
  readonly bootstrap: readonly BrokerPlace[]
  /** Questions to one broker are answered in the order in which they are asked. What may pass is `remote-failed`. */
  ask<Reply>(
    broker: BrokerPlace,
    purpose: 'questions',
    call: SinkCall<Reply>,
    timeoutMs: number,
  ): Promise<Reply>
  close(): void
}
