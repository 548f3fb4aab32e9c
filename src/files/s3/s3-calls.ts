/**
 * Calls of one bucket: each tried until it is answered or its deadline is over, each try bounded, all ended when the
 * file system is closed. The SDK and the client are made at the first call.
 */

import type * as Sdk from '@aws-sdk/client-s3'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Tries } from '../remote/backoff.ts'
import { ConnectionFailure } from '../webhdfs/http-exchange.ts'
import { s3ErrorOf, s3FailureOf, s3MayPass } from './s3-failure.ts'
import { loadSdk, newClient, type S3Sdk } from './s3-sdk.ts'
import { bucketUri, type S3Options } from './s3-uri.ts'

/** One try: makes a command and sends it. */
export type Send<Reply> = (session: S3Session, signal: AbortSignal) => Promise<Reply>

export interface S3Session {
  readonly sdk: S3Sdk
  readonly client: Sdk.S3Client
}

export class S3Calls {
  readonly bucket: string
  readonly options: S3Options
  readonly #end = new AbortController()
  #session: Promise<S3Session> | null = null

  constructor(options: S3Options) {
    this.bucket = options.bucket
    this.options = options
  }

  uriOf(path: string): string {
    return bucketUri(this.bucket) + path
  }

  newTries(): Tries {
    const { deadlineMs = LIMITS.s3DeadlineMs, attemptMs = LIMITS.s3AttemptMs } = this.options
    return new Tries({ deadlineMs, attemptMs }, this.#end.signal)
  }

  /** The reply. Rejects with a HindcastError that names operation and URI. */
  async call<Reply>(op: string, path: string, send: Send<Reply>): Promise<Reply> {
    try {
      return await this.attempt(send)
    } catch (error) {
      throw s3ErrorOf(error, { op, uri: this.uriOf(path) })
    }
  }

  /** The same, but rejects with `S3Failure` or `ConnectionFailure` as well, for callers that know better. */
  async attempt<Reply>(send: Send<Reply>, tries = this.newTries()): Promise<Reply> {
    while (true) {
      try {
        return await this.once(send, tries)
      } catch (error) {
        if (!s3MayPass(error) || !(await tries.next())) throw error
      }
    }
  }

  /** One try. Rejects with `S3Failure`, `ConnectionFailure` or a HindcastError. */
  async once<Reply>(send: Send<Reply>, tries: Tries): Promise<Reply> {
    const { signal } = this.#end
    signal.throwIfAborted()
    const session = await this.#opened()
    const { attemptMs } = tries
    const attempt = new AbortController()
    const late = (): void =>
      attempt.abort(new ConnectionFailure(`no whole reply within ${Math.round(attemptMs)} ms`))
    const onEnd = (): void => attempt.abort(signal.reason)
    const timer = setTimeout(late, attemptMs)
    signal.addEventListener('abort', onEnd, { once: true })
    try {
      return await send(session, attempt.signal)
    } catch (error) {
      // what an aborted request throws says less than why it was aborted
      if (attempt.signal.aborted) throw attempt.signal.reason as Error
      throw s3FailureOf(error)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onEnd)
    }
  }

  async close(): Promise<void> {
    this.#end.abort(
      new HindcastError('interrupted', 'the connection to S3 was closed while something was under way'),
    )
    const session = await this.#session?.catch(() => null)
    session?.client.destroy()
  }

  #opened(): Promise<S3Session> {
    this.#session ??= loadSdk().then(sdk => ({ sdk, client: newClient(sdk, this.options) }))
    return this.#session
  }
}
