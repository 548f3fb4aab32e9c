/**
 * What the values of a sample say of a column's type. The narrowest type that holds all that was seen; what is not
 * clear is text. Later values that do not fit are bad rows, so declaring columns is better, and the plan says so.
 */

import type { ColumnType } from '../../core/batch/index.ts'

const INTEGER = /^[+-]?(0|[1-9]\d*)$/
const NUMBER = /^[+-]?(0|[1-9]\d*)?(\.\d+|(?<=\d)\.)?(e[+-]?\d+)?$/i
const DATE = /^\d{4}-\d\d-\d\d$/
const TIMESTAMP = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?$/i
const INT64_MAX = 2n ** 63n

/** Kinds of value, as bits. */
const IS_BOOL = 1
const IS_INTEGER = 2
const IS_FLOAT = 4
const IS_DATE = 8
const IS_TIMESTAMP = 16
const IS_TEXT = 32
const IS_NESTED = 64

/** Collects the values of one column. */
export class TypeEvidence {
  #kinds = 0
  #utc = false
  #fractionDigits = 0
  /** An integer that float64 rounds, or that int64 does not hold. */
  #large = false
  #huge = false

  /** A field of a text format; null says nothing. */
  addText(text: string | null): void {
    const value = text?.trim() ?? ''
    if (value === '') return
    if (/^(true|false)$/i.test(value)) this.#kinds |= IS_BOOL
    else if (INTEGER.test(value)) this.#addInteger(BigInt(value.replace('+', '')))
    else if (NUMBER.test(value) && /\d/.test(value)) this.#kinds |= IS_FLOAT
    else this.#addWord(value)
  }

  /** A parsed JSON value. */
  addJson(value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value === 'boolean') this.#kinds |= IS_BOOL
    else if (typeof value === 'string') this.#addWord(value)
    else if (typeof value === 'object') this.#kinds |= IS_NESTED
    else if (Number.isInteger(value)) this.#addInteger(BigInt(value as number))
    else this.#kinds |= IS_FLOAT
  }

  /** The type, or the word for what is not read: `null` where nothing was seen, `nested`, `mixed`. */
  decide(): ColumnType | 'null' | 'nested' | 'mixed' {
    const kinds = this.#kinds
    if (kinds === 0) return 'null'
    if (kinds & IS_NESTED) return kinds === IS_NESTED ? 'nested' : 'mixed'
    if (kinds === IS_BOOL) return { name: 'bool' }
    if (kinds === IS_INTEGER) return this.#huge ? 'mixed' : { name: 'int64' }
    if ((kinds & ~(IS_INTEGER | IS_FLOAT)) === 0) return this.#large ? 'mixed' : { name: 'float64' }
    if (kinds === IS_DATE) return { name: 'date' }
    if ((kinds & ~(IS_DATE | IS_TIMESTAMP)) === 0) {
      return { name: 'timestamp', unit: this.#fractionDigits > 6 ? 'ns' : 'us', utc: this.#utc }
    }
    return (kinds & ~(IS_DATE | IS_TIMESTAMP | IS_TEXT)) === 0 ? { name: 'utf8' } : 'mixed'
  }

  #addInteger(value: bigint): void {
    this.#kinds |= IS_INTEGER
    if (value > 2n ** 53n || value < -(2n ** 53n)) this.#large = true
    if (value >= INT64_MAX || value < -INT64_MAX) this.#huge = true
  }

  #addWord(value: string): void {
    const time = TIMESTAMP.exec(value)
    if (DATE.test(value)) this.#kinds |= isDay(value) ? IS_DATE : IS_TEXT
    else if (time === null || !isDay(value.slice(0, 10))) this.#kinds |= IS_TEXT
    else {
      this.#kinds |= IS_TIMESTAMP
      this.#utc ||= time[3] !== undefined
      this.#fractionDigits = Math.max(this.#fractionDigits, (time[2]?.length ?? 1) - 1)
    }
  }
}

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
