/**
 * Look-ahead for stores that have to be asked: versions are fetched when a lane hears of a batch, not when the batch
 * is due. Requests of one turn become one fetch of their distinct keys; what was fetched is kept for the batches to
 * come, in bounded memory, oldest out first.
 *
 *     prepare(A) prepare(B) ──► one fetch ──► kept: [ keys, from … until ] ──► due(A), due(B) find their versions
 *     prepare(C): keys that are kept come from there, the others are fetched; one table of both
 *
 * A kept answer serves a key if it was asked for that key, for a range that holds the batch's, and was complete that far.
 */

import type { KeyBatch, VersionPart, VersionTable } from '../core/asof/index.ts'
import {
  distinctKeys,
  findKeys,
  gatherKeys,
  KEY_UNKNOWN,
  pickVersions,
  tableBytes,
  versionPart,
} from '../core/asof/index.ts'
import type { Ticks } from '../core/time.ts'
import type { FeatureStore, VersionRequest } from './store.ts'

/** A store's answer for many keys at once: every batch whose keys and times are in it needs no fetch. */
export interface Preloaded {
  readonly table: VersionTable
  /** Event times that were asked for lie in [from, until]. */
  readonly from: Ticks
  readonly until: Ticks
}

export interface PreloadOptions {
  readonly store: FeatureStore
  /** Fetched before the run began, and kept; null: nothing was. */
  readonly before: Preloaded | null
  readonly lag: Ticks
  /**
   * What is fetched serves events up to here at least: the end of history, for a store where a call costs more than the
   * versions that it brings; −∞: only what is asked for.
   */
  readonly reach: Ticks
  /** Keys of one fetch. */
  readonly keysMax: number
  /** Fetched versions that are kept, bytes. */
  readonly bytesMax: number
}

interface Kept {
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

  /** A table that decides all lookups of the request: a kept one, a new one, or one made of both. */
  async versions(request: VersionRequest): Promise<VersionTable> {
    const search = new KeySearch(request.keys)
    for (const table of this.#usable(request)) {
      const found = await table
      if (found === null || request.until - this.#options.lag > found.completeThrough) continue
      search.look(found)
      if (search.missing.length === 0) break
    }
    const { missing, finds } = search
    if (finds.length === 0) return this.fetch(request)
    if (missing.length === 0 && finds.length === 1) return finds[0].table
    if (missing.length > 0) {
      const table = await this.fetch({ ...request, keys: gatherKeys(request.keys, missing) })
      search.look(table)
    }
    return pickVersions(finds.map(partOf), finds[0].table.schema)
  }

  /** The same, but always asks the store. */
  fetch(request: VersionRequest): Promise<VersionTable> {
    const answer = Promise.withResolvers<VersionTable>()
    if (this.#waiting.length === 0) queueMicrotask(() => this.#flush())
    this.#waiting.push({ ...request, answer })
    return answer.promise
  }

  /** Answers to look into, the newest first; null: that fetch failed, and is made again. */
  *#usable({ from, until }: VersionRequest): Generator<Promise<VersionTable | null>> {
    const { before } = this.#options
    const holds = (range: { readonly from: Ticks; readonly until: Ticks }): boolean =>
      range.from <= from && range.until >= until
    if (before !== null && holds(before)) yield Promise.resolve(before.table)
    for (const kept of this.#kept.toReversed()) if (holds(kept)) yield kept.table.catch(() => null)
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
    const until = group.reduce((most, each) => Math.max(most, each.until), this.#options.reach)
    const table = this.#options.store.versions({ keys, from, until })
    this.#keep({ from, until, table, bytes: 0 })
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

/** What one table knows of some keys: their numbers there; below 0 where it does not know one. */
interface Find {
  readonly table: VersionTable
  readonly keys: KeyBatch
  readonly numbers: Int32Array
  readonly known: number
}

/** Finds the keys of a request in one table after the other. */
class KeySearch {
  readonly #keys: KeyBatch
  /** Tables that know keys. */
  readonly finds: Find[] = []
  /** Rows of the keys that no table knew; a null key is none that could be missed. */
  missing: Int32Array

  constructor(keys: KeyBatch) {
    this.#keys = keys
    this.missing = Int32Array.from({ length: keys.rows }, (_, row) => row)
  }

  look(table: VersionTable): void {
    const keys = this.missing.length === this.#keys.rows ? this.#keys : gatherKeys(this.#keys, this.missing)
    const numbers = findKeys(table.index, keys)
    let known = 0
    let missing = 0
    for (const [row, number] of numbers.entries()) {
      if (number >= 0) known++
      else if (number === KEY_UNKNOWN) this.missing[missing++] = this.missing[row]
    }
    this.missing = this.missing.subarray(0, missing)
    if (known > 0) this.finds.push({ table, keys, numbers, known })
  }
}

function partOf({ table, keys, numbers, known }: Find): VersionPart {
  const rows = new Int32Array(known)
  let put = 0
  for (const [row, number] of numbers.entries()) if (number >= 0) rows[put++] = row
  return versionPart(table, keys, rows, numbers)
}
