/**
 * ISO 8601 text → date, timestamp or time of day, exactly.
 *
 *     date      := year '-' MM '-' DD            year: YYYY, or sign and six digits (as ECMAScript writes it)
 *     timestamp := date [('T' | ' ') clock [zone]]
 *     clock     := HH ':' MM [':' SS ['.' digits]]
 *     zone      := 'Z' | ('+' | '-') HH [[':'] MM]
 *     time      := clock ['Z']                   'Z' where the type is of UTC
 *
 * A time without zone is UTC (C1). Digits finer than the unit must be zero: nothing is rounded. The calendar
 * is the proleptic Gregorian one; leap seconds are refused, and 24:00 where it has a date.
 */

import type { TimeUnit } from '../time.ts'

const ZERO = 0x30
const TWO_32 = 4294967296
const DAYS_BEFORE_MONTH = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

const UNIT_DIGITS: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 }

/** Reads one time at a time; the results stay in the fields until the next read. */
export class IsoTime {
  /** Days since the epoch of the last date read. */
  days = 0
  /** The last timestamp as int64 halves. */
  low = 0
  high = 0
  /** Of the last clock, rounded down. */
  #seconds = 0
  #nanos = 0

  /** Reads a date that fills `bytes[start … end)`; a reason where it is none. */
  readDate(bytes: Uint8Array, start: number, end: number): string | null {
    const p = this.#date(bytes, start, end)
    return p === end ? null : 'is not a date (YYYY-MM-DD)'
  }

  /** Reads a timestamp that fills `bytes[start … end)` in units of `unit`; a reason where it is none. */
  readTimestamp(bytes: Uint8Array, start: number, end: number, unit: TimeUnit): string | null {
    const date = this.#date(bytes, start, end)
    if (date < 0) return NOT_A_TIME
    const seconds = this.days * 86_400
    if (date === end) return this.#store(seconds, 0, unit)
    if (bytes[date] !== 0x54 && bytes[date] !== 0x74 && bytes[date] !== 0x20) return NOT_A_TIME
    const p = this.#clock(bytes, date + 1, end, unit)
    if (p === FINER) return `has digits finer than its unit (${unit})`
    if (p < 0 || this.#seconds >= 86_400) return NOT_A_TIME
    const offset = zoneSeconds(bytes, p, end)
    return Number.isNaN(offset)
      ? NOT_A_TIME
      : this.#store(seconds + this.#seconds - offset, this.#nanos, unit)
  }

  /** Reads a time of day that fills `bytes[start … end)` in units of `unit`; a reason where it is none. */
  readTime(bytes: Uint8Array, start: number, end: number, unit: TimeUnit, utc: boolean): string | null {
    const p = this.#clock(bytes, start, end, unit)
    if (p === FINER) return `has digits finer than its unit (${unit})`
    const isWhole = p === end || (utc && p === end - 1 && (bytes[p]! | 0x20) === 0x7a)
    if (p < 0 || !isWhole || this.#seconds + this.#nanos / 1e9 > 86_400) return 'is not a time (HH:MM:SS)'
    return this.#store(this.#seconds, this.#nanos, unit)
  }

  /** Position after the clock at `pos`, or -1; `FINER` where digits would be cut. Hours go to 24, whatever is behind them. */
  #clock(bytes: Uint8Array, pos: number, end: number, unit: TimeUnit): number {
    const hours = twoDigits(bytes, pos, end)
    const minutes = bytes[pos + 2] === 0x3a ? twoDigits(bytes, pos + 3, end) : -1
    if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59) return -1
    this.#seconds = hours * 3600 + minutes * 60
    this.#nanos = 0
    let p = pos + 5
    if (p >= end || bytes[p] !== 0x3a) return p
    const second = twoDigits(bytes, p + 1, end)
    if (second < 0 || second > 59) return -1
    this.#seconds += second
    p += 3
    if (p >= end || (bytes[p] !== 0x2e && bytes[p] !== 0x2c)) return p
    const digits = p + 1
    let scale = 100_000_000
    for (p = digits; p < end && isDigit(bytes[p]!); p++) {
      if (p - digits >= UNIT_DIGITS[unit] && bytes[p] !== ZERO) return FINER
      this.#nanos += (bytes[p]! - ZERO) * scale
      scale = Math.floor(scale / 10)
    }
    return p === digits ? -1 : p
  }

  /** Position after the date at `pos`, or -1. */
  #date(bytes: Uint8Array, pos: number, end: number): number {
    let p = pos
    let width = 4
    const sign = p < end ? bytes[p]! : 0
    if (sign === 0x2b || sign === 0x2d) {
      width = 6
      p++
    }
    if (p + width + 6 > end) return -1
    let year = 0
    for (const stop = p + width; p < stop; p++) {
      if (!isDigit(bytes[p]!)) return -1
      year = year * 10 + bytes[p]! - ZERO
    }
    if (sign === 0x2d) year = -year
    const month = bytes[p] === 0x2d ? twoDigits(bytes, p + 1, end) : -1
    const day = bytes[p + 3] === 0x2d ? twoDigits(bytes, p + 4, end) : -1
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return -1
    this.days = daysFromCivil(year, month, day)
    return p + 6
  }

  /**
   * seconds · unit + nanos as int64 halves. Seconds stay below 2^46, so split at 2^22 every product below is
   * exact in float64.
   */
  #store(seconds: number, nanos: number, unit: TimeUnit): string | null {
    const digits = UNIT_DIGITS[unit]
    const perSecond = 10 ** digits
    const upper = Math.floor(seconds / 4194304)
    const lower = seconds - upper * 4194304
    const product = upper * perSecond
    const productUpper = Math.floor(product / 1024)
    const sum = (product - productUpper * 1024) * 4194304 + lower * perSecond + nanos / 10 ** (9 - digits)
    const carry = Math.floor(sum / TWO_32)
    const high = productUpper + carry
    if (high < -2147483648 || high > 2147483647) return `is out of range of ${unit} in 64 bits`
    this.low = (sum - carry * TWO_32) | 0
    this.high = high
    return null
  }
}

const NOT_A_TIME = 'is not an ISO 8601 time'
/** No position. */
const FINER = -2

/** Seconds east of UTC of the zone that fills `bytes[pos … end)`; 0 where there is none, NaN where it is wrong. */
function zoneSeconds(bytes: Uint8Array, pos: number, end: number): number {
  if (pos === end) return 0
  const sign = bytes[pos]!
  if (sign === 0x5a || sign === 0x7a) return pos + 1 === end ? 0 : Number.NaN
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN
  const hours = twoDigits(bytes, pos + 1, end)
  let p = pos + 3
  let minutes = 0
  if (p < end) {
    if (bytes[p] === 0x3a) p++
    minutes = twoDigits(bytes, p, end)
    p += 2
  }
  if (p !== end || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN
  const seconds = hours * 3600 + minutes * 60
  return sign === 0x2d ? -seconds : seconds
}

function twoDigits(bytes: Uint8Array, pos: number, end: number): number {
  if (pos + 2 > end || !isDigit(bytes[pos]!) || !isDigit(bytes[pos + 1]!)) return -1
  return (bytes[pos]! - ZERO) * 10 + bytes[pos + 1]! - ZERO
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 of a proleptic Gregorian date. */
function daysFromCivil(year: number, month: number, day: number): number {
  const before = year - 1
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const leapDay = month > 2 && isLeap(year) ? 1 : 0
  return before * 365 + leaps + DAYS_BEFORE_MONTH[month]! + leapDay + day - 719_163
}

/** Milliseconds since the epoch of ISO 8601 text of up to microseconds, rounded down; null where it is none. */
export function msOfIsoText(text: string): number | null {
  const bytes = new TextEncoder().encode(text)
  const iso = new IsoTime()
  if (iso.readTimestamp(bytes, 0, bytes.length, 'us') !== null) return null
  return Math.floor((iso.high * TWO_32 + (iso.low >>> 0)) / 1000)
}
