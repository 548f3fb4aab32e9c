/**
 * Memory of columns, used again. Fresh memory is dear: the first touch of each 4 KiB is a page fault, and what is let
 * go keeps the garbage collector busy. (Measured: a fifth of a lane's time on a history of 15 columns.)
 *
 * Whoever gives memory back says that nobody looks at it any more; what was given is handed out with old values in it.
 */

import { isCoded } from './coded-strings.ts'
import type { Column } from './column.ts'

export interface Memory {
  /** Exactly so many values, of which every one is written before it is read. */
  int32(length: number): Int32Array
  float64(length: number): Float64Array
}

/** Memory that is nobody else's, zeroed. */
export const FRESH_MEMORY: Memory = {
  int32: length => new Int32Array(length),
  float64: length => new Float64Array(length),
}

/** Lengths are rounded up to this many values, so that buffers of nearly equal length serve one another. */
const STEP = 16 * 1024
/** Bytes are rounded up to as much. */
const BYTES_STEP = 32 * 1024
/** Smaller arrays are not worth it. */
const LENGTH_MIN = 4 * 1024

export class RecycledMemory implements Memory {
  readonly #bytesMax: number
  /** Free buffers by their length in bytes. */
  readonly #free = new Map<number, ArrayBuffer[]>()
  /** Buffers that came from here. */
  readonly #own = new WeakSet<ArrayBufferLike>()
  #freeBytes = 0

  /** Keeps at most `bytesMax` for later. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  int32(length: number): Int32Array {
    return length < LENGTH_MIN
      ? new Int32Array(length)
      : new Int32Array(this.#take(4 * STEP, 4 * length), 0, length)
  }

  float64(length: number): Float64Array {
    return length < LENGTH_MIN
      ? new Float64Array(length)
      : new Float64Array(this.#take(8 * STEP, 8 * length), 0, length)
  }

  bytes(length: number): Uint8Array {
    return length < LENGTH_MIN
      ? new Uint8Array(length)
      : new Uint8Array(this.#take(BYTES_STEP, length), 0, length)
  }

  /** Takes an array back; one that did not come from here is left alone. */
  give(array: Int32Array | Float64Array | Uint8Array): void {
    const { buffer } = array
    if (!this.#own.delete(buffer) || this.#freeBytes + buffer.byteLength > this.#bytesMax) return
    this.#freeBytes += buffer.byteLength
    const free = this.#free.get(buffer.byteLength)
    if (free === undefined) this.#free.set(buffer.byteLength, [buffer as ArrayBuffer])
    else free.push(buffer as ArrayBuffer)
  }

  giveColumn(column: Column): void {
    if (isCoded(column)) this.give(column.codes)
    else if (column.kind === 'bytes') this.give(column.offsets)
    else this.give(column.values)
  }

  #take(step: number, length: number): ArrayBuffer {
    const bytes = step * Math.ceil(length / step)
    const buffer = this.#free.get(bytes)?.pop() ?? null
    if (buffer !== null) this.#freeBytes -= bytes
    const taken = buffer ?? new ArrayBuffer(bytes)
    this.#own.add(taken)
    return taken
  }
}
