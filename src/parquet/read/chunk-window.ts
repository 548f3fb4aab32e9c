/**
 * The bytes of one column chunk as its cursor walks over them: stretches fetched ahead, or windows read as it goes.
 *
 *     chunk   ▕▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▏
 *     stretches   ▕████▏       ▕██████████▏       in memory; where none has the bytes, a window is read
 */

import { corrupt } from '../damage.ts'
import type { ByteRange } from '../format/metadata.ts'
import type { ByteSource } from './byte-source.ts'

/** Bytes of the file from `position` on. */
export interface Stretch {
  readonly position: number
  readonly bytes: Uint8Array
}

/** A window is at least so long, where nothing else is said. */
export const READ_AHEAD = 1024 * 1024

export class ChunkWindow {
  readonly #source: ByteSource
  readonly #fetched: readonly Stretch[]
  readonly #end: number
  readonly #readAhead: number
  #current: Stretch

  /** A window that is read is at least `readAhead` bytes long. */
  constructor(source: ByteSource, range: ByteRange, fetched: readonly Stretch[], readAhead = READ_AHEAD) {
    this.#source = source
    this.#readAhead = readAhead
    this.#fetched = fetched
    this.#end = range.position + range.length
    this.#current = fetched[0] ?? { position: range.position, bytes: new Uint8Array(0) }
  }

  /** Behind the last byte of the chunk. */
  get end(): number {
    return this.#end
  }

  /** What is in memory from `position` on, at least `length` bytes of it; null: `fetch` them first. */
  view(position: number, length: number): Uint8Array | null {
    if (!holds(this.#current, position, length)) {
      const other = this.#fetched.find(stretch => holds(stretch, position, length))
      if (other === undefined) return null
      this.#current = other
    }
    const from = position - this.#current.position
    const to = Math.min(this.#current.bytes.length, this.#end - this.#current.position)
    return this.#current.bytes.subarray(from, to)
  }

  /** Reads at least the bytes [position, position + length); raises `file-corrupt` where the chunk ends before. */
  async fetch(position: number, length: number): Promise<Uint8Array> {
    const left = this.#end - position
    if (length > left) throw corrupt(`${length} bytes are promised where the column chunk has ${left} left`)
    const bytes = await this.#source.read(position, Math.min(Math.max(length, this.#readAhead), left))
    this.#current = { position, bytes }
    return bytes
  }
}

function holds(stretch: Stretch, position: number, length: number): boolean {
  return position >= stretch.position && position + length <= stretch.position + stretch.bytes.length
}
