/**
 * Keys of the embedded store: which block of which key.
 *
 *     record key := length u16, key bytes, from i64        from: time of the block's first version, ticks of the table
 *
 * Big-endian and `from` with its sign flipped, so that the records of one key lie together and in order of time. The
 * first block of a key always has `from` 0x00…00, before all times: one get finds it.
 */

import type { KeyBatch } from '../../core/asof/index.ts'
import { keyBytesAt } from '../../core/asof/index.ts'
import type { Ticks } from '../../core/time.ts'
import { LIMITS } from '../../limits.ts'

const FROM_BYTES = 8
const TWO_32 = 4294967296

/** Puts record keys together in memory that is used again. */
export class RecordKey {
  readonly #bytes = Buffer.alloc(2 + LIMITS.featureKeyBytes + FROM_BYTES)
  #length = 0

  /** Sets the key to that of row `row`; false where it is too long to be in any store. */
  set(keys: KeyBatch, row: number): boolean {
    if (keys.kind === 'words') {
      this.#length = 8
      this.#bytes.writeInt32LE(keys.words[2 * row], 2)
      this.#bytes.writeInt32LE(keys.words[2 * row + 1], 6)
    } else {
      this.#length = keys.offsets[row + 1] - keys.offsets[row]
      if (this.#length > LIMITS.featureKeyBytes) return false
      this.#bytes.set(keys.bytes.subarray(keys.offsets[row], keys.offsets[row + 1]), 2)
    }
    this.#bytes.writeUInt16BE(this.#length, 0)
    return true
  }

  /** Record key of the first block; valid until the next call. */
  first(): Buffer {
    const end = 2 + this.#length + FROM_BYTES
    for (let at = end - FROM_BYTES; at < end; at++) this.#bytes[at] = 0
    return this.#bytes.subarray(0, end)
  }

  /** Record key of a block that begins at this time, or would; a copy. */
  from(time: Ticks): Buffer {
    const at = 2 + this.#length
    this.#bytes.writeUInt32BE((Math.floor(time / TWO_32) ^ 0x80000000) >>> 0, at)
    this.#bytes.writeUInt32BE(time >>> 0, at + 4)
    return Buffer.from(this.#bytes.subarray(0, at + FROM_BYTES))
  }

  /** Record key behind all blocks of the key; a copy. */
  end(): Buffer {
    const at = 2 + this.#length
    return Buffer.from(this.#bytes.fill(0xff, at, at + FROM_BYTES).subarray(0, at + FROM_BYTES))
  }
}

/**
 * Row numbers of the keys in the order of their record keys: who reads or writes the database from left to right finds
 * the next record near the last.
 */
export function recordOrder(keys: KeyBatch): Int32Array {
  const rows = new Int32Array(keys.rows)
  const lengths = new Int32Array(keys.rows)
  // The first six bytes as a number decide nearly always.
  const prefix = new Float64Array(keys.rows)
  for (let row = 0; row < keys.rows; row++) {
    rows[row] = row
    const bytes = keyBytesAt(keys, row)
    lengths[row] = bytes.length
    for (let i = 0; i < 6; i++) prefix[row] = prefix[row] * 256 + (i < bytes.length ? bytes[i] : 0)
  }
  return rows.sort(
    (a, b) =>
      lengths[a] - lengths[b] ||
      prefix[a] - prefix[b] ||
      Buffer.compare(keyBytesAt(keys, a), keyBytesAt(keys, b)),
  )
}
