/**
 * Version blocks: versions of one key, next to each other in order, as one value of the embedded store.
 *
 *     block   := crc u32, rows u32, flags u32, start u32*, row*          flags: 1 more blocks of this key follow
 *
 * Little-endian. `start` is where each row begins in the block; rows are those of `row-format.ts`. `crc` (CRC-32)
 * covers all that follows it: LMDB itself has no checksums. What it guards was checked when it was written, so a
 * block that passes is read without further checks.
 */

import { crc32 } from 'node:zlib'
import { HindcastError } from '../../errors.ts'
import type { RowFormat, RowSource } from './row-format.ts'

/** Rows of a block, unless more versions of a key have one time: small, since a lookup reads one block. */
export const BLOCK_ROWS = 32

const HEADER_BYTES = 12
const MORE = 1

/** Rows of one key, being put together into blocks. Memory is used again after `clear`. */
export class BlockRows {
  readonly #format: RowFormat
  #bytes = Buffer.alloc(64 * 1024)
  #view = viewOf(this.#bytes)
  #starts: number[] = []
  #end = 0
  #block = Buffer.alloc(4096)

  constructor(format: RowFormat) {
    this.#format = format
  }

  get rows(): number {
    return this.#starts.length
  }

  clear(): void {
    this.#starts = []
    this.#end = 0
  }

  add(source: RowSource): void {
    this.#reserve(this.#format.bytesOf(source.chunk, source.row))
    this.#starts.push(this.#end)
    this.#end = this.#format.write(this.#view, this.#bytes, this.#end, source)
  }

  /** Adds the rows of a block. */
  addBlock(block: BlockReader): void {
    for (let row = 0; row < block.rows; row++) {
      const bytes = block.rowBytes(row)
      this.#reserve(bytes.length)
      this.#starts.push(this.#end)
      this.#bytes.set(bytes, this.#end)
      this.#end += bytes.length
    }
  }

  /** Sorts the rows (C4 order) and drops those that are there twice, the same row of the same file. */
  settle(): void {
    const view = this.#view
    const lengths = new Map(
      this.#starts.map((start, i) => [start, (this.#starts[i + 1] ?? this.#end) - start]),
    )
    const sorted = this.#starts.toSorted((a, b) => this.#format.compare(view, a, b))
    const kept = sorted.filter(
      (start, i) => i === 0 || this.#format.compare(view, sorted[i - 1], start) !== 0,
    )
    const bytes = Buffer.alloc(this.#bytes.length)
    this.clear()
    for (const start of kept) {
      this.#starts.push(this.#end)
      this.#end += this.#bytes.copy(bytes, this.#end, start, start + lengths.get(start)!)
    }
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }

  timeAt(row: number): number {
    return this.#view.getFloat64(this.#starts[row], true)
  }

  /** Where the block that begins with row `from` ends: rows of one time stay together. */
  blockEnd(from: number): number {
    let to = Math.min(from + BLOCK_ROWS, this.rows)
    while (to < this.rows && this.timeAt(to) === this.timeAt(to - 1)) to++
    return to
  }

  /** The block of rows [from, to); valid until the next call. */
  block(from: number, to: number, more: boolean): Buffer {
    const first = this.#starts[from]
    const last = this.#starts[to] ?? this.#end
    const head = HEADER_BYTES + 4 * (to - from)
    const length = head + last - first
    if (length > this.#block.length) this.#block = Buffer.alloc(2 * length)
    const block = this.#block.subarray(0, length)
    block.writeUInt32LE(to - from, 4)
    block.writeUInt32LE(more ? MORE : 0, 8)
    for (let row = from; row < to; row++) {
      block.writeUInt32LE(head + this.#starts[row] - first, HEADER_BYTES + 4 * (row - from))
    }
    this.#bytes.copy(block, head, first, last)
    block.writeUInt32LE(crc32(block.subarray(4)), 0)
    return block
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return
    const bytes = Buffer.alloc(2 * (this.#end + more))
    this.#bytes.copy(bytes, 0, 0, this.#end)
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }
}

/** A block opened for reading; valid only as long as the memory it was opened on. */
export class BlockReader {
  readonly rows: number
  /** Blocks of later versions of the key follow. */
  readonly more: boolean
  readonly view: DataView
  readonly bytes: Uint8Array

  /** Raises `file-corrupt`; `uri` names the store. */
  constructor(value: Uint8Array, length: number, uri: string) {
    this.bytes = new Uint8Array(value.buffer, value.byteOffset, length)
    this.view = new DataView(value.buffer, value.byteOffset, length)
    if (length < HEADER_BYTES || this.view.getUint32(0, true) !== crc32(this.bytes.subarray(4))) {
      throw new HindcastError(
        'file-corrupt',
        'the feature store is damaged: a block of versions fails its checksum',
        {
          where: { uri },
          advice: 'Load the table anew into a fresh directory: hindcast features load.',
        },
      )
    }
    this.rows = this.view.getUint32(4, true)
    this.more = (this.view.getUint32(8, true) & MORE) !== 0
  }

  /** Where row `row` begins in `view` and `bytes`. */
  start(row: number): number {
    return this.view.getUint32(HEADER_BYTES + 4 * row, true)
  }

  timeAt(row: number): number {
    return this.view.getFloat64(this.start(row), true)
  }

  rowBytes(row: number): Uint8Array {
    return this.bytes.subarray(this.start(row), row + 1 < this.rows ? this.start(row + 1) : this.bytes.length)
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
