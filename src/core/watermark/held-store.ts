/**
 * Where reorder buffers put what does not fit memory (C9): a port, as the core does no I/O. Synchronous, as the merge is.
 */

import type { EventBatch } from '../batch/index.ts'
import type { Ticks } from '../time.ts'

/** Blocks of an even share of the memory, and the bounds within which that is kept: less is slow, more is no faster. */
const BLOCKS_A_SHARE = 64
const BLOCK_BYTES_MIN = 16 * 1024
const BLOCK_BYTES_MAX = 1024 * 1024

/** Place of a block in its file. */
export interface HeldPlace {
  readonly position: number
  readonly length: number
}

/** A file being written. */
export interface HeldFile {
  /** By this name it is read again, by another process too. */
  readonly name: string
  append(events: EventBatch): HeldPlace
  /** Makes it durable: only then may a snapshot refer to it. */
  close(): void
}

export interface HeldStore {
  readonly budget: HeldBudget
  /** `newest`: no event of the file is later, so that it is known when nobody needs it any more. */
  create(newest: Ticks): HeldFile
  /** Raises `output-corrupt` where the file is gone or damaged. */
  read(file: string, place: HeldPlace): EventBatch
  /** This buffer needs it no more; a snapshot may. */
  release(file: string): void
}

/**
 * Memory of all reorder buffers of a lane. Past it a buffer that has at least half of an even share is spilled when it
 * grows, so that all of them stay below one and a half times the budget, and files do not become tiny. While it is being
 * spilled a buffer is in memory twice, once in order.
 */
export class HeldBudget {
  readonly bytesMax: number
  /** What each buffer has if all have as much. */
  readonly shareBytes: number
  /** Blocks are cut to about so much, encoded: of each file that is read one is open. */
  readonly blockBytes: number
  #bytes = 0

  constructor(bytesMax: number, buffers: number, blockBytesMin = BLOCK_BYTES_MIN) {
    this.bytesMax = bytesMax
    this.shareBytes = bytesMax / Math.max(1, buffers)
    this.blockBytes = Math.max(blockBytesMin, Math.min(BLOCK_BYTES_MAX, this.shareBytes / BLOCKS_A_SHARE))
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A buffer has grown by so much, or shrunk. */
  add(bytes: number): void {
    this.#bytes += bytes
  }

  /** Whether a buffer that holds so much in memory is to be spilled. */
  mustSpill(bytes: number): boolean {
    return this.#bytes > this.bytesMax && bytes >= this.shareBytes / 2
  }
}
