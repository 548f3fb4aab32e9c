/**
 * Memory that a page is written into: grows by doubling, and is used again for the next page.
 *
 * Invariant: what is written lies in `bytes[0 … position)`; after `reserve(n)` the next n bytes are there. `bytes` and
 * `view` change when it grows, so they are read anew after every `reserve`. What lies behind `position` is left over
 * from earlier pages, not zero.
 */

import { LIMITS } from '../../limits.ts'
import { passed } from '../damage.ts'

const BYTES_FIRST = 64 * 1024

export class PageBuffer {
  bytes: Uint8Array
  /** Over the same memory, for unaligned stores. */
  view: DataView
  position = 0

  constructor(bytesFirst = BYTES_FIRST) {
    this.bytes = new Uint8Array(bytesFirst)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `length` bytes behind `position`. More than a page may have: `limit-passed`. */
  reserve(length: number): void {
    const needed = this.position + length
    if (needed <= this.bytes.length) return
    const bytesMax = LIMITS.parquetPageBytesMax
    if (needed > bytesMax) throw passed(`a page of ${needed} bytes is more than ${bytesMax}`)
    const grown = new Uint8Array(Math.min(bytesMax, Math.max(needed, 2 * this.bytes.length)))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  /** Begins a new page. */
  clear(): void {
    this.position = 0
  }

  /** What was written: a view, valid until the next write or `clear`. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.position++] = value
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.position)
    this.position += bytes.length
  }

  /** Four bytes, little-endian; `at` other than the end overwrites, for lengths that are known later. */
  u32(value: number, at = this.position): void {
    if (at === this.position) {
      this.reserve(4)
      this.position += 4
    }
    this.view.setUint32(at, value, true)
  }

  /** ULEB128 of an unsigned number of 32 bits. */
  varint(value: number): void {
    this.reserve(5)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.position++] = rest
  }

  /** Zigzag ULEB128 of an int64 in halves. */
  zigzag64(low: number, high: number): void {
    this.reserve(10)
    const sign = high >> 31
    let restLow = (low << 1) ^ sign
    let restHigh = ((high << 1) | (low >>> 31)) ^ sign
    while (restHigh !== 0 || restLow >>> 0 >= 0x80) {
      this.bytes[this.position++] = (restLow & 0x7f) | 0x80
      restLow = (restLow >>> 7) | (restHigh << 25)
      restHigh >>>= 7
    }
    this.bytes[this.position++] = restLow
  }
}
