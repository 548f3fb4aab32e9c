/**
 * Key index: canonical key → dense number, by open addressing with linear probing. Numbers are given in the
 * order in which keys are first added, so a build is deterministic.
 *
 *     slots   [ 0 | k+1 | 0 | 0 | k'+1 | … ]   power of two, at most half full; 0 is an empty slot
 *     keys    words[2 k], words[2 k + 1]   or   bytes[offsets[k] … offsets[k + 1])
 *
 * Finding costs about two cache misses a key: one slot, one comparison. Null keys are never in it.
 */

import { HindcastError } from '../../errors.ts'
import { copyBytes } from '../batch/index.ts'
import type { ByteKeys, KeyBatch, WordKeys } from './key-batch.ts'

/** What `findKeys` answers for a key that is not there, and for a null key. */
export const KEY_UNKNOWN = -1
export const KEY_NULL = -2

/** A finished index: plain data, so that structured clone passes it on (and shares it where it is shared memory). */
export interface KeyIndex {
  readonly kind: KeyBatch['kind']
  readonly keys: number
  readonly slots: Int32Array
  /** `words`: 2 a key. `bytes`: empty. */
  readonly words: Int32Array
  /** `bytes`: keys + 1 offsets into `bytes`. `words`: empty. */
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

/** Gives zeroed memory of so many bytes: `ownMemory` or `sharedMemory`. */
export type Allocate = (bytes: number) => ArrayBufferLike

export const ownMemory: Allocate = bytes => new ArrayBuffer(bytes)

/** Memory that every thread can see and nobody can transfer. */
export const sharedMemory: Allocate = bytes => new SharedArrayBuffer(bytes)

const KEYS_FIRST = 1024
const BYTES_MAX = 2 ** 31 - 1

/** Number of each key of the batch, or `KEY_UNKNOWN`, or `KEY_NULL`. */
export function findKeys(index: KeyIndex, keys: KeyBatch): Int32Array {
  const out = new Int32Array(keys.rows)
  if (keys.kind !== index.kind) out.fill(KEY_UNKNOWN)
  else if (keys.kind === 'words') findWords(index, keys, out)
  else findBytes(index, keys, out)
  if (keys.isNull !== null) markNulls(keys.isNull, out)
  return out
}

/** The distinct keys of some batches of one kind, in order of first occurrence, without null. */
export function distinctKeys(batches: readonly KeyBatch[]): KeyBatch {
  const builder = new KeyIndexBuilder(batches[0]?.kind ?? 'words')
  for (const batch of batches) builder.add(batch)
  return builder.distinct()
}

/** Collects keys. Not shared: `freeze` copies into memory that can be. */
export class KeyIndexBuilder {
  #kind: KeyBatch['kind']
  #keys = 0
  #slots = new Int32Array(2 * KEYS_FIRST)
  #words: Int32Array
  #offsets: Int32Array
  #bytes: Uint8Array

  constructor(kind: KeyBatch['kind']) {
    this.#kind = kind
    this.#words = new Int32Array(kind === 'words' ? 2 * KEYS_FIRST : 0)
    this.#offsets = new Int32Array(kind === 'bytes' ? KEYS_FIRST + 1 : 0)
    this.#bytes = new Uint8Array(kind === 'bytes' ? 16 * KEYS_FIRST : 0)
  }

  get keys(): number {
    return this.#keys
  }

  /** Memory held, bytes. */
  get byteLength(): number {
    return this.#slots.byteLength + this.#words.byteLength + this.#offsets.byteLength + this.#bytes.byteLength
  }

  /** Number of each key of the batch, new ones included; `KEY_NULL` for null keys. */
  add(keys: KeyBatch): Int32Array {
    const out = new Int32Array(keys.rows)
    for (let from = 0; from < keys.rows; ) {
      // As many rows as there is surely room for; growing is decided here, not per row.
      this.#reserve(Math.min(keys.rows - from, Math.max(KEYS_FIRST, this.#keys)))
      const to = Math.min(keys.rows, from + this.#slots.length / 2 - this.#keys)
      if (keys.kind === 'words') this.#addWords(keys, from, to, out)
      else this.#addBytes(keys, from, to, out)
      from = to
    }
    return out
  }

  /** All keys, in order of their numbers. */
  distinct(): KeyBatch {
    const rows = this.#keys
    if (this.#kind === 'words')
      return { kind: 'words', rows, words: this.#words.slice(0, 2 * rows), isNull: null }
    const offsets = this.#offsets.slice(0, rows + 1)
    return { kind: 'bytes', rows, offsets, bytes: this.#bytes.slice(0, offsets[rows]), isNull: null }
  }

  /** The index, cut to size. */
  freeze(allocate: Allocate): KeyIndex {
    const words = this.#kind === 'words' ? 2 * this.#keys : 0
    const offsets = this.#kind === 'bytes' ? this.#keys + 1 : 0
    const bytes = this.#kind === 'bytes' ? this.#offsets[this.#keys] : 0
    const copyI32 = (from: Int32Array, length: number): Int32Array => {
      const to = new Int32Array(allocate(4 * length))
      to.set(from.subarray(0, length))
      return to
    }
    const arena = new Uint8Array(allocate(bytes))
    arena.set(this.#bytes.subarray(0, bytes))
    return {
      kind: this.#kind,
      keys: this.#keys,
      slots: copyI32(this.#slots, this.#slots.length),
      words: copyI32(this.#words, words),
      offsets: copyI32(this.#offsets, offsets),
      bytes: arena,
    }
  }

  #addWords(keys: WordKeys, from: number, to: number, out: Int32Array): void {
    const slots = this.#slots
    const words = this.#words
    const mask = slots.length - 1
    const isNull = keys.isNull
    let count = this.#keys
    for (let i = from; i < to; i++) {
      if (isNull !== null && isNull[i] === 1) {
        out[i] = KEY_NULL
        continue
      }
      const low = keys.words[2 * i]
      const high = keys.words[2 * i + 1]
      let slot = hashWords(low, high) & mask
      let k = slots[slot] - 1
      while (k >= 0 && (words[2 * k] !== low || words[2 * k + 1] !== high)) {
        slot = (slot + 1) & mask
        k = slots[slot] - 1
      }
      if (k < 0) {
        k = count++
        slots[slot] = count
        words[2 * k] = low
        words[2 * k + 1] = high
      }
      out[i] = k
    }
    this.#keys = count
  }

  #addBytes(keys: ByteKeys, from: number, to: number, out: Int32Array): void {
    const slots = this.#slots
    const mask = slots.length - 1
    const offsets = this.#offsets
    const isNull = keys.isNull
    for (let i = from; i < to; i++) {
      if (isNull !== null && isNull[i] === 1) {
        out[i] = KEY_NULL
        continue
      }
      const at = keys.offsets[i]
      const length = keys.offsets[i + 1] - at
      let slot = hashBytes(keys.bytes, at, length) & mask
      let k = slots[slot] - 1
      while (k >= 0 && !sameBytes(this.#bytes, offsets, k, keys.bytes, at, length)) {
        slot = (slot + 1) & mask
        k = slots[slot] - 1
      }
      if (k < 0) {
        k = this.#keys++
        slots[slot] = this.#keys
        this.#reserveBytes(offsets[k] + length)
        copyBytes(keys.bytes, at, this.#bytes, offsets[k], length)
        offsets[k + 1] = offsets[k] + length
      }
      out[i] = k
    }
  }

  /** Room for `more` keys with the slots at most half full. */
  #reserve(more: number): void {
    const needed = this.#keys + more
    if (2 * needed <= this.#slots.length) return
    let capacity = this.#slots.length
    while (capacity < 2 * needed) capacity *= 2
    if (this.#kind === 'words') this.#words = grown(this.#words, capacity)
    else this.#offsets = grown(this.#offsets, capacity / 2 + 1)
    this.#slots = new Int32Array(capacity)
    const mask = capacity - 1
    for (let k = 0; k < this.#keys; k++) {
      let slot = this.#hashOf(k) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = k + 1
    }
  }

  #hashOf(k: number): number {
    if (this.#kind === 'words') return hashWords(this.#words[2 * k], this.#words[2 * k + 1])
    return hashBytes(this.#bytes, this.#offsets[k], this.#offsets[k + 1] - this.#offsets[k])
  }

  #reserveBytes(needed: number): void {
    if (needed <= this.#bytes.length) return
    if (needed > BYTES_MAX) {
      throw new HindcastError(
        'limit-passed',
        `the distinct keys of a version table need more than ${BYTES_MAX} bytes`,
        {
          advice: 'Load these versions into an embedded store: `hindcast features load`.',
        },
      )
    }
    const bytes = new Uint8Array(Math.min(BYTES_MAX, Math.max(needed, 2 * this.#bytes.length)))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

function grown(from: Int32Array, length: number): Int32Array {
  const to = new Int32Array(length)
  to.set(from)
  return to
}

function markNulls(isNull: Uint8Array, out: Int32Array): void {
  for (let i = 0; i < out.length; i++) if (isNull[i] === 1) out[i] = KEY_NULL
}

/** Keys found together: all slots are read before anything branches on them, so that cache misses overlap. */
const BLOCK = 128

function findWords(index: KeyIndex, keys: WordKeys, out: Int32Array): void {
  const { slots, words } = index
  const wanted = keys.words
  const mask = slots.length - 1
  const slotOf = new Int32Array(BLOCK)
  const lowOf = new Int32Array(BLOCK)
  if (index.keys === 0) {
    out.fill(KEY_UNKNOWN)
    return
  }
  for (let base = 0; base < out.length; base += BLOCK) {
    const rows = Math.min(BLOCK, out.length - base)
    for (let j = 0; j < rows; j++) {
      const i = base + j
      slotOf[j] = hashWords(wanted[2 * i], wanted[2 * i + 1]) & mask
      out[i] = slots[slotOf[j]] - 1 // an empty slot is 0, so that this is KEY_UNKNOWN
    }
    for (let j = 0; j < rows; j++) lowOf[j] = words[out[base + j] < 0 ? 0 : 2 * out[base + j]]
    for (let j = 0; j < rows; j++) {
      const i = base + j
      const low = wanted[2 * i]
      const high = wanted[2 * i + 1]
      let k = out[i]
      if (k < 0 || (lowOf[j] === low && words[2 * k + 1] === high)) continue
      let slot = slotOf[j]
      do {
        slot = (slot + 1) & mask
        k = slots[slot] - 1
      } while (k >= 0 && (words[2 * k] !== low || words[2 * k + 1] !== high))
      out[i] = k
    }
  }
}

function findBytes(index: KeyIndex, keys: ByteKeys, out: Int32Array): void {
  const { slots } = index
  const mask = slots.length - 1
  for (let i = 0; i < out.length; i++) {
    const at = keys.offsets[i]
    const length = keys.offsets[i + 1] - at
    let slot = hashBytes(keys.bytes, at, length) & mask
    let k = slots[slot] - 1
    while (k >= 0 && !sameBytes(index.bytes, index.offsets, k, keys.bytes, at, length)) {
      slot = (slot + 1) & mask
      k = slots[slot] - 1
    }
    out[i] = k
  }
}

function sameBytes(
  held: Uint8Array,
  offsets: Int32Array,
  k: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): boolean {
  const heldAt = offsets[k]
  if (offsets[k + 1] - heldAt !== length) return false
  for (let i = 0; i < length; i++) if (held[heldAt + i] !== bytes[at + i]) return false
  return true
}

/** Mixes the halves, then the finalizer of MurmurHash3 (Austin Appleby, public domain). */
function hashWords(low: number, high: number): number {
  return finish(Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77))
}

/** FNV-1a over the bytes, then the same finalizer. */
function hashBytes(bytes: Uint8Array, at: number, length: number): number {
  let hash = 0x811c9dc5
  for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return finish(hash)
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
