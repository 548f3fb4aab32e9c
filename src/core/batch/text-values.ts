/**
 * Values written as plain text (CSV fields, say) → values of a column. As strict as JSON values (json-values.ts), with
 * the looser spelling that such text has:
 *
 * | column       | takes                                                                      |
 * |--------------|----------------------------------------------------------------------------|
 * | bool         | true, false, t, f, 1, 0, in any case                                        |
 * | numbers      | an optional sign, leading zeros, `.5` and `5.`, exponents; whole where the type is |
 * | floats       | also nan, inf and infinity, in any case                                     |
 * | date, time, timestamp | ISO 8601 text, or a whole number in the column's unit              |
 * | utf8         | any UTF-8                                                                   |
 * | binary       | base64                                                                      |
 *
 * Spaces around a value are dropped, except in text.
 */

import type { ColumnBuilder } from './column-builder.ts'
import { FALSE, NUMBER, STRING, TRUE } from './json-object.ts'
import { FAULT, skipUtf8 } from './json-scan.ts'
import { JsonColumn, WRONG_TYPE } from './json-values.ts'
import { typeText } from './schema.ts'

const SPACE = 0x20
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e

const TRUE_WORDS: ReadonlySet<string> = new Set(['true', 't', '1'])
const FALSE_WORDS: ReadonlySet<string> = new Set(['false', 'f', '0'])
const FLOAT_WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])
const WORD_BYTES_MAX = 10

type Reading = 'bool' | 'number' | 'float' | 'time' | 'text' | 'binary'

/** Writes text into one column. */
export class TextColumn {
  readonly builder: ColumnBuilder
  readonly #column: JsonColumn
  readonly #reading: Reading

  constructor(builder: ColumnBuilder) {
    this.builder = builder
    this.#column = new JsonColumn(builder)
    this.#reading = readingOf(builder.field.type.name)
  }

  /** Writes the value `bytes[start … end)` of row `row` (room for it is reserved); a reason where it has none. */
  write(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const reading = this.#reading
    if (reading === 'text') {
      return isUtf8(bytes, start, end) ? this.#column.write(row, STRING, bytes, start, end) : 'is not UTF-8'
    }
    let from = start
    let to = end
    while (from < to && bytes[from] === SPACE) from++
    while (to > from && bytes[to - 1] === SPACE) to--
    const reason = this.#writeTrimmed(reading, row, bytes, from, to)
    return reason === WRONG_TYPE ? this.#wrongType() : reason
  }

  #writeTrimmed(reading: Reading, row: number, bytes: Uint8Array, from: number, to: number): string | null {
    if (reading === 'binary') return this.#column.write(row, STRING, bytes, from, to)
    if (reading === 'bool') {
      const word = wordOf(bytes, from, to)
      if (!TRUE_WORDS.has(word) && !FALSE_WORDS.has(word)) return WRONG_TYPE
      return this.#column.write(row, TRUE_WORDS.has(word) ? TRUE : FALSE, bytes, from, to)
    }
    if (isNumber(bytes, from, to)) {
      return this.#column.write(row, NUMBER, bytes, bytes[from] === PLUS ? from + 1 : from, to)
    }
    if (reading === 'time') return this.#column.write(row, STRING, bytes, from, to)
    const named = reading === 'float' ? FLOAT_WORDS.get(wordOf(bytes, from, to)) : undefined
    if (named === undefined) return WRONG_TYPE
    this.builder.setValid(row)
    this.builder.float64[row] = named
    return null
  }

  #wrongType(): string {
    const { type } = this.builder.field
    return this.#reading === 'bool' ? 'is not true or false' : `is not of type ${typeText(type)}`
  }
}

function readingOf(name: string): Reading {
  switch (name) {
    case 'bool':
      return 'bool'
    case 'float32':
    case 'float64':
      return 'float'
    case 'date':
    case 'time':
    case 'timestamp':
      return 'time'
    case 'utf8':
      return 'text'
    case 'binary':
      return 'binary'
    default:
      return 'number'
  }
}

/** Lower-case ASCII of a short text; empty where it is longer than any word we know. */
function wordOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > WORD_BYTES_MAX) return ''
  let word = ''
  for (let p = start; p < end; p++) word += String.fromCharCode(bytes[p]!)
  return word.toLowerCase()
}

function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let p = start
  while (p < end) {
    if (bytes[p]! < 0x80) p++
    else {
      p = skipUtf8(bytes, p, end)
      if (p === FAULT) return false
    }
  }
  return true
}

/** `[+-] (digits [. [digits]] | . digits) [e [+-] digits]` */
function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let p = start
  if (p < end && (bytes[p] === PLUS || bytes[p] === MINUS)) p++
  const whole = p
  while (p < end && isDigit(bytes[p]!)) p++
  let digits = p - whole
  if (p < end && bytes[p] === POINT) {
    const fraction = ++p
    while (p < end && isDigit(bytes[p]!)) p++
    digits += p - fraction
  }
  if (digits === 0) return false
  if (p === end) return true
  if ((bytes[p]! | 0x20) !== 0x65) return false
  p++
  if (p < end && (bytes[p] === PLUS || bytes[p] === MINUS)) p++
  const exponent = p
  while (p < end && isDigit(bytes[p]!)) p++
  return p === end && p > exponent
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
