/**
 * Schemas: what columns a batch has and what each value means.
 *
 * A column has a *type* (meaning) and the type decides the *physical kind* (memory). The kinds are few on
 * purpose: every hot kernel exists once per kind.
 */

import type { TimeUnit } from '../time.ts'

/** Unit of a time of day. */
export type ClockUnit = Exclude<TimeUnit, 's'>

/** A `time` counts its unit from midnight; 24:00 is the last. A `decimal` has 1 to `DECIMAL_DIGITS_MAX` digits. */
export type ColumnType =
  | { readonly name: 'bool' | 'int8' | 'int16' | 'int32' | 'uint8' | 'uint16' | 'uint32' | 'date' }
  | { readonly name: 'int64' | 'uint64' }
  | { readonly name: 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly name: 'time'; readonly unit: ClockUnit; readonly utc: boolean }
  | { readonly name: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly name: 'float32' | 'float64' }
  | { readonly name: 'utf8' | 'binary' }

export interface Field {
  readonly name: string
  readonly type: ColumnType
}

export type Schema = readonly Field[]

/** Ticks from midnight to midnight. */
export const DAY_TICKS: Readonly<Record<ClockUnit, number>> = { ms: 86_400e3, us: 86_400e6, ns: 86_400e9 }

/**
 * Memory of a column:
 * - `i32` Int32Array; bool is 0/1, date is days since the epoch, uint32 keeps its bits
 * - `i64` Int32Array of 2n little-endian halves (low, high): int64, uint64, timestamps, times, decimals to 18 digits
 * - `f64` Float64Array; float32 is widened
 * - `bytes` n + 1 offsets into one arena: utf8, binary, and decimals of more digits: see wide-decimal.ts
 */
export type PhysicalKind = 'i32' | 'i64' | 'f64' | 'bytes'

/** Digits of which any decimal fits 64 bits. */
export const DECIMAL_I64_DIGITS = 18

/** Digits of which any decimal fits 128 bits; there are no decimals of more. */
export const DECIMAL_DIGITS_MAX = 38

/** Whether it is a decimal that 64 bits do not hold, so that its column is `bytes`. */
export function isWideDecimal(type: ColumnType): boolean {
  return type.name === 'decimal' && type.precision > DECIMAL_I64_DIGITS
}

export function physicalKind(type: ColumnType): PhysicalKind {
  switch (type.name) {
    case 'bool':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'date':
      return 'i32'
    case 'int64':
    case 'uint64':
    case 'timestamp':
    case 'time':
      return 'i64'
    case 'decimal':
      return isWideDecimal(type) ? 'bytes' : 'i64'
    case 'float32':
    case 'float64':
      return 'f64'
    case 'utf8':
    case 'binary':
      return 'bytes'
  }
}

/** Text form of a type, as job files, plans and messages write it: `int64`, `timestamp[us, UTC]`, `decimal(9,2)`. */
export function typeText(type: ColumnType): string {
  if (type.name === 'timestamp' || type.name === 'time')
    return `${type.name}[${type.unit}${type.utc ? ', UTC' : ''}]`
  if (type.name === 'decimal') return `decimal(${type.precision},${type.scale})`
  return type.name
}

const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'utf8',
  'binary',
  'date',
])

/** Inverse of `typeText`; null where the text is no type. */
export function typeFromText(text: string): ColumnType | null {
  if (PLAIN_TYPES.has(text)) return { name: text } as ColumnType
  const timestamp = /^timestamp\[(s|ms|us|ns)(, ?UTC)?\]$/.exec(text)
  if (timestamp) return { name: 'timestamp', unit: timestamp[1] as TimeUnit, utc: timestamp[2] !== undefined }
  const time = /^time\[(ms|us|ns)(, ?UTC)?\]$/.exec(text)
  if (time) return { name: 'time', unit: time[1] as ClockUnit, utc: time[2] !== undefined }
  const decimal = /^decimal\((\d{1,2}), ?(\d{1,2})\)$/.exec(text)
  if (!decimal) return null
  const precision = Number(decimal[1])
  const scale = Number(decimal[2])
  return precision >= 1 && precision <= DECIMAL_DIGITS_MAX && scale <= precision
    ? { name: 'decimal', precision, scale }
    : null
}

export function sameType(a: ColumnType, b: ColumnType): boolean {
  return typeText(a) === typeText(b)
}

/** Index of a column by name, or -1. Names are compared as they are: `__proto__` is a name like any other. */
export function fieldIndex(schema: Schema, name: string): number {
  for (let i = 0; i < schema.length; i++) if (schema[i]!.name === name) return i
  return -1
}
