/**
 * Memory that the rows of one column go to, page by page, front to back.
 *
 * Invariant: rows before `at` are whole: value, validity and, for strings, codes or else offsets up to and with
 * `offsets[at]`. Memory under a null is zero. Strings stay codes as long as all rows are codes of one dictionary.
 */

import type { Column, Memory, PhysicalKind, StringEntries } from '../../core/batch/index.ts'
import { CodedStrings, FRESH_MEMORY, isCoded } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import { passed } from '../damage.ts'

const ARENA_FIRST = 4096

/** One class for all kinds, with empty arrays for those it is not, so that hot callers stay monomorphic. */
export class ColumnTarget {
  readonly kind: PhysicalKind
  readonly rows: number
  /** Rows filled. */
  at = 0
  /** Values of an i32 column; halves (low, high) of an i64 column; codes of strings that are coded. */
  int32: Int32Array
  readonly float64: Float64Array
  /** Empty as long as strings are coded. */
  offsets = new Int32Array(0)
  arena = new Uint8Array(0)
  /** Null as long as no row is null. */
  valid: Uint8Array | null = null
  /** What the codes refer to; null: the strings are spelt out, or there is none yet. */
  #entries: StringEntries | null = null
  readonly #textBytes: number
  readonly #memory: Memory

  /** `textBytes` is a guess of what the strings take; values lie in memory of `memory`. */
  constructor(kind: PhysicalKind, rows: number, textBytes = 0, memory: Memory = FRESH_MEMORY) {
    this.kind = kind
    this.rows = rows
    this.int32 = memory.int32(kind === 'i32' ? rows : kind === 'i64' ? 2 * rows : 0)
    this.float64 = memory.float64(kind === 'f64' ? rows : 0)
    this.#memory = memory
    this.#textBytes = textBytes
  }

  get free(): number {
    return this.rows - this.at
  }

  /** Validity, made where there was none: rows so far are valid, rows to come are null until they are filled. */
  validity(): Uint8Array {
    this.valid ??= new Uint8Array(this.rows).fill(1, 0, this.at)
    return this.valid
  }

  /** Takes the next `rows` rows as filled; those of them that came without validity are valid. */
  advance(rows: number, hasValidity: boolean): void {
    if (!hasValidity && this.valid !== null) this.valid.fill(1, this.at, this.at + rows)
    this.at += rows
  }

  /** Whether the strings lie in `int32` as codes. */
  get isCoded(): boolean {
    return this.#entries !== null
  }

  /** Whether codes of these entries can go into `int32`: from then on they must, until somebody spells them out. */
  takeCodes(entries: StringEntries): boolean {
    if (this.#entries === entries) return true
    if (this.at > 0) return false
    this.#entries = entries
    this.int32 = this.#memory.int32(this.rows)
    return true
  }

  /** Appends `count` strings behind row `at`: offsets from 0, and their bytes. */
  putStrings(offsets: Int32Array, bytes: Uint8Array, count: number): void {
    this.#spellOut()
    const base = this.offsets[this.at]!
    const length = offsets[count]!
    this.#reserve(base + length)
    this.arena.set(length === bytes.length ? bytes : bytes.subarray(0, length), base)
    const out = this.offsets
    for (let i = 1, to = this.at + 1; i <= count; i++, to++) out[to] = base + offsets[i]!
  }

  /**
   * Strings that are coded take no memory until somebody asks for their bytes: raises `limit-passed` where they would
   * be more than a column may have, which is then too late.
   */
  checkText(): void {
    if (this.#entries === null) return
    // An upper bound will do nearly always, and costs nothing a row.
    if (this.at * longestEntry(this.#entries) <= LIMITS.parquetColumnBytesMax) return
    const { offsets } = this.#entries
    let length = 0
    for (let i = 0; i < this.at; i++) {
      const code = this.int32[i]!
      length += offsets[code + 1]! - offsets[code]!
    }
    if (length > LIMITS.parquetColumnBytesMax) throw tooLong(this.at)
  }

  /** Copies rows [from, from + rows) of a whole column behind the rows that are there. */
  copy(column: Column, from: number, rows: number): void {
    const { at } = this
    const to = from + rows
    if (column.valid !== null) this.validity().set(column.valid.subarray(from, to), at)
    if (column.kind === 'i32') this.int32.set(column.values.subarray(from, to), at)
    else if (column.kind === 'i64') this.int32.set(column.values.subarray(2 * from, 2 * to), 2 * at)
    else if (column.kind === 'f64') this.float64.set(column.values.subarray(from, to), at)
    else if (isCoded(column) && this.takeCodes(column.entries)) {
      this.int32.set(column.codes.subarray(from, to), at)
    } else {
      const start = column.offsets[from]!
      const offsets = column.offsets.subarray(from, to + 1).map(offset => offset - start)
      this.putStrings(offsets, column.bytes.subarray(start, column.offsets[to]), rows)
    }
    this.advance(rows, column.valid !== null)
  }

  /** The rows that were filled, as a column. */
  finish(): Column {
    const { at, kind } = this
    // Rows copied from a page with nulls bring its validity, and may all be valid.
    const flags = this.valid === null ? null : this.valid.subarray(0, at)
    const valid = flags === null || flags.indexOf(0) < 0 ? null : flags
    switch (kind) {
      case 'i32':
        return { kind, values: this.int32.subarray(0, at), valid }
      case 'i64':
        return { kind, values: this.int32.subarray(0, 2 * at), valid }
      case 'f64':
        return { kind, values: this.float64.subarray(0, at), valid }
      case 'bytes': {
        if (this.#entries !== null) return new CodedStrings(this.int32.subarray(0, at), this.#entries, valid)
        this.#spellOut()
        const offsets = this.offsets.subarray(0, at + 1)
        return { kind, offsets, bytes: this.arena.subarray(0, offsets[at]!), valid }
      }
    }
  }

  /** Makes room for strings, with those that are there as codes in front. */
  #spellOut(): void {
    if (this.offsets.length > 0) return
    this.checkText()
    const entries = this.#entries
    const coded = entries === null ? null : new CodedStrings(this.int32.subarray(0, this.at), entries, null)
    this.#entries = null
    this.offsets = new Int32Array(this.rows + 1)
    this.arena = new Uint8Array(Math.max(ARENA_FIRST, this.#textBytes))
    if (coded === null) return
    this.offsets.set(coded.offsets)
    this.#reserve(coded.bytes.length)
    this.arena.set(coded.bytes)
  }

  #reserve(length: number): void {
    if (length <= this.arena.length) return
    if (length > LIMITS.parquetColumnBytesMax) {
      throw tooLong(this.rows)
    }
    const grown = new Uint8Array(
      Math.min(LIMITS.parquetColumnBytesMax, Math.max(length, 2 * this.arena.length)),
    )
    grown.set(this.arena.subarray(0, this.offsets[this.at]!))
    this.arena = grown
  }
}

function tooLong(rows: number): Error {
  return passed(`one column has more than ${LIMITS.parquetColumnBytesMax} bytes of text in ${rows} rows`)
}

/** Bytes of the longest string of a dictionary: looked for once. */
const longest = new WeakMap<StringEntries, number>()

function longestEntry(entries: StringEntries): number {
  let bytes = longest.get(entries)
  if (bytes === undefined) {
    const { offsets } = entries
    bytes = 0
    for (let e = 1; e < offsets.length; e++) bytes = Math.max(bytes, offsets[e]! - offsets[e - 1]!)
    longest.set(entries, bytes)
  }
  return bytes
}
