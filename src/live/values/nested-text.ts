/**
 * Values inside nested ones (records, lists, maps, messages) as JSON text, for columns of text. The same forms as nested
 * columns of Parquet files have: integers beyond 2^53 are text, as are dates and times; bytes are base64; decimals are
 * numbers with all their digits; NaN and the infinities are text.
 *
 * This is the slow way, for what has no column of its own: it builds strings.
 */

import type { Column, ColumnType } from '../../core/batch/index.ts'
import { i64ToBigInt, valueAt, wideDecimalBytes } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { bigIntOf, firstByte } from './decimal-target.ts'

/** Of 128 bits and a sign. */
const DECIMAL_BYTES_MAX = 17
/** Characters of text that a byte of a record may become, beside a first few. */
const CHARACTERS_A_BYTE = 64
const CHARACTERS_FIRST = 65_536

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** An integer, or what one stands for in its type. */
export function integerText(type: ColumnType, low: number, high: number): string {
  if (type.name === 'date') return quoted({ kind: 'i32', values: Int32Array.of(low), valid: null }, type)
  if (type.name === 'timestamp' || type.name === 'time')
    return quoted({ kind: 'i64', values: Int32Array.of(low, high), valid: null }, type)
  const value = i64ToBigInt(low, high, type.name === 'uint64')
  return BigInt.asIntN(54, value) === value && value !== -(2n ** 53n) ? String(value) : `"${value}"`
}

export function realText(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
}

/** Text or bytes; null where text is not UTF-8. */
export function bytesText(type: ColumnType, bytes: Uint8Array, start: number, end: number): string | null {
  if (type.name === 'decimal') {
    if (start === end) return null // not a number
    const from = firstByte(bytes, start, end)
    if (end - from > DECIMAL_BYTES_MAX) return null // no column holds it, and a long one takes long
    const number = bigIntOf(bytes, from, end)
    if (BigInt.asIntN(128, number) !== number) return null
    const wide = wideDecimalBytes(number)
    const column: Column = { kind: 'bytes', offsets: Int32Array.of(0, wide.length), bytes: wide, valid: null }
    return String(valueAt(column, type, 0))
  }
  if (type.name === 'binary') return `"${Buffer.from(bytes.subarray(start, end)).toString('base64')}"`
  try {
    return JSON.stringify(TEXT.decode(bytes.subarray(start, end)))
  } catch {
    return null
  }
}

/** Counts what nested values hold, so that a few bytes cannot ask for much. */
export class NestedBudget {
  readonly #cursor: ByteCursor
  #items = 0

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor
  }

  start(): void {
    this.#items = 0
  }

  /** One more value, `depth` levels deep; false, with the cursor's fault, where that is too many or too deep. */
  take(depth: number): boolean {
    if (depth > LIMITS.valueDepthMax)
      return this.#cursor.fail(`nested deeper than ${LIMITS.valueDepthMax} levels`)
    this.#items++
    if (this.#items <= LIMITS.valueItemsMax) return true
    return this.#cursor.fail(`more than ${LIMITS.valueItemsMax} nested values`)
  }

  /** Whether text of this length may be made; else the cursor has the fault. */
  fits(characters: number): boolean {
    const most = Math.min(LIMITS.recordBytesMax, CHARACTERS_FIRST + CHARACTERS_A_BYTE * this.#cursor.size)
    if (characters <= most) return true
    return this.#cursor.fail(`its text is longer than ${most} characters`)
  }
}

function quoted(column: Column, type: ColumnType): string {
  return JSON.stringify(valueAt(column, type, 0))
}
