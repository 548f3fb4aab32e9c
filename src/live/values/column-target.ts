/**
 * Values of a writer's type → one column of the stream. Which types go into which is decided once (`targetOf`); whether
 * a value fits is decided for each, and nothing is cut or rounded, except that integers round in float columns as JSON's do.
 *
 * | written as            | goes into columns of                                                                   |
 * |-----------------------|----------------------------------------------------------------------------------------|
 * | int32/64, uint32/64   | any integer (range checked), float32/64, decimal; date, time, timestamp in the column's unit |
 * | float32               | float32, float64                                                                       |
 * | float64               | float64                                                                                |
 * | bool                  | bool                                                                                   |
 * | timestamp             | timestamp of any unit (finer digits must be 0), int64 (its own number)                  |
 * | date                  | date, int32, int64                                                                     |
 * | time                  | time of any unit, int32, int64                                                         |
 * | decimal               | decimal (range and scale checked)                                                      |
 * | utf8                  | utf8, binary; decimal, date, time, timestamp where it is their text                    |
 * | binary                | binary, utf8 (must be UTF-8)                                                           |
 */

import { isUtf8 } from 'node:buffer'
import type { ColumnBuilder, ColumnType, Field } from '../../core/batch/index.ts'
import {
  DAY_TICKS,
  i64ToBigInt,
  i64ToNumber,
  physicalKind,
  setI64,
  TextColumn,
  typeText,
} from '../../core/batch/index.ts'
import { DecimalTarget } from './decimal-target.ts'

const TWO_32 = 4294967296
const ASCII = new TextEncoder()
/** Below this many bytes a loop copies faster than a view and `set`. */
const SHORT_BYTES = 40
const OUT_OF_RANGE = 'is out of range'

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  date: [-2147483648, 2147483647],
}

const TICKS_PER_SECOND = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

const INTEGERS: ReadonlySet<string> = new Set([
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
])
const OF_INTEGER: ReadonlySet<string> = new Set([
  ...INTEGERS,
  'float32',
  'float64',
  'decimal',
  'date',
  'time',
  'timestamp',
])
/** Written type → column types that take it. */
const TAKEN_BY: Readonly<Record<string, ReadonlySet<string>>> = {
  int32: OF_INTEGER,
  int64: OF_INTEGER,
  uint32: OF_INTEGER,
  uint64: OF_INTEGER,
  float32: new Set(['float32', 'float64']),
  float64: new Set(['float64']),
  bool: new Set(['bool']),
  timestamp: new Set(['timestamp', 'int64']),
  date: new Set(['date', 'int32', 'int64']),
  time: new Set(['time', 'int32', 'int64']),
  decimal: new Set(['decimal']),
  utf8: new Set(['utf8', 'binary', 'decimal', 'date', 'time', 'timestamp']),
  binary: new Set(['binary', 'utf8']),
}

/** What is done with an integer. */
const TO_I32 = 0
const TO_I64 = 1
const TO_REAL = 2
const TO_TICKS = 3
const TO_DECIMAL = 4

/** The way from values written as `source` into the column of `builder`; null where there is none. */
export function targetOf(builder: ColumnBuilder, source: ColumnType): ColumnTarget | null {
  return TAKEN_BY[source.name]?.has(builder.field.type.name) ? new ColumnTarget(builder, source) : null
}

export class ColumnTarget {
  readonly builder: ColumnBuilder
  readonly source: ColumnType
  readonly #mode: number
  readonly #min: number
  readonly #max: number
  /** Ticks of the column in one of the source (≥ 1), or of the source in one of the column. */
  readonly #finer: number
  readonly #coarser: number
  readonly #sourceUnsigned: boolean
  readonly #targetUnsigned: boolean
  /** Most ticks of a time of day; 0 where the column has none. */
  readonly #day: number
  readonly #isFloat32: boolean
  readonly #checksUtf8: boolean
  /** Where text is parsed into the column; null where it is not. */
  readonly #parser: TextColumn | null
  readonly #decimal: DecimalTarget | null

  constructor(builder: ColumnBuilder, source: ColumnType) {
    const { type } = builder.field
    this.builder = builder
    this.source = source
    this.#mode = modeOf(source, type)
    ;[this.#min, this.#max] = RANGES[type.name] ?? [0, 0]
    const from = 'unit' in source ? TICKS_PER_SECOND[source.unit] : 1
    const to = 'unit' in type ? TICKS_PER_SECOND[type.unit] : 1
    this.#finer = this.#mode === TO_TICKS ? Math.max(1, to / from) : 1
    this.#coarser = this.#mode === TO_TICKS ? Math.max(1, from / to) : 1
    this.#sourceUnsigned = source.name === 'uint64'
    this.#targetUnsigned = type.name === 'uint64'
    this.#day = type.name === 'time' ? DAY_TICKS[type.unit] : 0
    this.#isFloat32 = type.name === 'float32'
    this.#checksUtf8 = type.name === 'utf8' || source.name === 'utf8'
    const isText = type.name === 'utf8' || type.name === 'binary'
    this.#parser =
      (source.name === 'utf8' && !isText) || this.#mode === TO_DECIMAL ? new TextColumn(builder) : null
    this.#decimal = source.name === 'decimal' ? new DecimalTarget(builder, source.scale) : null
  }

  /** Whether text must be that of a number or a time. */
  get parses(): boolean {
    return this.#parser !== null
  }

  /** An integer of 64 bits, two's complement, or where the source is uint64 none. The reason where it does not fit. */
  integer(row: number, low: number, high: number): string | null {
    const { builder } = this
    builder.setValid(row)
    switch (this.#mode) {
      case TO_I32: {
        const value = this.#sourceUnsigned ? (high >>> 0) * TWO_32 + (low >>> 0) : i64ToNumber(low, high)
        if (value < this.#min || value > this.#max) return this.#reason(OUT_OF_RANGE, low, high)
        builder.int32[row] = value
        return null
      }
      case TO_I64:
        if (high < 0 && this.#sourceUnsigned !== this.#targetUnsigned)
          return this.#reason(OUT_OF_RANGE, low, high)
        if (this.#day > 0 && !this.#isTimeOfDay(low, high)) return this.#reason(OUT_OF_RANGE, low, high)
        builder.int32[2 * row] = low
        builder.int32[2 * row + 1] = high
        return null
      case TO_REAL: {
        const value = this.#sourceUnsigned ? (high >>> 0) * TWO_32 + (low >>> 0) : i64ToNumber(low, high)
        builder.float64[row] = this.#isFloat32 ? Math.fround(value) : value
        return null
      }
      case TO_TICKS:
        return this.#ticks(row, low, high)
      default:
        return this.#parse(row, ASCII.encode(String(i64ToBigInt(low, high, this.#sourceUnsigned))))
    }
  }

  real(row: number, value: number): void {
    this.builder.setValid(row)
    this.builder.float64[row] = value
  }

  flag(row: number, value: boolean): void {
    this.builder.setValid(row)
    this.builder.int32[row] = value ? 1 : 0
  }

  /** Text, bytes, or the two's complement of a decimal, big-endian: what the source says. */
  bytes(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (this.#decimal !== null) {
      const reason = this.#decimal.write(row, bytes, start, end)
      return reason === null ? null : this.named(reason)
    }
    if (this.#parser !== null) return this.#parse(row, bytes.subarray(start, end))
    const { builder } = this
    builder.setValid(row)
    const length = end - start
    const at = builder.reserveBytes(row, length)
    const { arena } = builder
    if (length <= SHORT_BYTES) {
      let any = 0
      for (let i = 0; i < length; i++) {
        const byte = bytes[start + i]!
        any |= byte
        arena[at + i] = byte
      }
      if (any >= 0x80 && this.#checksUtf8 && !isUtf8(bytes.subarray(start, end)))
        return this.named('is not UTF-8')
    } else {
      const value = bytes.subarray(start, end)
      if (this.#checksUtf8 && !isUtf8(value)) return this.named('is not UTF-8')
      arena.set(value, at)
    }
    builder.offsets[row + 1] = at + length
    return null
  }

  /** `column "delay" (int32) is out of range`. */
  named(reason: string): string {
    return `${columnText(this.builder.field)} ${reason}`
  }

  /** Ticks of the source's unit as ticks of the column's. */
  #ticks(row: number, low: number, high: number): string | null {
    const ticks = i64ToNumber(low, high)
    const scaled = ticks * this.#finer
    if (Math.abs(scaled) > Number.MAX_SAFE_INTEGER) return this.#wideTicks(row, low, high)
    if (scaled % this.#coarser !== 0) return this.#reason('has digits finer than its unit', low, high)
    const value = scaled / this.#coarser
    if (this.#day > 0 && (value < 0 || value > this.#day)) return this.#reason(OUT_OF_RANGE, low, high)
    setI64(this.builder.int32, row, value)
    return null
  }

  /** The same beyond 2^53, which are times some 285 years from the epoch at least: rare, so BigInt may do it. */
  #wideTicks(row: number, low: number, high: number): string | null {
    const scaled = i64ToBigInt(low, high) * BigInt(this.#finer)
    if (scaled % BigInt(this.#coarser) !== 0n)
      return this.#reason('has digits finer than its unit', low, high)
    const value = scaled / BigInt(this.#coarser)
    if (this.#day > 0 || BigInt.asIntN(64, value) !== value) return this.#reason(OUT_OF_RANGE, low, high)
    this.builder.int32[2 * row] = Number(value & 0xffffffffn)
    this.builder.int32[2 * row + 1] = Number(value >> 32n)
    return null
  }

  #isTimeOfDay(low: number, high: number): boolean {
    const ticks = i64ToNumber(low, high)
    return ticks >= 0 && ticks <= this.#day
  }

  #parse(row: number, text: Uint8Array): string | null {
    const reason = this.#parser!.write(row, text, 0, text.length)
    return reason === null ? null : this.named(reason)
  }

  #reason(reason: string, low: number, high: number): string {
    return `${this.named(reason)}: ${i64ToBigInt(low, high, this.#sourceUnsigned)}`
  }
}

/** `column "delay" (int32)`, as all messages about columns begin. */
export function columnText({ name, type }: Field): string {
  return `column "${name}" (${typeText(type)})`
}

function modeOf(source: ColumnType, type: ColumnType): number {
  if (type.name === 'decimal') return INTEGERS.has(source.name) ? TO_DECIMAL : TO_I64
  if ('unit' in source && source.name === type.name) return TO_TICKS
  const kind = physicalKind(type)
  return kind === 'i32' ? TO_I32 : kind === 'f64' ? TO_REAL : TO_I64
}
