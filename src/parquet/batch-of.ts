/**
 * Plain values → a batch: for small data, examples and tests. Whoever has much fills typed arrays.
 *
 * Invariant: what a column cannot hold exactly is refused, never rounded or cut.
 */

import type { Batch, Column, ColumnType, Field, Schema } from '../core/batch/index.ts'
import { DAY_TICKS, physicalKind, wideDecimalBytes } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'

/**
 * A value by the type of its column:
 * - bool: boolean
 * - whole numbers: number or bigint; date: days since the epoch, or a Date at midnight UTC
 * - timestamp: number or bigint of its unit since the epoch, or a Date; time: of its unit since midnight
 * - decimal: the number without its point
 * - float32, float64: number
 * - utf8: string; binary: Uint8Array
 */
export type GivenValue = boolean | number | bigint | string | Date | Uint8Array | null | undefined

const UTF8 = new TextEncoder()
const DAY_MS = 86_400_000n
/** Milliseconds × this / that are the ticks of a unit. */
const TICKS_PER_MS = { s: [1n, 1000n], ms: [1n, 1n], us: [1000n, 1n], ns: [1_000_000n, 1n] } as const

/** A batch of the columns of `schema`, each from a list of values; raises `argument-invalid` for what does not fit. */
export function batchOf(schema: Schema, values: Readonly<Record<string, readonly GivenValue[]>>): Batch {
  const lists = schema.map(({ name }) => values[name] ?? [])
  const rows = lists[0]?.length ?? 0
  const columns = schema.map((field, c) => {
    const list = lists[c]!
    if (list.length !== rows)
      throw wrong(field, `has ${list.length} values, column '${schema[0]!.name}' has ${rows}`)
    return columnOf(field, list)
  })
  return { schema, rows, columns }
}

function columnOf(field: Field, list: readonly GivenValue[]): Column {
  const valid = list.some(value => value == null)
    ? Uint8Array.from(list, value => (value == null ? 0 : 1))
    : null
  switch (physicalKind(field.type)) {
    case 'i32': {
      const values = Int32Array.from(list, value => Number(BigInt.asIntN(32, wholeOf(field, value))))
      return { kind: 'i32', values, valid }
    }
    case 'i64': {
      const words = new BigInt64Array(list.length)
      for (const [row, value] of list.entries()) words[row] = BigInt.asIntN(64, wholeOf(field, value))
      return { kind: 'i64', values: new Int32Array(words.buffer), valid }
    }
    case 'f64':
      return { kind: 'f64', values: Float64Array.from(list, value => floatOf(field, value)), valid }
    case 'bytes': {
      const parts = list.map(value => bytesOf(field, value))
      const offsets = new Int32Array(list.length + 1)
      for (const [row, part] of parts.entries()) offsets[row + 1] = offsets[row]! + part.length
      const bytes = new Uint8Array(offsets.at(-1)!)
      for (const [row, part] of parts.entries()) bytes.set(part, offsets[row]!)
      return { kind: 'bytes', offsets, bytes, valid }
    }
  }
}

/** A whole number within the range of the type; 0 for null. */
function wholeOf(field: Field, value: GivenValue): bigint {
  if (value == null) return 0n
  const { type } = field
  if (type.name === 'bool') {
    if (typeof value !== 'boolean') throw wrong(field, `cannot hold ${String(value)}`)
    return value ? 1n : 0n
  }
  const whole = value instanceof Date ? ticksOf(field, value) : value
  if (typeof whole !== 'bigint' && !Number.isSafeInteger(whole))
    throw wrong(field, `cannot hold ${String(value)}`)
  const number = BigInt(whole as number | bigint)
  const [least, most] = wholeRange(type)
  if (number < least || number > most) throw wrong(field, `cannot hold ${number}`)
  return number
}

function ticksOf(field: Field, date: Date): bigint | null {
  const ms = date.getTime()
  if (!Number.isSafeInteger(ms)) return null
  if (field.type.name === 'timestamp') {
    const [times, over] = TICKS_PER_MS[field.type.unit]
    return (BigInt(ms) * times) % over === 0n ? (BigInt(ms) * times) / over : null
  }
  return field.type.name === 'date' && BigInt(ms) % DAY_MS === 0n ? BigInt(ms) / DAY_MS : null
}

/** Smallest and largest whole number that a type of whole numbers has; of a bool, 0 and 1. */
export function wholeRange(type: ColumnType): readonly [bigint, bigint] {
  if (type.name === 'bool') return [0n, 1n]
  if (type.name === 'time') return [0n, BigInt(DAY_TICKS[type.unit])] // with 24:00, which some have
  if (type.name === 'decimal') return [1n - 10n ** BigInt(type.precision), 10n ** BigInt(type.precision) - 1n]
  const bits = /^u?int(8|16|32)$/.exec(type.name)?.[1] ?? (type.name === 'date' ? 32 : 64)
  const size = 1n << BigInt(bits)
  return type.name.startsWith('uint') ? [0n, size - 1n] : [-size / 2n, size / 2n - 1n]
}

function floatOf(field: Field, value: GivenValue): number {
  if (value == null) return 0
  if (typeof value !== 'number') throw wrong(field, `cannot hold ${String(value)}`)
  return field.type.name === 'float32' ? Math.fround(value) : value
}

function bytesOf(field: Field, value: GivenValue): Uint8Array {
  if (value == null) return new Uint8Array(0)
  if (field.type.name === 'decimal') return wideDecimalBytes(wholeOf(field, value))
  if (field.type.name === 'utf8' && typeof value === 'string') return UTF8.encode(value)
  if (field.type.name === 'binary' && value instanceof Uint8Array) return value
  throw wrong(field, `cannot hold ${String(value)}`)
}

function wrong({ name, type }: Field, what: string): HindcastError {
  return new HindcastError('argument-invalid', `column '${name}' (${type.name}) ${what}`, {
    where: { column: name },
  })
}
