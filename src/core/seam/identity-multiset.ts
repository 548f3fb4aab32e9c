/**
 * A multiset of byte strings: open addressing over one arena, no object per entry.
 *
 *     slots   [ · 3 · 1 2 · ]      entry + 1, or 0; linear probing, at most half full
 *     entry   start in the arena (its end is the next one's start), hash, count
 *
 * Entries are never removed: one whose count fell to 0 stays and may be counted up again. The hash only finds
 * the slot; equality is decided on the bytes.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Batch } from '../batch/index.ts'
import { expectKind, gatherColumn } from '../batch/index.ts'

const SLOTS_MIN = 1024

export class IdentityMultiset {
  #slots = new Int32Array(SLOTS_MIN)
  #starts = new Int32Array(SLOTS_MIN)
  #hashes = new Int32Array(SLOTS_MIN)
  #counts = new Int32Array(SLOTS_MIN)
  #arena = new Uint8Array(16 * SLOTS_MIN)
  #entries = 0

  /** Adds `bytes[0 … length)` once; `limit-passed` above LIMITS.overlapBytesMax. */
  add(bytes: Uint8Array, length: number): void {
    const hash = hashOf(bytes, length)
    const slot = this.#find(bytes, length, hash)
    const entry = this.#slots[slot] - 1
    if (entry >= 0) this.#counts[entry]++
    else this.#append(slot, bytes, length, hash)
  }

  /** Takes `bytes[0 … length)` out once; false where it is not in. */
  take(bytes: Uint8Array, length: number): boolean {
    const entry = this.#slots[this.#find(bytes, length, hashOf(bytes, length))] - 1
    if (entry < 0 || this.#counts[entry] === 0) return false
    this.#counts[entry]--
    return true
  }

  /** Entries with their counts, those that are used up left out: columns `identity` (binary) and `count`. */
  toBatch(): Batch {
    const kept: number[] = []
    for (let entry = 0; entry < this.#entries; entry++) if (this.#counts[entry] > 0) kept.push(entry)
    const rows = Int32Array.from(kept)
    const offsets = this.#starts.subarray(0, this.#entries + 1)
    return {
      schema: [
        { name: 'identity', type: { name: 'binary' } },
        { name: 'count', type: { name: 'int32' } },
      ],
      rows: rows.length,
      columns: [
        gatherColumn({ kind: 'bytes', offsets, bytes: this.#arena, valid: null }, rows),
        gatherColumn({ kind: 'i32', values: this.#counts, valid: null }, rows),
      ],
    }
  }

  /** Inverse of `toBatch`. */
  static fromBatch(batch: Batch): IdentityMultiset {
    const set = new IdentityMultiset()
    const identity = expectKind(batch.columns[0], 'bytes')
    const counts = expectKind(batch.columns[1], 'i32').values
    for (let row = 0; row < batch.rows; row++) {
      const bytes = identity.bytes.subarray(identity.offsets[row], identity.offsets[row + 1])
      const hash = hashOf(bytes, bytes.length)
      set.#append(set.#find(bytes, bytes.length, hash), bytes, bytes.length, hash)
      set.#counts[set.#entries - 1] = counts[row]
    }
    return set
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  #find(bytes: Uint8Array, length: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const entry = this.#slots[slot] - 1
      if (entry < 0 || (this.#hashes[entry] === hash && this.#isEqual(entry, bytes, length))) return slot
      slot = (slot + 1) & mask
    }
  }

  #isEqual(entry: number, bytes: Uint8Array, length: number): boolean {
    const start = this.#starts[entry]
    if (this.#starts[entry + 1] - start !== length) return false
    for (let i = 0; i < length; i++) if (this.#arena[start + i] !== bytes[i]) return false
    return true
  }

  #append(slot: number, bytes: Uint8Array, length: number, hash: number): void {
    const entry = this.#entries
    const start = this.#starts[entry]
    this.#reserve(entry + 2, start + length)
    for (let i = 0; i < length; i++) this.#arena[start + i] = bytes[i]
    this.#starts[entry + 1] = start + length
    this.#hashes[entry] = hash
    this.#counts[entry] = 1
    this.#slots[slot] = entry + 1
    this.#entries = entry + 1
    if (2 * this.#entries > this.#slots.length) this.#rehash(2 * this.#slots.length)
  }

  #reserve(entries: number, bytes: number): void {
    if (bytes > LIMITS.overlapBytesMax) {
      throw new HindcastError(
        'limit-passed',
        `the identities of the seam's overlap need more than ${LIMITS.overlapBytesMax} bytes`,
        {
          advice: 'Give the seam a shorter `overlap`, or the stream shorter `identity` columns.',
        },
      )
    }
    if (bytes > this.#arena.length) {
      const grown = new Uint8Array(Math.min(LIMITS.overlapBytesMax, Math.max(bytes, 2 * this.#arena.length)))
      grown.set(this.#arena)
      this.#arena = grown
    }
    if (entries <= this.#starts.length) return
    this.#starts = grow(this.#starts)
    this.#hashes = grow(this.#hashes)
    this.#counts = grow(this.#counts)
  }

  #rehash(length: number): void {
    const slots = new Int32Array(length)
    for (let entry = 0; entry < this.#entries; entry++) {
      let slot = this.#hashes[entry] & (length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1)
      slots[slot] = entry + 1
    }
    this.#slots = slots
  }
}

function grow(values: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * values.length)
  grown.set(values)
  return grown
}

/** FNV-1a with a final mix, so that the low bits that pick the slot depend on all bytes. */
function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
