/**
 * Fetches ranges of one pinned object, each to its last byte: every request says which content is meant (`If-Match`),
 * so that bytes of two contents never meet; after a cut the next request begins at the byte after the last that came.
 *
 *     GET Range: bytes=0-99, If-Match ──206──► bytes … cut at 40 ──► GET Range: bytes=40-99, If-Match ──► …
 */

import type { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { LIMITS } from '../../limits.ts'
import type { FileStat } from '../file-system.ts'
import { changedError } from '../pinned.ts'
import type { Tries } from '../remote/backoff.ts'
import type { FetchCounters } from '../remote/fetch-counters.ts'
import type { Range } from '../remote/range-plan.ts'
import { ConnectionFailure } from '../webhdfs/http-exchange.ts'
import { invalidReply } from './list-page.ts'
import type { S3Calls } from './s3-calls.ts'
import { isS3Kind, s3ErrorOf, s3MayPass } from './s3-failure.ts'
import { keyOf } from './s3-uri.ts'

export interface FetchedObject {
  readonly pinned: FileStat
  readonly path: string
  readonly etag: string
}

type Put = (chunk: Uint8Array, position: number) => void

/** One range that is being fetched. */
interface Progress {
  at: number
  readonly end: number
  readonly tries: Tries
}

export class ObjectFetch {
  readonly #calls: S3Calls
  readonly #object: FetchedObject
  readonly #counters: FetchCounters

  constructor(calls: S3Calls, object: FetchedObject, counters: FetchCounters) {
    this.#calls = calls
    this.#object = object
    this.#counters = counters
  }

  /** Hands all bytes of the range to `put`, in order, each once. Rejects with an error that names object and range. */
  async fetch({ position, length }: Range, put: Put): Promise<void> {
    const progress: Progress = { at: position, end: position + length, tries: this.#calls.newTries() }
    while (progress.at < progress.end) {
      const from = progress.at
      try {
        await this.#try(progress, put)
      } catch (error) {
        this.#counters.failures++
        if (!(await goOn(error, progress, from))) throw this.#told(error, progress, position)
      }
    }
  }

  #try(progress: Progress, put: Put): Promise<void> {
    const { at, end, tries } = progress
    const { path, etag } = this.#object
    this.#counters.requests++
    return this.#calls.once(async ({ sdk, client }, abortSignal) => {
      const command = new sdk.GetObjectCommand({
        Bucket: this.#calls.bucket,
        Key: keyOf(path),
        Range: `bytes=${at}-${end - 1}`,
        IfMatch: etag,
      })
      const reply = await client.send(command, { abortSignal })
      const body = reply.Body as unknown as Readable
      try {
        this.#check(reply, progress)
        await this.#take(body, progress, { put, signal: abortSignal })
      } finally {
        body.destroy()
      }
    }, tries)
  }

  async #take(
    body: Readable,
    progress: Progress,
    { put, signal }: { readonly put: Put; readonly signal: AbortSignal },
  ): Promise<void> {
    const { silenceMs = LIMITS.s3SilenceMs } = this.#calls.options
    const silent = (): unknown =>
      body.destroy(new ConnectionFailure(`the server was silent for ${silenceMs} ms`))
    const timer = setTimeout(silent, silenceMs)
    const onAbort = (): unknown => body.destroy(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        timer.refresh()
        if (progress.at + chunk.length > progress.end)
          throw invalidReply('more bytes come than were asked for')
        put(chunk, progress.at)
        progress.at += chunk.length
        this.#counters.bytes += chunk.length
      }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    if (progress.at < progress.end)
      throw new ConnectionFailure(`the reply ended ${progress.end - progress.at} bytes too early`)
  }

  /** Before a byte is taken: are these bytes of that content? Servers that know no ranges or no If-Match exist. */
  #check({ ContentRange, ContentLength, ETag }: GetObjectCommandOutput, { at, end }: Progress): void {
    const { pinned, etag } = this.#object
    if (ETag !== undefined && bare(ETag) !== bare(etag)) throw changedError(pinned, 'it was replaced')
    const size = ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1])
    if (size !== pinned.bytes) {
      if (ContentRange === undefined) throw invalidReply('it is no range of an object')
      throw changedError(pinned, `it had ${pinned.bytes} bytes and has ${size}`)
    }
    const isWhole = ContentRange === undefined && at === 0 && end === pinned.bytes
    if (!isWhole && ContentRange !== `bytes ${at}-${end - 1}/${size}`)
      throw invalidReply(`not the range that was asked for, but ${JSON.stringify(ContentRange ?? 'all')}`)
  }

  #told(error: unknown, { end, tries }: Progress, position: number): unknown {
    const { pinned } = this.#object
    if (isS3Kind(error, 'precondition')) return changedError(pinned, 'it was replaced')
    if (isS3Kind(error, 'missing')) return changedError(pinned, 'it was deleted')
    const detail = `, bytes ${position} to ${end}, tried ${tries.failures + 1} times`
    return s3ErrorOf(error, { op: 'GetObject', uri: pinned.path, detail })
  }
}

/** What came is progress: the rest is asked for at once, the first time. */
async function goOn(error: unknown, { at, tries }: Progress, from: number): Promise<boolean> {
  if (!s3MayPass(error)) return false
  if (at > from && tries.failures === 0) {
    tries.failures++
    return true
  }
  return tries.next()
}

function bare(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '')
}
