/**
 * What two readers must agree on: a checksum of a column's rows in order, the same however they are cut into batches.
 *
 * Every row goes through FNV-1a over 32-bit words: a null as one word, a value as its bits (one word for 32-bit
 * values, low and high for 64-bit ones), text as its length and its bytes. It is no part of what is timed.
 */

const START = 0x811c9dc5 | 0
const PRIME = 0x01000193
const NULL_WORD = 0x6e756c6c

export class ColumnChecksum {
  #hash = START
  #rows = 0

  /** `wordsPerRow` 32-bit words a row from index 0; `valid` has one byte a row, 0 for null. */
  addWords(words: Int32Array, wordsPerRow: number, rows: number, valid: Uint8Array | null): void {
    let hash = this.#hash
    for (let row = 0, at = 0; row < rows; row++, at += wordsPerRow) {
      if (valid !== null && valid[row] === 0) {
        hash = Math.imul(hash ^ NULL_WORD, PRIME)
        continue
      }
      hash = mix(hash, words[at]!)
      if (wordsPerRow === 2) hash = mix(hash, words[at + 1]!)
    }
    this.#hash = hash
    this.#rows += rows
  }

  /** Row i is `bytes[offsets[i] … offsets[i + 1])`. */
  addText(offsets: Int32Array, bytes: Uint8Array, rows: number, valid: Uint8Array | null): void {
    let hash = this.#hash
    for (let row = 0; row < rows; row++) {
      if (valid !== null && valid[row] === 0) {
        hash = Math.imul(hash ^ NULL_WORD, PRIME)
        continue
      }
      const from = offsets[row]!
      const to = offsets[row + 1]!
      hash = mix(hash, to - from)
      for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, PRIME)
    }
    this.#hash = hash
    this.#rows += rows
  }

  /** Text as JavaScript has it. */
  addStrings(values: readonly (string | null)[]): void {
    const valid = Uint8Array.from(values, value => (value === null ? 0 : 1))
    const parts = values.map(value => UTF8.encode(value ?? ''))
    const offsets = new Int32Array(parts.length + 1)
    for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i]! + parts[i]!.length
    const bytes = new Uint8Array(offsets[parts.length]!)
    for (let i = 0; i < parts.length; i++) bytes.set(parts[i]!, offsets[i]!)
    this.addText(offsets, bytes, parts.length, valid)
  }

  /** Rows and hash. */
  get text(): string {
    return `${this.#rows}:${(this.#hash >>> 0).toString(16).padStart(8, '0')}`
  }
}

const UTF8 = new TextEncoder()

/** A multiplication carries upwards only: the high half is folded down, so that every bit of a word counts. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, PRIME)
  return mixed ^ (mixed >>> 15)
}

/** The 32-bit words of a typed array of 4- or 8-byte values. */
export function wordsOf(values: ArrayBufferView): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4)
}

/** One byte a row from a bitmap, low bits first, beginning at bit `first`. */
export function bytesOfBitmap(bitmap: Uint8Array, first: number, rows: number): Uint8Array {
  const valid = new Uint8Array(rows)
  for (let i = 0, bit = first; i < rows; i++, bit++) valid[i] = (bitmap[bit >> 3]! >> (bit & 7)) & 1
  return valid
}

/** Checksums of a file's columns by name. */
export class FileChecksums {
  readonly #columns = new Map<string, ColumnChecksum>()

  of(name: string): ColumnChecksum {
    const known = this.#columns.get(name)
    if (known !== undefined) return known
    const made = new ColumnChecksum()
    this.#columns.set(name, made)
    return made
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.text]))
  }
}
