/**
 * A file that is read over the network as bytes that are read where they are asked for. Reads that are asked for in
 * the same turn are planned together: neighbours become one request, long ones several side by side.
 */

import { assert, HindcastError } from '../../errors.ts'
import type { ByteSource } from '../../parquet/index.ts'
import type { FileStat } from '../file-system.ts'
import type { Piece, PieceRules, Range } from './range-plan.ts'
import { planPieces, scatter } from './range-plan.ts'
import type { Slots } from './slots.ts'

export interface RangedSourceOptions {
  readonly pinned: FileStat
  readonly rules: PieceRules
  /**
   * Hands all bytes of the range to `put`, which is done with a chunk when it returns; some may come again after a
   * failure. Rejects with a HindcastError that names file and range.
   */
  readonly fetch: (range: Range, put: (chunk: Uint8Array, position: number) => void) => Promise<void>
  /** Ranges in flight, shared by all files. */
  readonly slots: Slots
  /** Raises `file-changed` where the file is not the one that was pinned. */
  readonly checkUnchanged: () => Promise<void>
}

interface Read extends Range {
  readonly target: Uint8Array
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

export class RangedSource implements ByteSource {
  readonly uri: string
  readonly size: number
  readonly #options: RangedSourceOptions
  #asked: Read[] = []
  #isClosed = false

  constructor(options: RangedSourceOptions) {
    this.#options = options
    this.uri = options.pinned.path
    this.size = options.pinned.bytes
  }

  /** Raises what `fetch` does, and `file-changed` instead where that is the reason. */
  read(position: number, length: number, into = new Uint8Array(length)): Promise<Uint8Array> {
    assert(!this.#isClosed, `${this.uri} is read after it was closed`)
    if (position < 0 || length < 0 || position + length > this.size)
      return Promise.reject(this.#beyond(position + length))
    const target = into.length === length ? into : into.subarray(0, length)
    if (length === 0) return Promise.resolve(target)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    this.#asked.push({ position, length, target, resolve, reject })
    // whatever else is asked for in this turn is planned with it
    if (this.#asked.length === 1) setImmediate(() => this.#start())
    return promise
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #start(): void {
    const reads = this.#asked
    this.#asked = []
    const { slots, rules } = this.#options
    // as few as keep all slots busy: each request costs a connection
    const share = Math.ceil(reads.reduce((sum, { length }) => sum + length, 0) / slots.count)
    const pieces = planPieces(reads, { ...rules, pieceBytes: Math.max(rules.pieceBytes, share) })
    const done = pieces.map(piece => slots.run(() => this.#fetch(piece, reads)))
    const ownOf = reads.map((): Promise<void>[] => [])
    pieces.forEach((piece, at) => {
      for (const index of piece.parts) ownOf[index]!.push(done[at]!)
    })
    reads.forEach((read, index) => {
      // all have ended before a failure is told: nothing writes into the target afterwards
      Promise.allSettled(ownOf[index]!).then(outcomes => {
        const failed = outcomes.find(outcome => outcome.status === 'rejected')
        if (failed === undefined) read.resolve(read.target)
        else read.reject(failed.reason)
      })
    })
  }

  async #fetch(piece: Piece, reads: readonly Read[]): Promise<void> {
    const parts = piece.parts.map(index => reads[index]!)
    try {
      await this.#options.fetch(piece, (chunk, position) => {
        for (const part of parts) scatter(chunk, position, part, part.target)
      })
    } catch (error) {
      // the file itself may be the reason: that is the better answer
      if (error instanceof HindcastError && error.kind === 'data') await this.#options.checkUnchanged()
      throw error
    }
  }

  #beyond(needed: number): HindcastError {
    return new HindcastError('file-corrupt', `the file has ${this.size} bytes, but ${needed} are needed`, {
      where: { uri: this.uri },
      advice: 'Fetch or write the file anew, or leave it out of `files:`.',
    })
  }
}
