/**
 * JSON tokens → values of a column. Strict and lossless: a token that does not stand for exactly one value of
 * the column's type is refused with the reason; only float columns round, to the nearest, as all JSON does.
 *
 * | column            | takes                                                                              |
 * |-------------------|------------------------------------------------------------------------------------|
 * | bool              | true, false                                                                        |
 * | int*, uint*       | whole numbers in range (`7`, `7.0`, `7e2`); 64 bits also as text ("9007199254740993") |
 * | float32, float64  | numbers that are finite in the type; "NaN", "Infinity", "-Infinity"                |
 * | decimal           | numbers or their text, without digits finer than the scale                         |
 * | date              | "YYYY-MM-DD", or days since the epoch                                              |
 * | time              | "HH:MM:SS" and a fraction, to 24:00, or a whole number in the column's unit         |
 * | timestamp         | ISO 8601 text (see iso-time.ts), or a whole number in the column's unit            |
 * | utf8              | strings                                                                            |
 * | binary            | base64 text                                                                        |
 */

import { base64BytesMax, decodeBase64 } from './base64.ts'
import { setI64 } from './column.ts'
import type { ColumnBuilder } from './column-builder.ts'
import { IsoTime } from './iso-time.ts'
import {
  NOT_WHOLE,
  OUT_OF_RANGE,
  readDouble,
  smallInteger,
  TOO_BIG,
  TOO_FINE,
  WHOLE,
  Whole,
} from './json-number.ts'
import { FALSE, NUMBER, STRING, STRING_ESCAPED, TRUE } from './json-object.ts'
import { JsonScanner } from './json-scan.ts'
import { copyBytes, unescapeInto } from './json-text.ts'
import { WideDecimals } from './json-wide-decimal.ts'
import type { ColumnType } from './schema.ts'
import { DAY_TICKS, isWideDecimal } from './schema.ts'

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  date: [-2147483648, 2147483647],
}

/** The reason of a token of a kind that the column never takes. */
export const WRONG_TYPE = 'has a wrong type'
const NOT_A_NUMBER = 'is not a number'
const FLOAT_NAMES: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

interface TextRange {
  bytes: Uint8Array
  start: number
  end: number
}

/** Writes tokens into one column. */
export class JsonColumn {
  readonly builder: ColumnBuilder
  readonly #type: ColumnType
  readonly #min: number
  readonly #max: number
  /** Digits right of the point of a decimal, else 0. */
  readonly #scale: number
  /** Least magnitude that a decimal of 64 bits does not hold, as halves. */
  readonly #limitLow: number
  readonly #limitHigh: number
  /** Null where 64 bits hold the type. */
  readonly #wide: WideDecimals | null
  readonly #whole = new Whole()
  readonly #iso = new IsoTime()
  readonly #scanner = new JsonScanner()
  #scratch = new Uint8Array(64)
  readonly #range: TextRange = { bytes: this.#scratch, start: 0, end: 0 }

  constructor(builder: ColumnBuilder) {
    this.builder = builder
    this.#type = builder.field.type
    const [min, max] = RANGES[this.#type.name] ?? [0, 0]
    this.#min = min
    this.#max = max
    this.#scale = this.#type.name === 'decimal' ? this.#type.scale : 0
    const digits = this.#type.name === 'decimal' ? this.#type.precision : 0
    this.#wide = isWideDecimal(this.#type) ? new WideDecimals(digits, this.#scale) : null
    const limit = 10n ** BigInt(digits)
    this.#limitLow = Number(limit & 0xffffffffn)
    this.#limitHigh = Number(limit >> 32n)
  }

  /** Writes the value of row `row` (room for it is reserved); a reason, worded to follow the column's name, where it has none. */
  write(row: number, kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    this.builder.setValid(row)
    switch (this.builder.kind) {
      case 'i32':
        return this.#writeInt32(row, kind, bytes, start, end)
      case 'i64':
        return this.#writeInt64(row, kind, bytes, start, end)
      case 'f64':
        return this.#writeFloat(row, kind, bytes, start, end)
      case 'bytes':
        return this.#wide === null
          ? this.#writeBytes(row, kind, bytes, start, end)
          : this.#writeWide(this.#wide, row, kind, bytes, start, end)
    }
  }

  #writeInt32(row: number, kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    const name = this.#type.name
    if (name === 'bool') {
      if (kind !== TRUE && kind !== FALSE) return WRONG_TYPE
      this.builder.int32[row] = kind === TRUE ? 1 : 0
      return null
    }
    if (kind !== NUMBER) {
      if (name !== 'date' || (kind !== STRING && kind !== STRING_ESCAPED)) return WRONG_TYPE
      const text = this.#text(kind, bytes, start, end)
      const reason = this.#iso.readDate(text.bytes, text.start, text.end)
      this.builder.int32[row] = this.#iso.days
      return reason
    }
    let value = smallInteger(bytes, start, end)
    if (Number.isNaN(value)) {
      const status = this.#whole.read(bytes, start, end, 0)
      if (status === NOT_WHOLE) return 'is not a whole number'
      value = status === TOO_BIG ? Number.POSITIVE_INFINITY : this.#whole.toNumber()
    }
    if (value < this.#min || value > this.#max) return OUT_OF_RANGE
    this.builder.int32[row] = value
    return null
  }

  #writeInt64(row: number, kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (kind === NUMBER) return this.#writeWhole(row, bytes, start, end)
    if (kind !== STRING && kind !== STRING_ESCAPED) return WRONG_TYPE
    const text = this.#text(kind, bytes, start, end)
    if (this.#type.name === 'timestamp' || this.#type.name === 'time') {
      const { name, unit, utc } = this.#type
      const reason =
        name === 'timestamp'
          ? this.#iso.readTimestamp(text.bytes, text.start, text.end, unit)
          : this.#iso.readTime(text.bytes, text.start, text.end, unit, utc)
      if (reason !== null) return reason
      this.builder.int32[2 * row] = this.#iso.low
      this.builder.int32[2 * row + 1] = this.#iso.high
      return null
    }
    if (this.#scanner.number(text.bytes, text.start, text.end) !== text.end) return NOT_A_NUMBER
    return this.#writeWhole(row, text.bytes, text.start, text.end)
  }

  #writeWhole(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const { name } = this.#type
    if (this.#type.name === 'time')
      return this.#writeTicks(DAY_TICKS[this.#type.unit], row, bytes, start, end)
    if (name !== 'decimal') {
      const value = smallInteger(bytes, start, end)
      if (value >= 0 || (value < 0 && name !== 'uint64')) {
        setI64(this.builder.int32, row, value)
        return null
      }
    }
    const whole = this.#whole
    const status = whole.read(bytes, start, end, this.#scale)
    if (status === NOT_WHOLE) return name === 'decimal' ? TOO_FINE : 'is not a whole number'
    if (status !== WHOLE) return OUT_OF_RANGE
    const fits = name === 'decimal' ? this.#belowLimit() : whole.fits(name === 'uint64')
    if (!fits) return OUT_OF_RANGE
    whole.write(this.builder.int32, row)
    return null
  }

  /** A time of day, from midnight to midnight. */
  #writeTicks(most: number, row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const status = this.#whole.read(bytes, start, end, 0)
    if (status === NOT_WHOLE) return 'is not a whole number'
    const ticks = this.#whole.toNumber()
    if (status === TOO_BIG || ticks < 0 || ticks > most) return OUT_OF_RANGE
    setI64(this.builder.int32, row, ticks)
    return null
  }

  #writeWide(
    wide: WideDecimals,
    row: number,
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): string | null {
    if (kind === NUMBER) return wide.write(this.builder, row, bytes, start, end)
    if (kind !== STRING && kind !== STRING_ESCAPED) return WRONG_TYPE
    const text = this.#text(kind, bytes, start, end)
    if (this.#scanner.number(text.bytes, text.start, text.end) !== text.end) return NOT_A_NUMBER
    return wide.write(this.builder, row, text.bytes, text.start, text.end)
  }

  #belowLimit(): boolean {
    const { high, low } = this.#whole
    return high < this.#limitHigh || (high === this.#limitHigh && low < this.#limitLow)
  }

  #writeFloat(row: number, kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (kind !== NUMBER) {
      if (kind !== STRING || end - start > 9) return WRONG_TYPE
      const named = FLOAT_NAMES.get(String.fromCharCode(...bytes.subarray(start, end)))
      if (named === undefined) return WRONG_TYPE
      this.builder.float64[row] = named
      return null
    }
    const exact = readDouble(bytes, start, end)
    const value = this.#type.name === 'float32' ? Math.fround(exact) : exact
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return OUT_OF_RANGE
    this.builder.float64[row] = value
    return null
  }

  #writeBytes(row: number, kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (kind !== STRING && kind !== STRING_ESCAPED) return WRONG_TYPE
    const { builder } = this
    if (this.#type.name === 'utf8') {
      const at = builder.reserveBytes(row, end - start)
      if (kind === STRING) copyBytes(bytes, start, end, builder.arena, at)
      builder.offsets[row + 1] =
        kind === STRING ? at + end - start : unescapeInto(bytes, start, end, builder.arena, at)
      return null
    }
    const text = this.#text(kind, bytes, start, end)
    const at = builder.reserveBytes(row, base64BytesMax(text.end - text.start))
    const after = decodeBase64(text.bytes, text.start, text.end, builder.arena, at)
    if (after < 0) return 'is not base64'
    builder.offsets[row + 1] = after
    return null
  }

  /** The text of a string token: its own bytes, or where it has escapes, a copy without them. */
  #text(kind: number, bytes: Uint8Array, start: number, end: number): TextRange {
    const text = this.#range
    if (kind === STRING) {
      text.bytes = bytes
      text.start = start
      text.end = end
      return text
    }
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(2 * (end - start))
    text.bytes = this.#scratch
    text.start = 0
    text.end = unescapeInto(bytes, start, end, this.#scratch, 0)
    return text
  }
}
