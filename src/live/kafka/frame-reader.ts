/**
 * Bytes of a connection → replies. Each is one frame; chunks end anywhere.
 *
 *     frame := size i32 (≥ 4)  correlation i32  …
 *
 * Invariant: the size is checked before anything is allocated for it. A frame is only valid during the call that hands it
 * out: its bytes are used again.
 */

import { HindcastError } from '../../errors.ts'

const SIZE_BYTES = 4
const CORRELATION_BYTES = 4
const NONE = Buffer.alloc(0)
/** Longest buffer that is used again; longer ones are for one frame. */
const KEPT_BYTES = 32 * 1024 * 1024

export class FrameReader {
  readonly #bytesMax: number
  readonly #limit: string
  readonly #size = Buffer.alloc(SIZE_BYTES)
  #sizeRead = 0
  #kept: Buffer = NONE
  /** The frame that is being read, and how much of it is there. */
  #frame: Buffer = NONE
  #read = 0

  /** `limit`: name of the bound in limits.ts, for the error. */
  constructor(bytesMax: number, limit: string) {
    this.#bytesMax = bytesMax
    this.#limit = limit
  }

  /** Takes in a chunk; hands out each frame that ends in it, without its size. */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#sizeRead < SIZE_BYTES) {
        const count = chunk.copy(this.#size, this.#sizeRead, at, at + SIZE_BYTES - this.#sizeRead)
        this.#sizeRead += count
        at += count
        if (this.#sizeRead === SIZE_BYTES) this.#begin(this.#size.readInt32BE(0))
        continue
      }
      const count = chunk.copy(this.#frame, this.#read, at)
      this.#read += count
      at += count
      if (this.#read === this.#frame.length) {
        const frame = this.#frame
        this.#frame = NONE
        this.#sizeRead = 0
        onFrame(frame)
      }
    }
  }

  #begin(size: number): void {
    if (size < CORRELATION_BYTES) {
      throw new HindcastError('reply-invalid', `a reply claims to be ${size} bytes long`, {
        advice: 'Check that this port is a broker of Kafka.',
      })
    }
    if (size > this.#bytesMax) {
      throw new HindcastError(
        'limit-passed',
        `a reply claims to be ${size} bytes long; limit ${this.#limit} is ${this.#bytesMax}`,
        {
          advice:
            'Check that this is the port of a broker and needs no TLS; a batch of records that is so long cannot be read.',
        },
      )
    }
    if (size > this.#kept.length && size <= KEPT_BYTES) this.#kept = Buffer.allocUnsafeSlow(size)
    this.#frame = size <= KEPT_BYTES ? this.#kept.subarray(0, size) : Buffer.allocUnsafeSlow(size)
    this.#read = 0
  }
}
