/**
 * Column statistics as DuckDB prints them → milliseconds since the epoch, rounded outward. What does not parse is
 * null: a missing statistic costs memory, a wrong one would cost the order.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'

export interface TimeRange {
  readonly minMs: number | null
  readonly maxMs: number | null
}

const NO_RANGE: TimeRange = { minMs: null, maxMs: null }
const DAY_MS = 86_400_000
const MS_PER_UNIT: Record<TimeUnit, number> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }

/** Times of a column from its printed smallest and largest value; `unit` is needed for numbers only. */
export function timeRange(
  type: ColumnType,
  unit: TimeUnit | undefined,
  min: string | null,
  max: string | null,
): TimeRange {
  const parse = parserOf(type, unit)
  if (parse === null || min === null || max === null) return NO_RANGE
  const range = { minMs: floored(parse(min)), maxMs: ceiled(parse(max)) }
  return range.minMs !== null && range.maxMs !== null && range.minMs <= range.maxMs ? range : NO_RANGE
}

function parserOf(type: ColumnType, unit: TimeUnit | undefined): ((text: string) => number | null) | null {
  switch (type.name) {
    case 'timestamp':
    case 'date':
      return timestampMs
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float32':
    case 'float64':
      return unit === undefined ? null : text => numberMs(text, unit)
    default:
      return null
  }
}

function numberMs(text: string, unit: TimeUnit): number | null {
  if (!/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text)) return null
  const value = Number(text)
  // division by a whole number is correctly rounded, multiplication by 1e-3 is not
  return unit === 'us' ? value / 1000 : unit === 'ns' ? value / 1e6 : value * MS_PER_UNIT[unit]
}

const TIMESTAMP = /^(\d{4,7})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?:\+00)?( \(BC\))?$/

/** `2001-01-01 00:00:00.5`, with `+00` for UTC and ` (BC)` for years before 1; in ms with a fraction. */
function timestampMs(text: string): number | null {
  const match = TIMESTAMP.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const days = daysFromCivil(match[8] === undefined ? year : 1 - year, month, day)
  const fraction = match[7] === undefined ? 0 : Number(match[7].padEnd(9, '0')) / 1e6
  return days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
}

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Hinnant's algorithm); Date ends at 275760. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Rounded outward; beyond 2^53 by one part in 2^52 more, as text and sum are no longer exact there. */
function floored(ms: number | null): number | null {
  if (ms === null) return null
  return Number.isSafeInteger(Math.floor(ms)) ? Math.floor(ms) : ms - Math.abs(ms) * 2 ** -50
}

function ceiled(ms: number | null): number | null {
  if (ms === null) return null
  return Number.isSafeInteger(Math.ceil(ms)) ? Math.ceil(ms) : ms + Math.abs(ms) * 2 ** -50
}
