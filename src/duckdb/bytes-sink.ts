/**
 * DuckDB strings → one byte arena with offsets, without making a JavaScript string.
 *
 *     string_t, 16 bytes:  │ length u32 │ up to 12 bytes inline                      │
 *                          │ length u32 │ first 4 bytes │ pointer u64                │  longer than 12
 *
 * Longer strings lie in heaps or pages of DuckDB and cost a native call each to see (1 µs). They are seen in runs:
 * neighbours less than a memory page apart by one call, after sorting the pointers where that is needed. It never
 * touches memory that is not there: a gap smaller than a page lies in pages that hold a string's end or beginning.
 */

import type { Vector } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'
import type { BytesColumn } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import { Validity } from './validity.ts'

const INLINE_BYTES = 12
/** Smallest memory page of the platforms we run on. */
const GAP_BYTES = 4096
/** Offsets are int32. */
const ARENA_BYTES_MAX = 2 ** 31 - 1
const ARENA_BYTES_FIRST = 4096
/** Row index and pointer (relative to the smallest) share one float64 while they are sorted. */
const INDEX_STEPS = 2048
const SPAN_BYTES_MAX = 2 ** 42
/** Runs of a vector that are cheaper to see one by one than to sort into fewer. */
const RUNS_MAX = 64
/** Longer copies are faster through `set`. */
const COPY_BYTES = 64
const TWO_32 = 4294967296

export class BytesSink {
  readonly #offsets: Int32Array
  readonly #validity: Validity
  #arena = new Uint8Array(0)
  #rows = 0

  constructor(capacity: number) {
    this.#offsets = new Int32Array(capacity + 1)
    this.#validity = new Validity(capacity)
  }

  /** Rows `from … from + rows` of a VARCHAR or BLOB vector. */
  append(vector: Vector, from: number, rows: number): void {
    const data = duckdb.vector_get_data(vector, 16 * (from + rows))
    const at = this.#rows
    this.#validity.append(vector, from, rows)
    const words = new Uint32Array(data.buffer, data.byteOffset + 16 * from, 4 * rows)
    const long = this.#layOut(words, at, rows)
    this.#copyInline(new Uint8Array(data.buffer, data.byteOffset + 16 * from, 16 * rows), words, at, rows)
    if (long > 0) this.#copyLong(words, at, rows, long)
    this.#rows += rows
  }

  finish(): BytesColumn {
    const rows = this.#rows
    const length = this.#offsets[rows]!
    const offsets = this.#offsets.length === rows + 1 ? this.#offsets : this.#offsets.slice(0, rows + 1)
    const bytes = this.#arena.length === length ? this.#arena : this.#arena.slice(0, length)
    return { kind: 'bytes', offsets, bytes, valid: this.#validity.finish(rows) }
  }

  /** Offsets and room for the rows; returns how many are too long to be inline. */
  #layOut(words: Uint32Array, at: number, rows: number): number {
    const { flags } = this.#validity
    const offsets = this.#offsets
    let end = offsets[at]!
    let long = 0
    for (let i = 0; i < rows; i++) {
      const length = flags[at + i] === 0 ? 0 : words[4 * i]!
      if (length > INLINE_BYTES) long++
      end += length
      if (end > ARENA_BYTES_MAX) throw tooLongError()
      offsets[at + i + 1] = end
    }
    if (end > this.#arena.length) this.#grow(end)
    return long
  }

  #grow(needed: number): void {
    const length = Math.min(ARENA_BYTES_MAX, Math.max(needed, 2 * this.#arena.length, ARENA_BYTES_FIRST))
    const arena = new Uint8Array(length)
    arena.set(this.#arena)
    this.#arena = arena
  }

  #copyInline(raw: Uint8Array, words: Uint32Array, at: number, rows: number): void {
    const { flags } = this.#validity
    const offsets = this.#offsets
    const arena = this.#arena
    for (let i = 0; i < rows; i++) {
      const length = words[4 * i]!
      if (length > INLINE_BYTES || flags[at + i] === 0) continue
      const source = 16 * i + 4
      const target = offsets[at + i]!
      for (let b = 0; b < length; b++) arena[target + b] = raw[source + b]!
    }
  }

  /** Copies the long strings run by run, and inside a run what is adjacent on both sides at once. */
  #copyLong(words: Uint32Array, at: number, rows: number, long: number): void {
    const order = this.#longRows(words, at, rows, long)
    const offsets = this.#offsets
    for (let first = 0; first < long; ) {
      const start = pointerOf(words, order[first]!)
      const next = this.#runEnd(words, order, first)
      const last = order[next - 1]!
      const bytes = pointerOf(words, last) + words[4 * last]! - start
      const place = words.byteOffset + 16 * order[first]! + 8
      const run = duckdb.get_data_from_pointer(words.buffer as ArrayBuffer, place, bytes)
      for (let o = first; o < next; ) {
        const source = pointerOf(words, order[o]!) - start
        const target = offsets[at + order[o]!]!
        let length = words[4 * order[o]!]!
        for (o++; o < next; o++) {
          const i = order[o]!
          if (pointerOf(words, i) - start !== source + length || offsets[at + i]! !== target + length) break
          length += words[4 * i]!
        }
        this.#copy(run, source, target, length)
      }
      first = next
    }
  }

  /** Index behind the last of the strings from `first` on that go upwards without a gap of a page. */
  #runEnd(words: Uint32Array, order: Int32Array, first: number): number {
    let end = pointerOf(words, order[first]!) + words[4 * order[first]!]!
    let next = first + 1
    for (; next < order.length; next++) {
      const i = order[next]!
      const pointer = pointerOf(words, i)
      const stop = pointer + words[4 * i]!
      if (pointer < pointerOf(words, order[next - 1]!) || pointer - end >= GAP_BYTES || stop < end) break
      end = stop
    }
    return next
  }

  #copy(run: Uint8Array, source: number, target: number, length: number): void {
    const arena = this.#arena
    if (length > COPY_BYTES) arena.set(run.subarray(source, source + length), target)
    else for (let b = 0; b < length; b++) arena[target + b] = run[source + b]!
  }

  /** Rows of the long strings: in their order where that makes few runs, else in order of their pointers. */
  #longRows(words: Uint32Array, at: number, rows: number, long: number): Int32Array {
    const { flags } = this.#validity
    const order = new Int32Array(long)
    let count = 0
    for (let i = 0; i < rows; i++) if (words[4 * i]! > INLINE_BYTES && flags[at + i] === 1) order[count++] = i
    let runs = 0
    for (let first = 0; first < long && runs <= RUNS_MAX; runs++) first = this.#runEnd(words, order, first)
    if (runs > RUNS_MAX) sortByPointer(words, order)
    return order
  }
}

/** Sorts rows by pointer, unless the pointers lie too far apart for the packed keys. */
function sortByPointer(words: Uint32Array, order: Int32Array): void {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const i of order) {
    low = Math.min(low, pointerOf(words, i))
    high = Math.max(high, pointerOf(words, i))
  }
  if (high - low >= SPAN_BYTES_MAX || order[order.length - 1]! >= INDEX_STEPS) return
  const keys = new Float64Array(order.length)
  for (let o = 0; o < keys.length; o++)
    keys[o] = (pointerOf(words, order[o]!) - low) * INDEX_STEPS + order[o]!
  keys.sort()
  for (let o = 0; o < keys.length; o++) order[o] = keys[o]! % INDEX_STEPS
}

/** Address of a long string; user addresses have 47 bits, so a float64 is exact. */
function pointerOf(words: Uint32Array, i: number): number {
  return words[4 * i + 3]! * TWO_32 + words[4 * i + 2]!
}

function tooLongError(): HindcastError {
  return new HindcastError(
    'limit-passed',
    `more than ${ARENA_BYTES_MAX} bytes of text in one column of a unit`,
    {
      advice: 'Write the file with smaller row groups.',
    },
  )
}
