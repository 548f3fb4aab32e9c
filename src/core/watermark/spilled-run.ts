/**
 * A run of a reorder buffer that lies on disk: blocks in order of (time, sub), read one by one as they leave.
 *
 *     │ block 0 │ block 1 ▒▒▒│ block 2 │ block 3 │        gone: block 0, and the first rows of block 1, which is open
 *                  ▲ row
 */

import type { EventBatch } from '../batch/index.ts'
import { batchBytes, isCoded, sliceEvents } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { HeldPlace, HeldStore } from './held-store.ts'
import type { RunPart } from './join-runs.ts'
import { rowsBelow } from './row-order.ts'

export interface HeldBlock extends HeldPlace {
  readonly rows: number
  /** Time of the first row. */
  readonly first: Ticks
}

/** What is left of a run, for snapshots; plain data. */
export interface SpilledForm {
  readonly file: string
  /** Time of the last row. */
  readonly newest: Ticks
  /** Rows of the first block that have left. */
  readonly row: number
  readonly blocks: readonly HeldBlock[]
}

export class SpilledRun {
  /** Time of the last row. */
  readonly newest: Ticks
  readonly #store: HeldStore
  readonly #file: string
  readonly #blocks: readonly HeldBlock[]
  #at = 0
  #row: number
  #rows: number
  /** The block at `#at` where some of its rows have left. */
  #open: EventBatch | null = null

  constructor(store: HeldStore, { file, newest, row, blocks }: SpilledForm) {
    this.newest = newest
    this.#store = store
    this.#file = file
    this.#blocks = blocks
    this.#row = row
    this.#rows = blocks.reduce((rows, block) => rows + block.rows, -row)
  }

  /** Writes rows in order to a new file. `newest` is the time of the last. */
  static write(store: HeldStore, newest: Ticks, batches: Iterable<EventBatch>): SpilledRun {
    const file = store.create(newest)
    const { blockBytes } = store.budget
    const blocks: HeldBlock[] = []
    for (const batch of batches) {
      const rowsMax = Math.max(1, Math.floor((blockBytes * batch.rows) / Math.max(1, bytesOfRows(batch))))
      for (let from = 0; from < batch.rows; from += rowsMax) {
        const block = sliceEvents(batch, from, Math.min(from + rowsMax, batch.rows))
        blocks.push({ ...file.append(block), rows: block.rows, first: block.time[0] })
      }
    }
    file.close()
    return new SpilledRun(store, { file: file.name, newest, row: 0, blocks })
  }

  /** Rows that have not left. */
  get rows(): number {
    return this.#rows
  }

  /** Memory that it takes. */
  get bytes(): number {
    return this.#open === null ? 0 : batchBytes(this.#open)
  }

  /** No row that is left is earlier; +∞ where none is. */
  get head(): Ticks {
    if (this.#at === this.#blocks.length) return Number.POSITIVE_INFINITY
    return this.#open === null ? this.#blocks[this.#at].first : this.#open.time[this.#row]
  }

  /** The blocks that rows below `limit` lie in. */
  *blocksBelow(limit: Ticks): Generator<{ readonly first: Ticks; readonly bytes: number }> {
    for (let b = this.#at; b < this.#blocks.length; b++) {
      const first = b === this.#at ? this.head : this.#blocks[b].first
      if (first >= limit) return
      yield { first, bytes: this.#blocks[b].length }
    }
  }

  /** Takes the rows earlier than `limit` out, in order; nothing is copied. */
  takeBelow(limit: Ticks): RunPart[] {
    const parts: RunPart[] = []
    while (this.head < limit) {
      const batch = this.#open ?? this.#store.read(this.#file, this.#blocks[this.#at])
      const from = this.#row
      const to = Math.max(from, rowsBelow(batch, limit))
      if (to > from) parts.push({ batch, from, to })
      this.#rows -= to - from
      this.#row = to
      this.#open = batch
      if (to < batch.rows) break
      this.#at++
      this.#row = 0
      this.#open = null
    }
    return parts
  }

  /** Nothing is left of it. */
  release(): void {
    this.#store.release(this.#file)
  }

  form(): SpilledForm {
    const { newest } = this
    return { file: this.#file, newest, row: this.#row, blocks: this.#blocks.slice(this.#at) }
  }
}

/**
 * A time up to which about `bytesMax` of the runs are to be read, at most `limit`; something is earlier than it if
 * anything is earlier than `limit`. Rows of one time are never parted.
 */
export function timeOfBytes(runs: readonly SpilledRun[], limit: Ticks, bytesMax: number): Ticks {
  const lowest = Math.min(...runs.map(run => run.head))
  const blocks: { readonly first: Ticks; readonly bytes: number }[] = []
  for (const run of runs) {
    let bytes = 0
    for (const block of run.blocksBelow(limit)) {
      blocks.push(block)
      bytes += block.bytes
      if (bytes > bytesMax && block.first > lowest) break
    }
  }
  blocks.sort((a, b) => a.first - b.first)
  let bytes = 0
  for (const block of blocks) {
    bytes += block.bytes
    if (bytes > bytesMax && block.first > lowest) return block.first
  }
  return limit
}

/** Bytes of the rows alone: of a view, not of what it keeps alive. */
function bytesOfRows(batch: EventBatch): number {
  let bytes = 16 * batch.rows
  for (const column of batch.columns) {
    if (column.valid !== null) bytes += batch.rows
    if (isCoded(column)) bytes += 4 * batch.rows + batch.rows * meanBytes(column.entries.offsets)
    else if (column.kind === 'bytes') bytes += 4 * batch.rows + column.offsets[batch.rows] - column.offsets[0]
    else bytes += column.values.byteLength
  }
  return bytes
}

/** Of the strings between the offsets; 0 where there are none. */
function meanBytes(offsets: Int32Array): number {
  const strings = offsets.length - 1
  return strings === 0 ? 0 : (offsets[strings] - offsets[0]) / strings
}
