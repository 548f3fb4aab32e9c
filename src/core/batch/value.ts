/**
 * Single values out of columns, as plain JavaScript: for keys of several columns, quarantine and late lines,
 * messages and tests. Never on the hot path.
 *
 * int64 and decimals come as BigInt or text so that no digit is lost; dates, times and timestamps as ISO 8601 text in
 * UTC at the column's own precision; binary as base64.
 */

import type { TimeUnit } from '../time.ts'
import type { Batch } from './batch.ts'
import type { Column } from './column.ts'
import { i64ToBigInt, isValid } from './column.ts'
import type { ClockUnit, ColumnType } from './schema.ts'
import { DAY_TICKS } from './schema.ts'
import { wideDecimalAt } from './wide-decimal.ts'

export type PlainValue = string | number | bigint | boolean | null

const TEXT = new TextDecoder()
const DAY_MS = 86_400_000

export function valueAt(column: Column, type: ColumnType, row: number): PlainValue {
  if (!isValid(column, row)) return null
  switch (column.kind) {
    case 'f64':
      return column.values[row]!
    case 'bytes': {
      const [start, end] = [column.offsets[row]!, column.offsets[row + 1]!]
      if (type.name === 'decimal') return decimalText(wideDecimalAt(column.bytes, start, end), type.scale)
      const bytes = column.bytes.subarray(start, end)
      return type.name === 'binary' ? base64(bytes) : TEXT.decode(bytes)
    }
    case 'i32':
      return i32Value(column.values[row]!, type)
    case 'i64':
      return i64Value(
        i64ToBigInt(column.values[2 * row]!, column.values[2 * row + 1]!, type.name === 'uint64'),
        type,
      )
  }
}

function i32Value(value: number, type: ColumnType): PlainValue {
  if (type.name === 'bool') return value !== 0
  if (type.name === 'uint32') return value >>> 0
  if (type.name === 'date') return isoDate(value)
  return value
}

function isoDate(days: number): string {
  const ms = days * DAY_MS
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace(/T.*$/, '') : `day ${days}`
}

function i64Value(value: bigint, type: ColumnType): PlainValue {
  if (type.name === 'timestamp') return isoTimestamp(value, type.unit)
  if (type.name === 'time') return clockText(value, type.unit)
  if (type.name === 'decimal') return decimalText(value, type.scale)
  return value
}

const FRACTION_DIGITS: Record<TimeUnit, number> = { s: 0, ms: 3, us: 6, ns: 9 }

function isoTimestamp(value: bigint, unit: TimeUnit): string {
  const digits = FRACTION_DIGITS[unit]
  const scale = 10n ** BigInt(digits)
  let seconds = value / scale
  let fraction = value % scale
  if (fraction < 0n) {
    fraction += scale
    seconds -= 1n
  }
  const ms = Number(seconds) * 1000
  if (Math.abs(ms) > 8.64e15) return `${value} ${unit}`
  const text = new Date(ms).toISOString().replace('.000Z', '')
  return digits === 0 ? `${text}Z` : `${text}.${String(fraction).padStart(digits, '0')}Z`
}

/** `HH:MM:SS.…`; what is no time of a day as a plain number. */
function clockText(value: bigint, unit: ClockUnit): string {
  const digits = FRACTION_DIGITS[unit]
  const scale = 10n ** BigInt(digits)
  if (value < 0n || value > DAY_TICKS[unit]) return `${value} ${unit}`
  const seconds = Number(value / scale)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const fraction = String(value % scale).padStart(digits, '0')
  return `${parts.map(part => String(part).padStart(2, '0')).join(':')}.${fraction}`
}

/** Order by value of two decimals of one scale, as `valueAt` gives them: negative, 0 or positive. */
export function compareDecimals(a: string, b: string): number {
  const [x, y] = [BigInt(a.replace('.', '')), BigInt(b.replace('.', ''))]
  return x < y ? -1 : x > y ? 1 : 0
}

function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const sign = value < 0n ? '-' : ''
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** A row as an object for JSON output; BigInts become numbers where they fit, else text. */
export function rowObject(batch: Batch, row: number): Record<string, string | number | boolean | null> {
  const entries = batch.schema.map((field, c): [string, string | number | boolean | null] => {
    const value = valueAt(batch.columns[c]!, field.type, row)
    if (typeof value === 'bigint') return [field.name, safeNumber(value)]
    if (typeof value === 'number' && !Number.isFinite(value)) return [field.name, String(value)]
    return [field.name, value]
  })
  return Object.fromEntries(entries)
}

function safeNumber(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

const ROW_TEXT_MAX = 500

/** A row as people read it beside what is wrong with it, shortened. */
export function rowText(batch: Batch, row: number): string {
  const values = batch.schema.map(
    (field, c) => `${field.name}=${String(valueAt(batch.columns[c]!, field.type, row))}`,
  )
  return values.join(' ').slice(0, ROW_TEXT_MAX)
}
