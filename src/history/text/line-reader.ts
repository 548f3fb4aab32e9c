/**
 * Lines of a byte source, in place: a line is a range of the buffer, and nothing is allocated for it.
 *
 *     buffer  │ used │ line at hand │ more lines … │ free │
 *                    start        end
 *
 * `next` is synchronous and says when the buffer has no whole line left; then `more` reads on. A line longer than
 * `recordBytesMax` is not kept: it is delivered as its first bytes, with `tooLong` set.
 */

import { LIMITS } from '../../limits.ts'
import type { ByteStream } from './byte-stream.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const BUFFER_BYTES = 256 * 1024
/** What is kept of a line that is too long. */
const EXCERPT_BYTES = 1024

export class LineReader {
  /** The buffer; the line at hand is `bytes[start … end)`, without its line end. */
  bytes: Uint8Array
  start = 0
  end = 0
  /** Line number of the first line at hand, from 1. */
  line = 0
  tooLong = false
  /** Whether what is at hand ends with a line end, and not with the source. */
  terminated = false

  readonly #source: ByteStream
  readonly #bufferBytes: number
  /** Free room that is worth a read: moving bytes for less would cost more than reading. */
  readonly #readBytesMin: number
  /** Behind the line end of what is at hand. */
  #next = 0
  /** End of the bytes that are there. */
  #limit = 0
  #ended = false
  /** Lines up to and with the last one at hand. */
  #lines = 0
  /** Line end of the first line at hand, for `rewind`. */
  #firstEnd = 0
  /** Bytes of the line being read that were dropped: it is too long. */
  #dropped = 0
  /** No newline lies between the end of what is at hand and here. */
  #searched = 0

  constructor(source: ByteStream, bufferBytes = BUFFER_BYTES) {
    this.#source = source
    this.#bufferBytes = bufferBytes
    this.#readBytesMin = bufferBytes / 4
    this.bytes = new Uint8Array(bufferBytes)
  }

  /** Goes to the next line; false where the buffer has no whole one: read `more` and try again. */
  next(): boolean {
    const newline = this.#newline()
    if (newline < 0) return false
    this.start = this.#next
    this.tooLong = this.#dropped > 0
    this.#dropped = 0
    this.#lines++
    this.line = this.#lines
    this.#finishAt(newline)
    this.#firstEnd = newline
    if (this.line === 1) this.#skipMark()
    return true
  }

  /** Adds the following line to what is at hand; false where the buffer has no whole one. */
  extend(): boolean {
    const newline = this.#newline()
    if (newline < 0) return false
    this.#lines++
    this.#finishAt(newline)
    return true
  }

  /** Bytes from the first line at hand to the end of what has been read. */
  get heldBytes(): number {
    return this.#limit - this.start
  }

  /** Gives back all lines at hand but the first. */
  rewind(): void {
    this.#finishAt(this.#firstEnd)
    this.#searched = this.#next
    this.#lines = this.line
  }

  /**
   * Reads more of the source; false where it has ended before. With `keep`, the lines at hand stay at hand (their
   * positions change).
   */
  async more(keep: boolean): Promise<boolean> {
    if (this.#ended) return false
    this.#makeRoom(keep ? this.start : this.#next)
    const count = await this.#source.read(this.bytes.subarray(this.#limit))
    this.#limit += count
    // a search must not run on into what is left of earlier bytes
    if (this.#limit < this.bytes.length) this.bytes[this.#limit] = NEWLINE
    if (count === 0) this.#ended = true
    return true
  }

  /** Position of the next line end: the newline, or the end of the source; -1 where neither is there. */
  #newline(): number {
    const at = this.bytes.indexOf(NEWLINE, Math.max(this.#next, this.#searched))
    if (at >= 0 && at < this.#limit) return at
    this.#searched = this.#limit
    return this.#ended && this.#next < this.#limit ? this.#limit : -1
  }

  #finishAt(newline: number): void {
    this.terminated = newline < this.#limit
    this.#next = Math.min(newline + 1, this.#limit)
    this.end = newline > this.start && this.bytes[newline - 1] === RETURN ? newline - 1 : newline
  }

  /** A byte order mark is no part of the first line. */
  #skipMark(): void {
    const { bytes, start, end } = this
    if (end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      this.start += 3
  }

  /** Moves what is still needed to the front; grows where that fills the buffer, up to the longest record. */
  #makeRoom(from: number): void {
    const kept = this.#limit - from
    if (kept > LIMITS.recordBytesMax && from === this.#next) {
      this.#drop()
      return
    }
    if (this.bytes.length - this.#limit >= this.#readBytesMin) return
    const target = kept > this.bytes.length / 2 ? new Uint8Array(2 * this.bytes.length) : this.bytes
    if (target === this.bytes) target.copyWithin(0, from, this.#limit)
    else target.set(this.bytes.subarray(from, this.#limit))
    this.bytes = target
    this.start -= from
    this.end -= from
    this.#next -= from
    this.#firstEnd -= from
    this.#searched -= from
    this.#limit = kept
  }

  /** Keeps the beginning of a line that has grown too long and forgets the rest of what was read of it. */
  #drop(): void {
    const kept = Math.min(EXCERPT_BYTES, this.#limit - this.#next)
    const excerpt = this.bytes.slice(this.#next, this.#next + kept)
    this.#dropped += this.#limit - this.#next - kept
    this.bytes = new Uint8Array(Math.max(this.#bufferBytes, 2 * EXCERPT_BYTES))
    this.bytes.set(excerpt)
    this.#next = 0
    this.#searched = kept
    this.#limit = kept
  }
}
