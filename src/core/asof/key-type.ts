/**
 * Which event columns can be looked up in which key columns (C4: types must match after lossless widening), and
 * how an event's value becomes the key column's.
 *
 * Two types match where one type holds every value of both. The value is then brought to the key column's own
 * type, so that equal values have equal bytes; a value that the key column's type cannot hold (half of an
 * integer, a microsecond among milliseconds) is equal to none of its keys.
 */

import { HindcastError } from '../../errors.ts'
import type { ColumnType, Field } from '../batch/index.ts'
import { DECIMAL_I64_DIGITS, isWideDecimal, typeText } from '../batch/index.ts'
import type { TimeUnit } from '../time.ts'

/**
 * How a value becomes a key: text and decimals of more than 18 digits as their bytes, `float` as float64, `int` as
 * int64 after multiplying and dividing (whole numbers; one of the two is 1).
 */
export type KeyConversion =
  | { readonly to: 'text' }
  | { readonly to: 'float' }
  | { readonly to: 'int'; readonly multiply: number; readonly divide: number }

const AS_IT_IS: KeyConversion = { to: 'int', multiply: 1, divide: 1 }

/** Conversion from an event column's type to a key column's; null where they do not match. */
export function keyConversion(from: ColumnType, to: ColumnType): KeyConversion | null {
  if (isText(from) || isText(to)) return from.name === to.name ? { to: 'text' } : null
  if (isFloat(from) || isFloat(to)) return floatConversion(from, to)
  if (from.name === 'decimal' || to.name === 'decimal') return decimalConversion(from, to)
  if (from.name === 'time' || to.name === 'time') return clockConversion(from, to)
  if (from.name === 'timestamp' || to.name === 'timestamp') return timeConversion(from, to)
  if (isInteger(from) && isInteger(to)) return integersMatch(from, to) ? AS_IT_IS : null
  return from.name === to.name ? AS_IT_IS : null
}

export interface KeyTypesCheck {
  readonly feature: string
  /** Event columns, in the order of the key columns. */
  readonly on: readonly Field[]
  readonly keyFields: readonly Field[]
}

/** The conversion of each key column; throws `key-type-mismatch` where the event columns cannot give the key. */
export function keyConversions(check: KeyTypesCheck): KeyConversion[] {
  const { feature, on, keyFields } = check
  if (on.length !== keyFields.length) {
    throw new HindcastError(
      'key-type-mismatch',
      `feature ${feature} has ${keyFields.length} key column(s) (${names(keyFields)}), but \`on\` lists ${on.length} (${names(on)})`,
      { where: { feature }, advice: 'List in `on` one event column for each key column, in the same order.' },
    )
  }
  return on.map((event, i) => {
    const key = keyFields[i]
    const conversion = keyConversion(event.type, key.type)
    if (conversion !== null) return conversion
    throw new HindcastError(
      'key-type-mismatch',
      `feature ${feature}: event column ${event.name} is ${typeText(event.type)}, key column ${key.name} is ${typeText(key.type)}`,
      {
        where: { feature, column: event.name },
        advice:
          'Write one of the two with the type of the other; only widening without loss is done for you.',
      },
    )
  })
}

function names(fields: readonly Field[]): string {
  return fields.map(field => field.name).join(', ')
}

function isText(type: ColumnType): boolean {
  return type.name === 'utf8' || type.name === 'binary'
}

function isFloat(type: ColumnType): boolean {
  return type.name === 'float32' || type.name === 'float64'
}

/** Decimal digits of the integer types. */
const DIGITS: Readonly<Partial<Record<ColumnType['name'], number>>> = {
  int8: 3,
  int16: 5,
  int32: 10,
  int64: 19,
  uint8: 3,
  uint16: 5,
  uint32: 10,
  uint64: 20,
}

function isInteger(type: ColumnType): boolean {
  return DIGITS[type.name] !== undefined
}

/** uint64 and signed integers have no common type. */
function integersMatch(a: ColumnType, b: ColumnType): boolean {
  const signed = a.name.startsWith('int') || b.name.startsWith('int')
  return !signed || (a.name !== 'uint64' && b.name !== 'uint64')
}

/** float64 holds both kinds of float, and integers to 32 bits. */
function floatConversion(from: ColumnType, to: ColumnType): KeyConversion | null {
  for (const type of [from, to]) if (!isFloat(type) && !((DIGITS[type.name] ?? 99) <= 10)) return null
  return isFloat(to) ? { to: 'float' } : AS_IT_IS
}

function decimalConversion(from: ColumnType, to: ColumnType): KeyConversion | null {
  const [a, b] = [decimalOf(from), decimalOf(to)]
  if (a === null || b === null) return null
  // Of one scale, equal numbers have equal bytes; wide decimals match no others.
  if (isWideDecimal(from) && isWideDecimal(to)) return a.scale === b.scale ? { to: 'text' } : null
  if (Math.max(a.scale, b.scale) + Math.max(a.whole, b.whole) > DECIMAL_I64_DIGITS) return null
  return {
    to: 'int',
    multiply: 10 ** Math.max(0, b.scale - a.scale),
    divide: 10 ** Math.max(0, a.scale - b.scale),
  }
}

function decimalOf(type: ColumnType): { readonly whole: number; readonly scale: number } | null {
  if (type.name === 'decimal') return { whole: type.precision - type.scale, scale: type.scale }
  const whole = DIGITS[type.name]
  return whole === undefined ? null : { whole, scale: 0 }
}

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }
const DAY_SECONDS = 86_400

/** Timestamps with and without zone are the same instants (C1); a date is its midnight. */
function timeConversion(from: ColumnType, to: ColumnType): KeyConversion | null {
  const [a, b] = [perDay(from), perDay(to)]
  if (a === null || b === null) return null
  return { to: 'int', multiply: Math.max(1, b / a), divide: Math.max(1, a / b) }
}

/** Times of day match each other only. */
function clockConversion(from: ColumnType, to: ColumnType): KeyConversion | null {
  if (from.name !== 'time' || to.name !== 'time') return null
  const [a, b] = [PER_SECOND[from.unit], PER_SECOND[to.unit]]
  return { to: 'int', multiply: Math.max(1, b / a), divide: Math.max(1, a / b) }
}

function perDay(type: ColumnType): number | null {
  if (type.name === 'date') return 1
  return type.name === 'timestamp' ? DAY_SECONDS * PER_SECOND[type.unit] : null
}
