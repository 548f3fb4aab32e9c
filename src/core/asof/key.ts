/**
 * Canonical keys (C4): key columns → the bytes by which versions are filed and found.
 *
 *     one column, not text   8 bytes: int64, or float64 with one NaN and no −0      (`WordKeys`)
 *     one column, text       its bytes                                              (`ByteKeys`)
 *     several columns        for each: 8 bytes, or length (u32) and bytes           (`ByteKeys`)
 *
 * All numbers are little-endian. A value that no key can be equal to (see `key-type.ts`) makes the row's key null:
 * both are absent. Where a column already has the canonical form, its memory is used as it is.
 */

import { assert } from '../../errors.ts'
import type { Column, ColumnType, I32Column, I64Column, Validity } from '../batch/index.ts'
import { copyBytes, expectKind, i64ToBigInt, i64ToNumber, setI64 } from '../batch/index.ts'
import type { ByteKeys, KeyBatch, WordKeys } from './key-batch.ts'
import type { KeyConversion } from './key-type.ts'

/** One key column: its values, their type, and how they become keys. */
export interface KeyPart {
  readonly column: Column
  readonly type: ColumnType
  readonly conversion: KeyConversion
}

/** Canonical keys of `rows` rows; at least one part. */
export function encodeKeys(parts: readonly KeyPart[], rows: number): KeyBatch {
  const first = parts[0]
  assert(first !== undefined, 'a key has at least one column')
  return parts.length === 1 ? encodePart(first, rows) : joinParts(parts, rows)
}

/** Kind of key batch that key columns of these conversions give. */
export function keyKind(conversions: readonly KeyConversion[]): KeyBatch['kind'] {
  return conversions.length === 1 && conversions[0].to !== 'text' ? 'words' : 'bytes'
}

function encodePart(part: KeyPart, rows: number): KeyBatch {
  const { column, conversion } = part
  const isNull = nullsOf(column.valid, rows)
  if (conversion.to === 'text') {
    const text = expectKind(column, 'bytes')
    return { kind: 'bytes', rows, offsets: text.offsets, bytes: text.bytes, isNull }
  }
  if (conversion.to === 'float') return { kind: 'words', rows, words: floatWords(part, rows), isNull }
  switch (column.kind) {
    case 'f64':
      return wholeFloats(column.values, rows, isNull)
    case 'i32':
    case 'i64': {
      const words =
        column.kind === 'i64' ? column.values : widenI32(column, rows, part.type.name === 'uint32')
      const { multiply, divide } = conversion
      if (multiply === 1 && divide === 1) return { kind: 'words', rows, words, isNull }
      return scaled({ kind: 'i64', values: words, valid: column.valid }, rows, { multiply, divide })
    }
    case 'bytes':
      return assert(false, 'a text column has no integer form') as never
  }
}

function nullsOf(valid: Validity, rows: number): Uint8Array | null {
  if (valid === null) return null
  const isNull = new Uint8Array(rows)
  let any = 0
  for (let i = 0; i < rows; i++) {
    isNull[i] = 1 - valid[i]
    any |= isNull[i]
  }
  return any === 0 ? null : isNull
}

function widenI32(column: I32Column, rows: number, unsigned: boolean): Int32Array {
  const { values } = column
  const words = new Int32Array(2 * rows)
  const signMask = unsigned ? 0 : -1
  for (let i = 0; i < rows; i++) {
    words[2 * i] = values[i]
    words[2 * i + 1] = (values[i] >> 31) & signMask
  }
  return words
}

function wholeFloats(values: Float64Array, rows: number, nulls: Uint8Array | null): WordKeys {
  const words = new Int32Array(2 * rows)
  let isNull = nulls
  for (let i = 0; i < rows; i++) {
    if (Number.isSafeInteger(values[i])) {
      setI64(words, i, values[i])
      continue
    }
    isNull ??= new Uint8Array(rows)
    isNull[i] = 1
  }
  return { kind: 'words', rows, words, isNull }
}

const INT64_MAX = 2n ** 63n - 1n

/** Values times or through a factor; what does not fit or is not whole is no key. Rare, so it may use BigInt. */
function scaled(column: I64Column, rows: number, factor: { multiply: number; divide: number }): WordKeys {
  const words = new Int32Array(2 * rows)
  const isNull = nullsOf(column.valid, rows) ?? new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const low = column.values[2 * i]
    const high = column.values[2 * i + 1]
    const value = i64ToNumber(low, high)
    if (Number.isSafeInteger(value) && Number.isSafeInteger(value * factor.multiply)) {
      const result = (value * factor.multiply) / factor.divide
      if (Number.isInteger(result)) setI64(words, i, result)
      else isNull[i] = 1
      continue
    }
    const wide = i64ToBigInt(low, high) * BigInt(factor.multiply)
    const whole = wide / BigInt(factor.divide)
    if (whole * BigInt(factor.divide) === wide && whole <= INT64_MAX && whole >= -INT64_MAX - 1n) {
      words[2 * i] = Number(BigInt.asIntN(32, whole))
      words[2 * i + 1] = Number(BigInt.asIntN(32, whole >> 32n))
    } else isNull[i] = 1
  }
  return { kind: 'words', rows, words, isNull: isNull.includes(1) ? isNull : null }
}

function floatWords(part: KeyPart, rows: number): Int32Array {
  const floats = new Float64Array(rows)
  const { column } = part
  assert(column.kind === 'f64' || column.kind === 'i32', `a ${column.kind} column has no float form`)
  const unsigned = part.type.name === 'uint32'
  for (let i = 0; i < rows; i++) {
    const value = column.values[i]
    floats[i] = unsigned ? value >>> 0 : value + 0 // −0 + 0 is +0
  }
  const words = new Int32Array(floats.buffer)
  for (let i = 0; i < rows; i++) {
    if (!Number.isNaN(floats[i])) continue
    words[2 * i] = 0
    words[2 * i + 1] = 0x7ff80000
  }
  return words
}

function joinParts(parts: readonly KeyPart[], rows: number): ByteKeys {
  const batches = parts.map(part => encodePart(part, rows))
  let isNull: Uint8Array | null = null
  const offsets = new Int32Array(rows + 1)
  for (const keys of batches) {
    if (keys.isNull !== null) isNull = orNulls(isNull, keys.isNull)
    if (keys.kind === 'words') for (let i = 0; i < rows; i++) offsets[i + 1] += 8
    else for (let i = 0; i < rows; i++) offsets[i + 1] += 4 + keys.offsets[i + 1] - keys.offsets[i]
  }
  for (let i = 0; i < rows; i++) offsets[i + 1] += offsets[i]
  const bytes = new Uint8Array(offsets[rows])
  const next = offsets.slice(0, rows)
  for (const keys of batches) {
    if (keys.kind === 'words') writeWords(keys, bytes, next)
    else writeTexts(keys, bytes, next)
  }
  return { kind: 'bytes', rows, offsets, bytes, isNull }
}

function orNulls(a: Uint8Array | null, b: Uint8Array): Uint8Array {
  if (a === null) return b.slice()
  for (let i = 0; i < b.length; i++) a[i] |= b[i]
  return a
}

/** Appends row i's part at `next[i]`, which moves on. */
function writeWords(keys: WordKeys, bytes: Uint8Array, next: Int32Array): void {
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < keys.rows; i++) {
    view.setInt32(next[i], keys.words[2 * i], true)
    view.setInt32(next[i] + 4, keys.words[2 * i + 1], true)
    next[i] += 8
  }
}

function writeTexts(keys: ByteKeys, bytes: Uint8Array, next: Int32Array): void {
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < keys.rows; i++) {
    const length = keys.offsets[i + 1] - keys.offsets[i]
    view.setUint32(next[i], length, true)
    copyBytes(keys.bytes, keys.offsets[i], bytes, next[i] + 4, length)
    next[i] += 4 + length
  }
}
