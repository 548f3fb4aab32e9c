/**
 * Key batches: keys in canonical form, one a row. `key.ts` makes them of columns, `key-index.ts` finds them.
 */

import { copyBytes } from '../batch/index.ts'

/** The same bytes for the same value whatever its integer width. A key of which any part is null is null. */
export type KeyBatch = WordKeys | ByteKeys

/** One key column that is not text: 8 bytes a row, as two int32 halves (low, high). */
export interface WordKeys {
  readonly kind: 'words'
  readonly rows: number
  readonly words: Int32Array
  /** 1 where the key is null; null when none is. */
  readonly isNull: Uint8Array | null
}

/** Text, and keys of several columns: row i is `bytes[offsets[i] … offsets[i + 1])`. */
export interface ByteKeys {
  readonly kind: 'bytes'
  readonly rows: number
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  /** 1 where the key is null; null when none is. */
  readonly isNull: Uint8Array | null
}

/** The key of one row as bytes of its own: for stores and messages, not for hot loops. */
export function keyBytesAt(keys: KeyBatch, row: number): Uint8Array {
  if (keys.kind === 'bytes') return keys.bytes.slice(keys.offsets[row], keys.offsets[row + 1])
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, keys.words[2 * row], true)
  view.setInt32(4, keys.words[2 * row + 1], true)
  return bytes
}

/** Rows `rows` of the keys, in that order, in memory of their own. */
export function gatherKeys(keys: KeyBatch, rows: Int32Array): KeyBatch {
  const isNull = keys.isNull === null ? null : gatherNulls(keys.isNull, rows)
  if (keys.kind === 'words') {
    const words = new Int32Array(2 * rows.length)
    for (let i = 0; i < rows.length; i++) {
      words[2 * i] = keys.words[2 * rows[i]]
      words[2 * i + 1] = keys.words[2 * rows[i] + 1]
    }
    return { kind: 'words', rows: rows.length, words, isNull }
  }
  const offsets = new Int32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) {
    offsets[i + 1] = offsets[i] + keys.offsets[rows[i] + 1] - keys.offsets[rows[i]]
  }
  const bytes = new Uint8Array(offsets[rows.length])
  for (let i = 0; i < rows.length; i++) {
    copyBytes(keys.bytes, keys.offsets[rows[i]], bytes, offsets[i], offsets[i + 1] - offsets[i])
  }
  return { kind: 'bytes', rows: rows.length, offsets, bytes, isNull }
}

function gatherNulls(isNull: Uint8Array, rows: Int32Array): Uint8Array | null {
  const out = new Uint8Array(rows.length)
  let any = 0
  for (let i = 0; i < rows.length; i++) {
    out[i] = isNull[rows[i]]
    any |= out[i]
  }
  return any === 0 ? null : out
}
