/**
 * Column statistics as DuckDB prints them → milliseconds since the epoch, rounded outward. What does not parse is
 * null: a missing statistic costs memory, a wrong one would cost the order.
 */

import type { ColumnType } from '../../../../src/core/batch/index.ts'
import type { TimeUnit } from '../../../../src/core/time.ts'

export interface TimeRange {
  readonly minMs: number | null
  readonly maxMs: number | null
}

/** One printed value: the millisecond it lies in, and whether it lies behind its beginning. */
interface Moment {
  readonly ms: number
  readonly fraction: boolean
}

/** Nothing is known. */
export const NO_RANGE: TimeRange = { minMs: null, maxMs: null }
const DAY_MS = 86_400_000

/** Times of a column from its printed smallest and largest value; `unit` is needed for numbers only. */
export function timeRange(
  type: ColumnType,
  unit: TimeUnit | undefined,
  min: string | null,
  max: string | null,
): TimeRange {
  const parse = parserOf(type, unit)
  if (parse === null || min === null || max === null) return NO_RANGE
  const [low, high] = [parse(min), parse(max)]
  if (low === null || high === null) return NO_RANGE
  const range = { minMs: outward(low.ms, -1), maxMs: outward(high.ms, 1) + (high.fraction ? 1 : 0) }
  return range.minMs <= range.maxMs ? range : NO_RANGE
}

function parserOf(type: ColumnType, unit: TimeUnit | undefined): ((text: string) => Moment | null) | null {
  switch (type.name) {
    case 'timestamp':
    case 'date':
      return timestampMoment
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return unit === undefined ? null : text => integerMoment(text, unit)
    case 'float32':
    case 'float64':
      return unit === undefined ? null : text => floatMoment(text, unit)
    default:
      return null
  }
}

/** Exact: BigInt costs nothing here, and a float64 would round large microseconds across a millisecond. */
function integerMoment(text: string, unit: TimeUnit): Moment | null {
  if (!/^-?\d{1,20}$/.test(text)) return null
  const value = BigInt(text)
  if (unit === 's') return { ms: Number(value * 1000n), fraction: false }
  if (unit === 'ms') return { ms: Number(value), fraction: false }
  const perMs = unit === 'us' ? 1000n : 1_000_000n
  const rest = ((value % perMs) + perMs) % perMs
  return { ms: Number((value - rest) / perMs), fraction: rest !== 0n }
}

/** A millisecond wider than need be, as multiplying rounds. */
function floatMoment(text: string, unit: TimeUnit): Moment | null {
  const value = /^-?\d/.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(value)) return null
  const ms = { s: value * 1000, ms: value, us: value / 1000, ns: value / 1e6 }[unit]
  return { ms: Math.floor(ms), fraction: true }
}

const TIMESTAMP = /^(\d{4,7})-(\d\d)-(\d\d)( \(BC\))?(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?:\+00)?$/

/** `2001-01-01 00:00:00.5`, with `+00` for UTC and ` (BC)` behind the date for years before 1. */
function timestampMoment(text: string): Moment | null {
  const match = TIMESTAMP.exec(text)
  if (match === null) return null
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number]
  const [hour, minute, second] = match.slice(5, 8).map(part => Number(part ?? 0)) as [number, number, number]
  const nanos = Number((match[8] ?? '').padEnd(9, '0'))
  const days = daysFromCivil(match[4] === undefined ? year : 1 - year, month, day)
  const ms = days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + Math.floor(nanos / 1e6)
  return { ms, fraction: nanos % 1e6 !== 0 }
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's algorithm); Date ends in 275760. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Beyond 2^53 a float64 has been rounded, by half of 2^-52 of it at most. */
function outward(ms: number, sign: 1 | -1): number {
  return Number.isSafeInteger(ms) ? ms : ms + sign * Math.abs(ms) * 2 ** -52
}
