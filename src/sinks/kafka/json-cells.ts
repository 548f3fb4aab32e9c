/**
 * Columns → JSON values. The exact inverse of how JSON is read (core/batch/json-values.ts): a live topic of samples, or
 * `verify`, gets every bit of the value back.
 *
 * | column                 | JSON                                                                         |
 * |------------------------|------------------------------------------------------------------------------|
 * | null                   | null                                                                         |
 * | bool                   | true, false                                                                  |
 * | int*, uint*            | a number with all its digits, also beyond 2^53                               |
 * | float32, float64       | the shortest number that is the double; -0; "NaN", "Infinity", "-Infinity"   |
 * | decimal                | text with all digits of the scale: "12.50"                                   |
 * | date                   | "YYYY-MM-DD"                                                                 |
 * | time                   | "HH:MM:SS.…" with the digits of the unit                                     |
 * | timestamp              | "YYYY-MM-DDTHH:MM:SS.…Z" in UTC with the digits of the unit                  |
 * | utf8                   | a string                                                                     |
 * | binary                 | base64 text                                                                  |
 *
 * A date, time or timestamp that no calendar holds is a number in the column's unit.
 */

import type { BytesColumn, Column, ColumnType, I32Column, I64Column } from '../../core/batch/index.ts'
import { i64ToBigInt, i64ToNumber, valueAt } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import type { JsonOut } from './json-out.ts'

/** Writes the value of one row of a column that is not null there. */
export type CellWriter = (out: JsonOut, column: Column, row: number) => void

const QUOTE = 0x22
const DAY_MS = 86_400_000
/** Days that a Date holds. */
const DAYS_MAX = 100_000_000
const SAFE = Number.MAX_SAFE_INTEGER
const FRACTION_DIGITS: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 }

/** One a column: it remembers the last day it wrote. */
export function cellWriter(type: ColumnType): CellWriter {
  switch (type.name) {
    case 'bool':
      return (out, column, row) => out.ascii((column as I32Column).values[row] === 0 ? 'false' : 'true')
    case 'uint32':
      return (out, column, row) => out.whole((column as I32Column).values[row]! >>> 0)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
      return (out, column, row) => out.whole((column as I32Column).values[row]!)
    case 'int64':
    case 'uint64':
      return wholeWriter(type.name === 'uint64')
    case 'float32':
    case 'float64':
      return writeFloat
    case 'date':
      return dateWriter()
    case 'timestamp':
      return timestampWriter(type.unit)
    case 'time':
      return timeWriter(type.unit)
    case 'utf8':
      return (out, column, row) => {
        const { bytes, offsets } = column as BytesColumn
        out.text(bytes, offsets[row]!, offsets[row + 1]!)
      }
    case 'binary':
      return (out, column, row) => {
        const { bytes, offsets } = column as BytesColumn
        const view = Buffer.from(
          bytes.buffer,
          bytes.byteOffset + offsets[row]!,
          offsets[row + 1]! - offsets[row]!,
        )
        writeQuoted(out, view.toString('base64'))
      }
    case 'decimal':
      return (out, column, row) => writeQuoted(out, String(valueAt(column, type, row)))
  }
}

function writeQuoted(out: JsonOut, ascii: string): void {
  out.byte(QUOTE)
  out.ascii(ascii)
  out.byte(QUOTE)
}

function wholeWriter(unsigned: boolean): CellWriter {
  return (out, column, row) => {
    const { values } = column as I64Column
    const [low, high] = [values[2 * row]!, values[2 * row + 1]!]
    const value = i64ToNumber(low, high)
    const isSafe = unsigned ? high >= 0 && value <= SAFE : Math.abs(value) <= SAFE
    if (isSafe) out.whole(value)
    else out.ascii(String(i64ToBigInt(low, high, unsigned)))
  }
}

function writeFloat(out: JsonOut, column: Column, row: number): void {
  const value = (column as { readonly values: Float64Array }).values[row]!
  if (!Number.isFinite(value)) writeQuoted(out, String(value))
  else if (Object.is(value, -0)) out.ascii('-0')
  else if (Number.isInteger(value) && Math.abs(value) < 1e15) out.whole(value)
  else out.ascii(String(value))
}

/** Text of a day, kept for the next row: events come in the order of their time. */
function dayText(): (day: number) => string {
  let known = Number.NaN
  let text = ''
  return day => {
    if (day !== known) {
      known = day
      text = new Date(day * DAY_MS).toISOString().replace(/T.*$/, '')
    }
    return text
  }
}

function dateWriter(): CellWriter {
  const textOf = dayText()
  return (out, column, row) => {
    const day = (column as I32Column).values[row]!
    if (Math.abs(day) > DAYS_MAX) out.whole(day)
    else writeQuoted(out, textOf(day))
  }
}

/** Ticks a second, and of a day, of each unit but ns, whose ticks here are microseconds. */
const TICKS_A_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1000, us: 1_000_000, ns: 1_000_000 }

function timestampWriter(unit: TimeUnit): CellWriter {
  const textOf = dayText()
  const perSecond = TICKS_A_SECOND[unit]
  const perDay = 86_400 * perSecond
  return (out, column, row) => {
    const { values } = column as I64Column
    const [low, high] = [values[2 * row]!, values[2 * row + 1]!]
    // int64 nanoseconds = high · 2^32 + low, and 2^32 = 4294967 · 1000 + 296: exact without BigInt
    const rest = unit === 'ns' ? high * 296 + (low >>> 0) : 0
    const micros = Math.floor(rest / 1000)
    const ticks = unit === 'ns' ? high * 4_294_967 + micros : i64ToNumber(low, high)
    const day = Math.floor(ticks / perDay)
    if (Math.abs(ticks) > SAFE || Math.abs(day) >= DAYS_MAX) {
      out.ascii(String(i64ToBigInt(low, high)))
      return
    }
    out.byte(QUOTE)
    out.ascii(textOf(day))
    out.byte(0x54) // T
    writeClock(out, ticks - day * perDay, unit, rest - micros * 1000)
    out.byte(0x5a) // Z
    out.byte(QUOTE)
  }
}

function timeWriter(unit: Exclude<TimeUnit, 's'>): CellWriter {
  const perDay = unit === 'ns' ? 86_400_000_000_000 : 86_400 * TICKS_A_SECOND[unit]
  return (out, column, row) => {
    const { values } = column as I64Column
    const value = i64ToNumber(values[2 * row]!, values[2 * row + 1]!)
    if (value < 0 || value > perDay) {
      out.ascii(String(i64ToBigInt(values[2 * row]!, values[2 * row + 1]!)))
      return
    }
    const ticks = unit === 'ns' ? Math.floor(value / 1000) : value
    out.byte(QUOTE)
    writeClock(out, ticks, unit, unit === 'ns' ? value - ticks * 1000 : 0)
    out.byte(QUOTE)
  }
}

/** `HH:MM:SS` and the digits of the unit; `nanos` are the three below a microsecond. */
function writeClock(out: JsonOut, ticks: number, unit: TimeUnit, nanos: number): void {
  const perSecond = TICKS_A_SECOND[unit]
  const seconds = Math.floor(ticks / perSecond)
  out.digits(Math.floor(seconds / 3600), 2)
  out.byte(0x3a)
  out.digits(Math.floor(seconds / 60) % 60, 2)
  out.byte(0x3a)
  out.digits(seconds % 60, 2)
  if (unit === 's') return
  out.byte(0x2e)
  out.digits(ticks - seconds * perSecond, unit === 'ns' ? 6 : FRACTION_DIGITS[unit])
  if (unit === 'ns') out.digits(nanos, 3)
}
