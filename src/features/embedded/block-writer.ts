/**
 * Writes sorted versions into a table of the embedded store. What a key already has is merged with: from the block
 * that holds the first new version on, its blocks are written anew. A row that is written twice, the same row of the
 * same file, counts once, so loading the same file again changes nothing.
 */

import type { KeyBatch, VersionChunk } from '../../core/asof/index.ts'
import { KeyIndexBuilder, orderVersions } from '../../core/asof/index.ts'
import { RecordKey, recordOrder } from './record-key.ts'
import type { RowFormat } from './row-format.ts'
import type { VersionDatabase } from './store-directory.ts'
import { BlockReader, BlockRows } from './version-block.ts'

/** A chunk with its keys and where its rows were written. */
export interface WrittenChunk {
  readonly chunk: VersionChunk
  readonly keys: KeyBatch
  /** Ordinal of the file in the store. */
  readonly file: number
  readonly fileRow: Float64Array
}

export interface BlockWriterOptions {
  readonly database: VersionDatabase
  readonly format: RowFormat
  /** Store that error messages name. */
  readonly uri: string
}

/** Writes the chunks, which have no null keys; to be called in a transaction. */
export function writeVersions(chunks: readonly WrittenChunk[], options: BlockWriterOptions): void {
  if (chunks.length === 0) return
  const index = new KeyIndexBuilder(chunks[0].keys.kind)
  const entries = chunks.map(({ chunk, keys }) => ({ chunk, keys: index.add(keys) }))
  const { start, order } = orderVersions(entries, index.keys, 0)
  const rows = new WrittenRows(chunks)
  const keys = index.distinct()
  const writer = new KeyWriter(options)
  for (const k of recordOrder(keys)) {
    writer.begin(keys, k)
    for (let i = start[k]; i < start[k + 1]; i++) {
      const c = rows.chunkOf(order[i])
      writer.add(chunks[c], order[i] - rows.bases[c])
    }
    writer.end()
  }
}

class KeyWriter {
  readonly #options: BlockWriterOptions
  readonly #record = new RecordKey()
  readonly #rows: BlockRows
  /** Time of the first new version; NaN: none yet. */
  #earliest = Number.NaN

  constructor(options: BlockWriterOptions) {
    this.#options = options
    this.#rows = new BlockRows(options.format)
  }

  begin(keys: KeyBatch, row: number): void {
    this.#record.set(keys, row)
    this.#rows.clear()
    this.#earliest = Number.NaN
  }

  /** Rows come in C4 order. */
  add(written: WrittenChunk, row: number): void {
    if (Number.isNaN(this.#earliest)) this.#earliest = written.chunk.time[row]
    this.#rows.add(written.chunk, row, written.file, written.fileRow[row])
  }

  end(): void {
    const first = Buffer.from(this.#record.first())
    const value = this.#options.database.getBinary(first)
    this.#write(value === undefined ? first : this.#takeBlocks(first, this.#open(value)))
  }

  /** Takes the blocks that the new versions touch out of the database, into the rows; returns the first one's key. */
  #takeBlocks(first: Buffer, head: BlockReader): Buffer {
    const { database } = this.#options
    if (!head.more) {
      this.#rows.addBlock(head)
      this.#rows.settle()
      return first
    }
    const before = { start: this.#record.from(this.#earliest), end: first, reverse: true, limit: 1 }
    const [touched] = Array.from(database.getKeys(before))
    const from = touched === undefined ? first : Buffer.from(touched)
    const keys: Buffer[] = []
    for (const { key, value } of database.getRange({ start: from, end: this.#record.end() })) {
      keys.push(Buffer.from(key))
      this.#rows.addBlock(this.#open(value))
    }
    for (const key of keys) database.removeSync(key)
    this.#rows.settle()
    return from
  }

  /** Writes all rows as blocks, the first under this key. */
  #write(first: Buffer): void {
    const { database } = this.#options
    let key = first
    for (let from = 0; from < this.#rows.rows; ) {
      const to = this.#rows.blockEnd(from)
      database.putSync(key, this.#rows.block(from, to, to < this.#rows.rows))
      if (to < this.#rows.rows) key = this.#record.from(this.#rows.timeAt(to))
      from = to
    }
  }

  #open(value: Buffer): BlockReader {
    return new BlockReader(value, value.length, this.#options.uri)
  }
}

/** Row numbers counted through all chunks. */
class WrittenRows {
  /** Number of the first row of each chunk. */
  readonly bases: Float64Array
  #last = 0

  constructor(chunks: readonly WrittenChunk[]) {
    this.bases = new Float64Array(chunks.length + 1)
    for (const [i, { chunk }] of chunks.entries()) this.bases[i + 1] = this.bases[i] + chunk.rows
  }

  /** The chunk that has this row. */
  chunkOf(row: number): number {
    const { bases } = this
    if (row >= bases[this.#last] && row < bases[this.#last + 1]) return this.#last
    let low = 0
    let high = bases.length - 2
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (bases[middle] <= row) low = middle
      else high = middle - 1
    }
    this.#last = low
    return low
  }
}
