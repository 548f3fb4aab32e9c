/**
 * Look-ahead for stores that have to be asked: versions are fetched when a lane hears of a batch, not when the batch
 * is due. Requests of one turn become one fetch of their distinct keys; what was fetched is kept for the batches to
 * come, in bounded memory, oldest out first.
 *
 *     prepare(A) prepare(B) ──► one fetch ──► kept: [ keys, from … until ] ──► due(A), due(B) find their versions
 *
 * A kept answer serves a batch if it was asked for all of the batch's keys, for a range that holds the batch's, and
 * was complete that far.
 */

import type { KeyBatch, KeyIndex, VersionTable } from '../core/asof/index.ts'
import {
  distinctKeys,
  findKeys,
  KEY_UNKNOWN,
  KeyIndexBuilder,
  ownMemory,
  tableBytes,
} from '../core/asof/index.ts'
import type { Ticks } from '../core/time.ts'
import type { FeatureStore, VersionRequest } from './store.ts'

export interface PreloadOptions {
  readonly store: FeatureStore
  readonly lag: Ticks
  /** Keys of one fetch. */
  readonly keysMax: number
  /** Fetched versions that are kept, bytes. */
  readonly bytesMax: number
}

interface Kept {
  /** Keys asked for. */
  readonly index: KeyIndex
  readonly from: Ticks
  readonly until: Ticks
  readonly table: Promise<VersionTable>
  /** 0 until the answer is there. */
  bytes: number
}

interface Waiting extends VersionRequest {
  readonly answer: PromiseWithResolvers<VersionTable>
}

export class Preload {
  readonly #options: PreloadOptions
  #kept: Kept[] = []
  #waiting: Waiting[] = []

  constructor(options: PreloadOptions) {
    this.#options = options
  }

  /** A table that decides all lookups of the request: a kept one, or a new one. */
  async versions(request: VersionRequest): Promise<VersionTable> {
    const kept = this.#kept.findLast(each => covers(each, request))
    if (kept !== undefined) {
      // A failed fetch has been dropped, and is made again here.
      const table = await kept.table.catch(() => null)
      if (table !== null && request.until - this.#options.lag <= table.completeThrough) return table
    }
    return this.fetch(request)
  }

  /** The same, but always asks the store. */
  fetch(request: VersionRequest): Promise<VersionTable> {
    const answer = Promise.withResolvers<VersionTable>()
    if (this.#waiting.length === 0) queueMicrotask(() => this.#flush())
    this.#waiting.push({ ...request, answer })
    return answer.promise
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const { keysMax } = this.#options
    let group: Waiting[] = []
    let keys = 0
    for (const each of waiting) {
      if (group.length > 0 && keys + each.keys.rows > keysMax) {
        this.#ask(group)
        group = []
        keys = 0
      }
      group.push(each)
      keys += each.keys.rows
    }
    this.#ask(group)
  }

  #ask(group: readonly Waiting[]): void {
    const keys = group.length === 1 ? group[0].keys : distinctKeys(group.map(each => each.keys))
    const from = group.reduce((least, each) => Math.min(least, each.from), Infinity)
    const until = group.reduce((most, each) => Math.max(most, each.until), -Infinity)
    const table = this.#options.store.versions({ keys, from, until })
    this.#keep({ index: indexOf(keys), from, until, table, bytes: 0 })
    table.then(
      value => {
        for (const each of group) each.answer.resolve(value)
      },
      error => {
        for (const each of group) each.answer.reject(error)
      },
    )
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept)
    kept.table.then(
      table => {
        kept.bytes = tableBytes(table)
        this.#trim()
      },
      () => {
        this.#kept = this.#kept.filter(each => each !== kept)
      },
    )
  }

  /** Drops the oldest answers beyond the bound, but never the newest. */
  #trim(): void {
    const { bytesMax } = this.#options
    let bytes = this.#kept.reduce((sum, each) => sum + each.bytes, 0)
    while (bytes > bytesMax && this.#kept.length > 1) bytes -= this.#kept.shift()!.bytes
  }
}

function covers(kept: Kept, request: VersionRequest): boolean {
  if (kept.from > request.from || kept.until < request.until) return false
  return !findKeys(kept.index, request.keys).includes(KEY_UNKNOWN)
}

function indexOf(keys: KeyBatch): KeyIndex {
  const builder = new KeyIndexBuilder(keys.kind)
  builder.add(keys)
  return builder.freeze(ownMemory)
}
