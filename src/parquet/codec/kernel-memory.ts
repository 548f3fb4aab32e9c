/**
 * The WebAssembly kernels of this thread and the one memory they work in: who lies where, and when it grows.
 *
 *   0 ─ static data ─ 16 KiB ─ hash table (32 KiB) ─ 64 KiB ─ regions of the current call ─ … ─ end
 *
 * Invariants: a call first says what it reads (`enter`), which stays where it is if it lies in this memory already
 * (the result of the call before), then takes regions around it (`take`). Behind each region lie SLACK bytes that
 * kernels may overwrite. So a result is good until the next call of any kernel, which may read it. Memory grows by
 * doubling, which detaches all views of it, and is never given back; pages that nobody touched cost nothing.
 */

import { assert } from '../../errors.ts'
import { passed } from '../damage.ts'
import { KERNELS_WASM } from './kernels-wasm.ts'

/** What is used of the engine's WebAssembly, which the compiler's library without a browser does not declare. */
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** Exports of assembly/index.ts. Positions and sizes are bytes; a negative answer is a failure. */
export interface Kernels {
  readonly memory: WasmMemory
  snappyDecompress(from: number, fromEnd: number, to: number, toEnd: number): number
  snappyCompress(from: number, size: number, to: number, table: number): number
  lz4Block(from: number, fromEnd: number, to: number, toEnd: number, first: number): number
  lz4Hadoop(from: number, fromEnd: number, to: number, toEnd: number): number
  lz4Frames(from: number, fromEnd: number, to: number, toEnd: number): number
  lz4Compress(from: number, size: number, to: number, table: number): number
  unpackStrings(from: number, fromEnd: number, count: number, offsets: number, arena: number): number
  checkOffsets(offsets: number, size: number, bytes: number): number
  placeStrings(
    codes: number,
    count: number,
    dictionary: number,
    size: number,
    offsets: number,
    bytesMax: number,
  ): number
  gatherStrings(
    codes: number,
    count: number,
    dictionary: number,
    bytes: number,
    offsets: number,
    arena: number,
  ): void
  packStrings(offsets: number, count: number, bytes: number, valid: number, to: number): number
}

/** Bytes behind each region that kernels may read and overwrite: their copies go in steps of 16. */
const SLACK = 64
/** Where the hash table of the compressors lies: behind the static data, which is less than 1 KiB. */
export const TABLE_POSITION = 16 * 1024
const REGIONS_POSITION = 64 * 1024
const MEMORY_PAGE = 64 * 1024
const MEMORY_BYTES_FIRST = 4 * 1024 * 1024
/** One memory page short of 4 GiB, so that the end of a region is still a 32-bit number. */
const MEMORY_BYTES_MAX = 4 * 1024 ** 3 - MEMORY_PAGE

export class KernelMemory {
  readonly kernels: Kernels
  #buffer: ArrayBuffer
  /** What the current call reads and must not be overwritten: [start, end), empty if start = end. */
  #keptStart = 0
  #keptEnd = 0
  /** What outlives calls (`pin`). */
  #pinStart = 0
  #pinEnd = 0
  #free = REGIONS_POSITION

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(KERNELS_WASM, 'base64'))
    this.kernels = new WebAssembly.Instance(module).exports as Kernels
    this.#buffer = this.kernels.memory.buffer
    this.#reach(MEMORY_BYTES_FIRST)
  }

  /** Begins a call: positions of what it reads, copied in unless it lies in this memory. */
  enter(inputs: readonly (Uint8Array | Int32Array)[]): number[] {
    this.#free = REGIONS_POSITION
    this.#keptStart = this.#keptEnd = 0
    const positions: number[] = []
    for (const input of inputs) {
      assert(!isDetached(input), 'a kernel got a result of an earlier call that a later one has moved')
      const isInside = this.holds(input)
      positions.push(isInside ? input.byteOffset : -1)
      if (isInside) this.#keep(input.byteOffset, input.byteOffset + input.byteLength)
    }
    // Only now, when it is known what must stay, is there room for the others.
    for (let i = 0; i < inputs.length; i++) {
      if (positions[i]! >= 0) continue
      const { buffer, byteOffset, byteLength } = inputs[i]!
      positions[i] = this.take(byteLength)
      this.bytes(positions[i]!, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength))
    }
    return positions
  }

  /** Whether an array is a view of this memory. */
  holds(array: Uint8Array | Int32Array): boolean {
    return array.buffer === this.#buffer
  }

  /** A region of `bytes` bytes and the slack behind it, at a multiple of 16, which the current call alone uses. */
  take(bytes: number): number {
    let start = this.#free
    let end = start + bytes + SLACK
    // Two spans are in the way at most, and passing one may lead into the other.
    for (let look = 0; look < 2; look++) {
      if (start < this.#pinEnd && end > this.#pinStart) start = alignUp(this.#pinEnd + SLACK)
      end = start + bytes + SLACK
      if (start < this.#keptEnd && end > this.#keptStart) start = alignUp(this.#keptEnd + SLACK)
      end = start + bytes + SLACK
    }
    this.#reach(end)
    this.#free = alignUp(end)
    return start
  }

  /** Keeps [start, end), a region of this call, from all later calls, until something else is pinned. */
  pin(start: number, end: number): void {
    this.#pinStart = start
    this.#pinEnd = end
  }

  unpin(): void {
    this.#pinStart = this.#pinEnd = 0
  }

  bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, start, length)
  }

  int32s(start: number, length: number): Int32Array {
    return new Int32Array(this.#buffer, start, length)
  }

  #keep(start: number, end: number): void {
    if (start === end) return
    if (this.#keptStart === this.#keptEnd) {
      this.#keptStart = start
      this.#keptEnd = end
      return
    }
    this.#keptStart = Math.min(this.#keptStart, start)
    this.#keptEnd = Math.max(this.#keptEnd, end)
  }

  #reach(end: number): void {
    const now = this.#buffer.byteLength
    if (end <= now) return
    if (end > MEMORY_BYTES_MAX) throw passed(`a page or its strings need ${end} bytes of memory at once`)
    const wanted = Math.min(Math.max(end, 2 * now), MEMORY_BYTES_MAX)
    try {
      this.kernels.memory.grow(Math.ceil((wanted - now) / MEMORY_PAGE))
    } catch {
      throw passed(`the system has no ${end} bytes of memory for a page`)
    }
    this.#buffer = this.kernels.memory.buffer
  }
}

function isDetached(array: Uint8Array | Int32Array): boolean {
  return array.buffer instanceof ArrayBuffer && array.buffer.detached
}

function alignUp(position: number): number {
  return Math.ceil(position / 16) * 16
}

let ofThread: KernelMemory | null = null

/** The kernels of this thread, compiled when they are first needed (about 2 ms). */
export function kernelMemory(): KernelMemory {
  ofThread ??= new KernelMemory()
  return ofThread
}
