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
import type { VersionChunk } from '../../core/asof/index.ts'
import { copyBytes } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import type { RowFormat } from './row-format.ts'

/** Rows of a block, unless more versions of a key have one time: small, since a lookup reads one block. */
export const BLOCK_ROWS = 32

const HEADER_BYTES = 12
const MORE = 1

/** Rows of one key, being put together into blocks. Memory is used again after `clear`. */
export class BlockRows {
  readonly #format: RowFormat
  #bytes = Buffer.alloc(64 * 1024)
  #view = viewOf(this.#bytes)
  /** Row i is `bytes[starts[i] … ends[i])`. */
  #starts: number[] = []
  #ends: number[] = []
  #end = 0
  #block = Buffer.alloc(4096)

  constructor(format: RowFormat) {
    this.#format = format
  }

  get rows(): number {
    return this.#starts.length
  }

  clear(): void {
    this.#starts.length = 0
    this.#ends.length = 0
    this.#end = 0
  }

  /** Adds row `row` of a chunk, read from row `fileRow` of file `file`. */
  add(chunk: VersionChunk, row: number, file: number, fileRow: number): void {
    this.#reserve(this.#format.bytesOf(chunk, row))
    this.#push(this.#format.write(this.#view, this.#bytes, this.#end, chunk, row, file, fileRow))
  }

  /** Adds the rows of a block. */
  addBlock(block: BlockReader): void {
    this.#reserve(block.bytes.length)
    for (let row = 0; row < block.rows; row++) {
      const bytes = block.rowBytes(row)
      this.#bytes.set(bytes, this.#end)
      this.#push(this.#end + bytes.length)
    }
  }

  /** Sorts the rows (C4 order) and drops those that are there twice, the same row of the same file. */
  settle(): void {
    const view = this.#view
    const rows = this.#starts.map((start, i) => ({ start, end: this.#ends[i] }))
    rows.sort((a, b) => this.#format.compare(view, a.start, b.start))
    const kept = rows.filter(
      (row, i) => i === 0 || this.#format.compare(view, rows[i - 1].start, row.start) !== 0,
    )
    this.#starts = kept.map(row => row.start)
    this.#ends = kept.map(row => row.end)
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
    const head = HEADER_BYTES + 4 * (to - from)
    let length = head
    for (let row = from; row < to; row++) length += this.#ends[row] - this.#starts[row]
    if (length > this.#block.length) this.#block = Buffer.alloc(2 * length)
    const block = this.#block.subarray(0, length)
    block.writeUInt32LE(to - from, 4)
    block.writeUInt32LE(more ? MORE : 0, 8)
    let at = head
    for (let row = from; row < to; row++) {
      block.writeUInt32LE(at, HEADER_BYTES + 4 * (row - from))
      copyBytes(this.#bytes, this.#starts[row], block, at, this.#ends[row] - this.#starts[row])
      at += this.#ends[row] - this.#starts[row]
    }
    block.writeUInt32LE(crc32(block.subarray(4)), 0)
    return block
  }

  #push(end: number): void {
    this.#starts.push(this.#end)
    this.#ends.push(end)
    this.#end = end
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
