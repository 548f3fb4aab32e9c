/**
 * Buffers for fetched records, used again and again: fresh memory for each fetch costs more time in garbage collection
 * than all decoding (measured: 18 % of the main thread, and as much on V8's own threads).
 *
 * Invariant: what was taken belongs to the taker alone until it is given back, and is never touched after.
 */

/** Sizes are rounded up to this, so that few fit many. */
const STEP_BYTES = 64 * 1024

export class BytePool {
  readonly #keptMax: number
  #free: ArrayBuffer[] = []
  #keptBytes = 0

  /** `keptMax`: bytes that are kept for later at most. */
  constructor(keptMax: number) {
    this.#keptMax = keptMax
  }

  /** A copy of `bytes` in memory of the pool. */
  copyOf(bytes: Uint8Array): Uint8Array {
    const copy = new Uint8Array(this.#take(bytes.length), 0, bytes.length)
    copy.set(bytes)
    return copy
  }

  /** Gives a copy back. */
  release(copy: Uint8Array): void {
    const buffer = copy.buffer as ArrayBuffer
    if (this.#keptBytes + buffer.byteLength > this.#keptMax) return
    this.#keptBytes += buffer.byteLength
    this.#free.push(buffer)
  }

  /** The smallest that is free and large enough, unless that would waste most of it. */
  #take(size: number): ArrayBuffer {
    let best = -1
    for (let i = 0; i < this.#free.length; i++) {
      const { byteLength } = this.#free[i]!
      if (byteLength >= size && (best < 0 || byteLength < this.#free[best]!.byteLength)) best = i
    }
    const rounded = Math.ceil(size / STEP_BYTES) * STEP_BYTES
    if (best < 0 || this.#free[best]!.byteLength > 4 * rounded) return new ArrayBuffer(rounded)
    const [buffer] = this.#free.splice(best, 1)
    this.#keptBytes -= buffer!.byteLength
    return buffer!
  }
}
