/**
 * Fetches ranges of one file, each to its last byte: from the DataNode that the NameNode names, or that had the block
 * before; after a cut from the byte after the last that came; from another DataNode after a failure.
 *
 *     NameNode ──307──► DataNode ──200──► bytes … cut at byte n ──► NameNode (without that DataNode) ──► from n on
 */

import type { Agent } from 'undici'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Tries } from '../remote/backoff.ts'
import type { FetchCounters } from '../remote/fetch-counters.ts'
import type { Range } from '../remote/range-plan.ts'
import { RangeTaker, WrongLength } from './body-takers.ts'
import { encodedPath } from './hdfs-path.ts'
import { ConnectionFailure, exchange } from './http-exchange.ts'
import type { Call, NameNodes } from './name-nodes.ts'
import type { RedirectTarget } from './redirect.ts'
import { mayPass, RemoteError, typedError } from './remote-error.ts'
import { remoteFailure } from './remote-failure.ts'
import { parseBlocks } from './replies.ts'
import type { SuspectNodes } from './suspect-nodes.ts'
import { originOf } from './webhdfs-uri.ts'

export interface FetchContext {
  readonly agent: Agent
  readonly nameNodes: NameNodes
  readonly suspects: SuspectNodes
  readonly counters: FetchCounters
  readonly signal: AbortSignal
}

/** Which file, and how it is asked for. */
export interface FetchedFile {
  /** For messages. */
  readonly uri: string
  /** As it is asked for: by inode, or by name. */
  readonly path: string
  readonly blockBytes: number
}

type Put = (chunk: Uint8Array, position: number) => void

/** Places of blocks that are remembered, of a file. */
const PLACES_MAX = 1024

/** State of one range that is being fetched. */
interface Progress {
  at: number
  readonly end: number
  readonly tries: Tries
  /** Good replies that ended where they began. */
  stuck: number
  /** Who was asked last. */
  place: RedirectTarget | null
}

export class RangeFetch {
  readonly #context: FetchContext
  readonly #file: FetchedFile
  readonly #places = new Map<number, RedirectTarget>()

  constructor(context: FetchContext, file: FetchedFile) {
    this.#context = context
    this.#file = file
  }

  /**
   * Hands all bytes of the range to `put`, in order; some may come again after a failure. Rejects with a
   * HindcastError that names file and range.
   */
  async fetch({ position, length }: Range, put: Put): Promise<void> {
    const { nameNodes, counters } = this.#context
    const tries = nameNodes.newTries()
    const progress: Progress = { at: position, end: position + length, tries, stuck: 0, place: null }
    while (progress.at < progress.end) {
      const from = progress.at
      try {
        await this.#try(progress, put)
      } catch (error) {
        counters.failures++
        if (!(await this.#goOn(error, progress, from))) throw this.#told(error, progress, position)
      }
    }
  }

  async #try(progress: Progress, put: Put): Promise<void> {
    const { at, end } = progress
    const { counters, nameNodes } = this.#context
    const taker = new RangeTaker(end - at, (chunk, before) => put(chunk, at + before))
    counters.requests++
    try {
      progress.place = this.#knownPlace(at)
      if (progress.place === null) {
        const call = this.#openCall(at, end - at)
        const directions = await nameNodes.open(call, taker, progress.tries)
        if (!directions.isHere) progress.place = this.#remember(at, directions.to)
      }
      if (progress.place !== null) await this.#readFrom(progress.place, progress, taker)
    } finally {
      progress.at += taker.got
      counters.bytes += taker.got
      if (taker.isRange && taker.got === 0) progress.stuck++
      else if (taker.got > 0) progress.stuck = 0
    }
    if (progress.at < end) throw new ConnectionFailure(`the reply ended ${end - progress.at} bytes too early`)
  }

  async #readFrom(place: RedirectTarget, { at, end, tries }: Progress, taker: RangeTaker): Promise<void> {
    const { agent, nameNodes, signal } = this.#context
    const query = new URLSearchParams(place.query)
    query.set('offset', String(at))
    query.set('length', String(end - at))
    const { status } = await exchange(agent, {
      origin: originOf(nameNodes.options.scheme, place.server),
      path: `/webhdfs/v1${encodedPath(this.#file.path)}?${query}`,
      method: 'GET',
      attemptMs: tries.attemptMs,
      signal,
      taker,
    })
    if (status >= 300 && status < 400)
      throw new HindcastError('redirect-refused', 'a DataNode redirected once more', {
        advice: 'Check that the servers are those of HDFS: theirs redirect once.',
      })
    if (status !== 200) throw new RemoteError(remoteFailure(status, taker.error.text))
  }

  /** Whether another try is to be made, and what it does otherwise. */
  async #goOn(error: unknown, progress: Progress, from: number): Promise<boolean> {
    if (!mayPass(error) || progress.stuck >= LIMITS.webHdfsStuckMax) return false
    const { place, tries } = progress
    if (place !== null) {
      this.#places.delete(this.#blockOf(from))
      if (isOfPlace(error)) await this.#suspect(place, from)
    } else if (isNoneLeft(error) && this.#context.suspects.forgive()) {
      return tries.leftMs > 0
    }
    // what came is progress: another place is asked at once, the first time
    if (tries.failures === 0 && place !== null) {
      tries.failures++
      return true
    }
    return tries.next()
  }

  /** Leaves the DataNode out; the NameNode knows it by another port, so the replicas are asked for. */
  async #suspect({ server }: RedirectTarget, position: number): Promise<void> {
    const { nameNodes, suspects } = this.#context
    suspects.add(server, [])
    try {
      const query = { offset: String(position), length: '1' }
      const call: Call = { method: 'GET', op: 'GET_BLOCK_LOCATIONS', path: this.#file.path, query }
      suspects.add(server, parseBlocks(await nameNodes.askOnce(call)).replicas)
    } catch {
      // without its other name the NameNode may name it again: then that try fails too, and the next is later
    }
  }

  #openCall(at: number, length: number): Call {
    const excluded = this.#context.suspects.excluded()
    return {
      method: 'GET',
      op: 'OPEN',
      path: this.#file.path,
      query: {
        offset: String(at),
        length: String(length),
        ...(excluded === null ? {} : { excludedatanodes: excluded }),
      },
    }
  }

  #knownPlace(position: number): RedirectTarget | null {
    const place = this.#places.get(this.#blockOf(position))
    return place === undefined || this.#context.suspects.has(place.server) ? null : place
  }

  #remember(position: number, place: RedirectTarget): RedirectTarget {
    if (this.#places.size >= PLACES_MAX) this.#places.clear()
    this.#places.set(this.#blockOf(position), place)
    return place
  }

  #blockOf(position: number): number {
    const { blockBytes } = this.#file
    return blockBytes === 0 ? 0 : Math.floor(position / blockBytes)
  }

  #told(error: unknown, { at, end, stuck, tries }: Progress, position: number): unknown {
    const { uri } = this.#file
    const range = `bytes ${position} to ${end}`
    const advice = 'Check the file with hdfs fsck; write it anew if all copies of a block are damaged.'
    if (stuck >= LIMITS.webHdfsStuckMax) {
      const why =
        error instanceof WrongLength ? error.message : `each reply ends before byte ${at}, from any DataNode`
      return new HindcastError('file-corrupt', `${uri}, ${range}: ${why}`, { where: { uri }, advice })
    }
    return typedError(error, { op: 'OPEN', uri, detail: `, ${range}, tried ${tries.failures + 1} times` })
  }
}

/** The NameNode has no DataNode that it could name. */
function isNoneLeft(error: unknown): boolean {
  return error instanceof RemoteError && error.failure.kind === 'no-data-node'
}

/** The DataNode is at fault, not the file. */
function isOfPlace(error: unknown): boolean {
  if (error instanceof ConnectionFailure || error instanceof WrongLength) return true
  return error instanceof RemoteError && ['later', 'no-data-node'].includes(error.failure.kind)
}
