/**
 * The structure of DELTA_BINARY_PACKED, checked: header, blocks, widths and miniblocks. What a miniblock means for 32
 * and for 64 bits is in delta.ts. Source: Encodings.md of apache/parquet-format.
 *
 *     page      := blockSize:varint miniblocks:varint count:varint first:zigzag block*
 *     block     := minDelta:zigzag width:byte{miniblocks} miniblock*
 *     miniblock := blockSize / miniblocks deltas less minDelta, of `width` bits each
 *
 * What is accepted: miniblocks behind the last value are absent, whatever their widths say; padding of the last
 * miniblock may be cut off at the end of the page; widths to 64 also for INT32, since parquet-mr once wrote them so.
 */

import { corrupt } from '../damage.ts'
import { packedBytes } from './bit-unpack.ts'
import { ByteCursor } from './byte-cursor.ts'

const WIDTH_MAX = 64

/** Walks the miniblocks of one page: `next` moves to one, the members say what it is. */
export class DeltaBlocks {
  /** Values of the page, the first included. */
  readonly count: number
  /** The first value, as halves. */
  readonly firstLow: number
  readonly firstHigh: number
  /** Smallest delta of the block that the miniblock is in, as halves. */
  minLow = 0
  minHigh = 0
  /** The miniblock: where its bytes are, bits a delta, deltas. */
  position = 0
  bitWidth = 0
  length = 0
  readonly #cursor: ByteCursor
  readonly #miniblocks: number
  readonly #miniblockLength: number
  #left: number
  /** Miniblocks of the block that were visited, and where their widths are. */
  #visited = 0
  #widthsAt = 0

  /** Reads the header; `wanted` values must be there. */
  constructor(bytes: Uint8Array, position: number, end: number, wanted: number) {
    const cursor = new ByteCursor(bytes, position, end)
    const blockSize = cursor.u32('the block size of deltas')
    const miniblocks = cursor.u32('the number of miniblocks')
    this.count = cursor.u32('the number of deltas')
    cursor.zigzag64('the first value of deltas')
    if (blockSize === 0 || blockSize % 128 !== 0) throw corrupt(`a block of deltas has ${blockSize} values`)
    if (miniblocks === 0 || (blockSize / miniblocks) % 32 !== 0) {
      throw corrupt(`a block of ${blockSize} deltas has ${miniblocks} miniblocks`)
    }
    if (this.count < wanted) throw corrupt(`${this.count} deltas where the page has ${wanted} values`)
    this.firstLow = cursor.low
    this.firstHigh = cursor.high
    this.#cursor = cursor
    this.#miniblocks = miniblocks
    this.#miniblockLength = blockSize / miniblocks
    this.#left = Math.max(0, this.count - 1)
    this.#visited = miniblocks
  }

  /** Where the page goes on behind what was visited. */
  get end(): number {
    return this.#cursor.position
  }

  /** Moves to the next miniblock that has values; false behind the last. Its bytes are there. */
  next(): boolean {
    if (this.#left === 0) return false
    if (this.#visited === this.#miniblocks) this.#nextBlock()
    const cursor = this.#cursor
    const bitWidth = cursor.bytes[this.#widthsAt + this.#visited++]!
    if (bitWidth > WIDTH_MAX) throw corrupt(`deltas of ${bitWidth} bits`)
    const length = Math.min(this.#miniblockLength, this.#left)
    const needed = packedBytes(length, bitWidth)
    if (needed > cursor.left) {
      throw corrupt(`a miniblock of ${length} deltas needs ${needed} bytes, ${cursor.left} are left`)
    }
    this.position = cursor.position
    this.bitWidth = bitWidth
    this.length = length
    cursor.position = Math.min(cursor.end, cursor.position + packedBytes(this.#miniblockLength, bitWidth))
    this.#left -= length
    return true
  }

  #nextBlock(): void {
    const cursor = this.#cursor
    cursor.zigzag64('the smallest delta of a block')
    this.minLow = cursor.low
    this.minHigh = cursor.high
    if (this.#miniblocks > cursor.left) throw corrupt('the widths of miniblocks are cut off')
    this.#widthsAt = cursor.position
    cursor.position += this.#miniblocks
    this.#visited = 0
  }
}
