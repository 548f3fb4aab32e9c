/**
 * Memory of decoded pages that wait until their rows are asked for, of all columns that are read together. A page of
 * 30 bytes may be 16 million nulls, and a file may have thousands of such columns: what they take together is bounded.
 */

import type { PhysicalKind } from '../../core/batch/index.ts'
import { passed } from '../damage.ts'

/** A page of 128 k rows in each of 800 columns. Whoever asks for as many rows as the pages have holds none. */
const HELD_BYTES_MAX = 1024 * 1024 * 1024

export class HeldBytes {
  #bytes = 0

  /** Before a page of `rows` rows is decoded to be held; `textBytes` is its size. Returns what is to be given back. */
  take(kind: PhysicalKind, rows: number, textBytes: number): number {
    const width = kind === 'i32' ? 4 : 8
    const bytes = rows * (width + 1) + (kind === 'bytes' ? textBytes : 0)
    if (this.#bytes + bytes > HELD_BYTES_MAX) {
      throw passed(
        `pages that are decoded and not yet asked for need ${this.#bytes + bytes} bytes, more than ${HELD_BYTES_MAX}`,
      )
    }
    this.#bytes += bytes
    return bytes
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}
