/**
 * The row keys of a request: canonical keys (core/asof/key.ts) → distinct rows in order of their bytes, as regions have
 * them, so that a read of neighbours goes to few regions.
 *
 *     keys      k0    k1    k2    k3
 *     rowOf      1    −1     0     1          −1: null, or a key that no row can have
 *     rows      [ r0, r1 ]                    two keys have one row where the template does not tell them apart
 */

import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ByteKeys, KeyBatch } from '../../core/asof/index.ts'
import { gatherKeys, KeyIndexBuilder } from '../../core/asof/index.ts'
import { copyBytes, i64ToBigInt, i64ToNumber } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import type { RowKeys } from '../../hbase/index.ts'
import type { KeyValue, RowKeyPart, RowKeyTemplate } from './row-key.ts'
import { isTextKey } from './row-key.ts'

/** HBase takes no longer row keys (HConstants.MAX_ROW_LENGTH), and no empty ones: such a key is in no table. */
const ROW_BYTES_MAX = 32_767
const ARENA_MAX = 2 ** 31 - 1
/** More digits than any int64 has. */
const DIGITS_MAX = 24
const ZERO = 0x30
const MINUS = 0x2d

export interface RequestRows {
  readonly rows: RowKeys
  /** Row of each key; −1: it has none, so that nothing is there. */
  readonly rowOf: Int32Array
}

/** Raises `limit-passed` where the keys of one request are more than 2 GiB. */
export function rowsOfKeys(template: RowKeyTemplate, keys: KeyBatch): RequestRows {
  const written = new RowKeyWriter(template, keys).write()
  const index = new KeyIndexBuilder('bytes')
  const rowOf = index.add(written)
  const distinct = index.distinct() as ByteKeys
  const order = orderOfRows(distinct)
  const place = new Int32Array(order.length)
  for (let i = 0; i < order.length; i++) place[order[i]!] = i
  for (let i = 0; i < rowOf.length; i++) rowOf[i] = rowOf[i]! < 0 ? -1 : place[rowOf[i]!]!
  const { rows, offsets, bytes } = gatherKeys(distinct, order) as ByteKeys
  return { rows: { rows, offsets, bytes }, rowOf }
}

/** Rows [from, to) as a view on the same memory. */
export function sliceRows(rows: RowKeys, from: number, to: number): RowKeys {
  return { rows: to - from, offsets: rows.offsets.subarray(from, to + 1), bytes: rows.bytes }
}

/** A row key for a message: text, other bytes as `\xNN`, as HBase's own tools show them. */
export function rowText(rows: RowKeys, row: number): string {
  let text = ''
  for (let p = rows.offsets[row]!; p < rows.offsets[row + 1]!; p++) {
    const byte = rows.bytes[p]!
    text += byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : escapeOf(byte)
  }
  return text
}

function escapeOf(byte: number): string {
  return `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

/** Row numbers in order of the bytes of their keys: by the first six as a number, and all where these are equal. */
function orderOfRows(keys: ByteKeys): Int32Array {
  const { offsets, bytes } = keys
  const prefix = new Float64Array(keys.rows)
  const order = new Int32Array(keys.rows)
  for (let i = 0; i < keys.rows; i++) {
    order[i] = i
    for (let p = offsets[i]!; p < offsets[i]! + 6; p++)
      prefix[i] = prefix[i]! * 256 + (p < offsets[i + 1]! ? bytes[p]! : 0)
  }
  return order.sort((a, b) => {
    if (prefix[a] !== prefix[b]) return prefix[a]! - prefix[b]!
    const length = Math.min(offsets[a + 1]! - offsets[a]!, offsets[b + 1]! - offsets[b]!)
    for (let i = 0; i < length; i++) {
      const difference = bytes[offsets[a]! + i]! - bytes[offsets[b]! + i]!
      if (difference !== 0) return difference
    }
    return offsets[a + 1]! - offsets[a]! - (offsets[b + 1]! - offsets[b]!)
  })
}

/** Writes the row key of each key, one below the other. Work per key, none of it an object but for hashes. */
class RowKeyWriter {
  readonly #template: RowKeyTemplate
  readonly #keys: KeyBatch
  readonly #isText: readonly boolean[]
  /** Of the key at hand, by column: where its text is. */
  readonly #from: Int32Array
  readonly #to: Int32Array
  /** Of the key at hand, by column: its number as halves. */
  readonly #low: Int32Array
  readonly #high: Int32Array
  #bytes: Uint8Array
  #end = 0
  readonly #digits = new Uint8Array(DIGITS_MAX)

  constructor(template: RowKeyTemplate, keys: KeyBatch) {
    const columns = template.fields.length
    this.#template = template
    this.#keys = keys
    this.#isText = template.fields.map(field => isTextKey(field.type))
    this.#from = new Int32Array(columns)
    this.#to = new Int32Array(columns)
    this.#low = new Int32Array(columns)
    this.#high = new Int32Array(columns)
    this.#bytes = new Uint8Array(Math.max(1024, 32 * keys.rows))
  }

  write(): ByteKeys {
    const { rows, isNull } = this.#keys
    const offsets = new Int32Array(rows + 1)
    const none = new Uint8Array(rows)
    for (let i = 0; i < rows; i++) {
      if (isNull !== null && isNull[i] === 1) none[i] = 1
      else if (!this.#writeKey(i, offsets[i]!)) {
        none[i] = 1
        this.#end = offsets[i]!
      }
      offsets[i + 1] = this.#end
    }
    return { kind: 'bytes', rows, offsets, bytes: this.#bytes, isNull: none }
  }

  /** False: no row can have this key. */
  #writeKey(i: number, start: number): boolean {
    this.#open(i)
    for (const part of this.#template.parts) if (!this.#writePart(part)) return false
    const length = this.#end - start
    return length > 0 && length <= ROW_BYTES_MAX
  }

  /** Finds the columns of key i: the reverse of `encodeKeys`. */
  #open(i: number): void {
    const keys = this.#keys
    if (keys.kind === 'words') {
      this.#low[0] = keys.words[2 * i]!
      this.#high[0] = keys.words[2 * i + 1]!
      return
    }
    const { offsets, bytes } = keys
    let at = offsets[i]!
    if (this.#isText.length === 1) {
      this.#from[0] = at
      this.#to[0] = offsets[i + 1]!
      return
    }
    for (let c = 0; c < this.#isText.length; c++) {
      const low = int32At(bytes, at)
      at += 4
      if (this.#isText[c] === true) {
        this.#from[c] = at
        at += low
        this.#to[c] = at
      } else {
        this.#low[c] = low
        this.#high[c] = int32At(bytes, at)
        at += 4
      }
    }
  }

  #writePart(part: RowKeyPart): boolean {
    if (part.kind === 'literal') {
      this.#append(part.bytes, 0, part.bytes.length)
      return true
    }
    const start = this.#end
    if (!this.#writeValue(part.value)) return false
    if (part.kind === 'value') return true
    // The value is written where its hash goes, and the hash over it.
    const value = this.#bytes.subarray(start, this.#end)
    const text =
      part.kind === 'md5'
        ? hash('md5', value, 'hex').slice(0, 2 * part.bytes)
        : String(crc32(value) % part.modulo).padStart(part.digits, '0')
    this.#end = start
    this.#appendAscii(text)
    return true
  }

  #writeValue({ column, form }: KeyValue): boolean {
    if (this.#isText[column] === true) {
      const bytes = (this.#keys as ByteKeys).bytes
      this.#append(bytes, this.#from[column]!, this.#to[column]! - this.#from[column]!)
      return true
    }
    const low = this.#low[column]!
    const high = this.#high[column]!
    const isUint64 = this.#template.fields[column]!.type.name === 'uint64'
    if (form === 'text') {
      this.#writeDecimal(low, high, isUint64)
      return true
    }
    if (form === 'int32' && high !== low >> 31) return false
    if (isUint64 && high < 0) return false
    this.#reserve(8)
    if (form === 'int64') this.#end = writeInt32(this.#bytes, this.#end, high)
    this.#end = writeInt32(this.#bytes, this.#end, low)
    return true
  }

  #writeDecimal(low: number, high: number, unsigned: boolean): void {
    let rest = i64ToNumber(low, high)
    if (!Number.isSafeInteger(rest) || (unsigned && high < 0)) {
      this.#appendAscii(String(i64ToBigInt(low, high, unsigned)))
      return
    }
    const digits = this.#digits
    let at = DIGITS_MAX
    const negative = rest < 0
    if (negative) rest = -rest
    do {
      const tenth = Math.floor(rest / 10)
      digits[--at] = ZERO + (rest - 10 * tenth)
      rest = tenth
    } while (rest > 0)
    if (negative) digits[--at] = MINUS
    this.#append(digits, at, DIGITS_MAX - at)
  }

  #append(from: Uint8Array, at: number, length: number): void {
    this.#reserve(length)
    copyBytes(from, at, this.#bytes, this.#end, length)
    this.#end += length
  }

  #appendAscii(text: string): void {
    this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[this.#end++] = text.charCodeAt(i)
  }

  #reserve(more: number): void {
    const needed = this.#end + more
    if (needed <= this.#bytes.length) return
    if (needed > ARENA_MAX) {
      throw new HindcastError(
        'limit-passed',
        `the row keys of one request have more than ${ARENA_MAX} bytes`,
        {
          advice: 'Set a smaller `limits.memory`, so that fewer keys are fetched at once.',
        },
      )
    }
    const bytes = new Uint8Array(Math.min(ARENA_MAX, 2 * needed))
    bytes.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = bytes
  }
}

/** Little-endian, as canonical keys have it. */
function int32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** Big-endian; returns where the next begins. */
function writeInt32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
  return at + 4
}
