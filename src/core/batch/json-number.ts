/**
 * The value of a JSON number token, exactly. The token `bytes[start … end)` has been checked by
 * `JsonScanner`. Whole and decimal numbers never pass through float64, so no digit is lost.
 */

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const TWO_32 = 4294967296

/** Powers of ten that float64 holds exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

const DECODER = new TextDecoder('latin1')

/** A plain integer of at most 15 digits, else NaN: the fast path of every whole-number column. */
export function smallInteger(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS
  let p = negative ? start + 1 : start
  if (end - p > 15) return Number.NaN
  let value = 0
  for (; p < end; p++) {
    const digit = bytes[p]! - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return negative ? -value : value
}

export const WHOLE = 0
export const NOT_WHOLE = 1
export const TOO_BIG = 2
export type Reading = typeof WHOLE | typeof NOT_WHOLE | typeof TOO_BIG

/** Why a number is none of a column's type, in the words that follow the column's name. */
export const OUT_OF_RANGE = 'is out of range'
export const TOO_FINE = 'has digits finer than its scale'

/** A whole number of up to 64 bits: sign and magnitude, the magnitude in two uint32 halves. */
export class Whole implements DigitSink {
  negative = false
  low = 0
  high = 0

  /**
   * Reads number · 10^scale. Returns `WHOLE`, or why there is no such whole number: `NOT_WHOLE` where digits
   * would be cut, `TOO_BIG` where the magnitude passes 64 bits.
   */
  read(bytes: Uint8Array, start: number, end: number, scale: number): Reading {
    this.negative = bytes[start] === MINUS
    this.low = 0
    this.high = 0
    return readDigits(this, bytes, start, end, scale)
  }

  /** The number as a float64: exact to 2^53. */
  toNumber(): number {
    const magnitude = this.high * TWO_32 + this.low
    return this.negative ? -magnitude : magnitude
  }

  /** Whether it lies in the range of int64, or of uint64. */
  fits(unsigned: boolean): boolean {
    if (unsigned) return !this.negative || (this.low === 0 && this.high === 0)
    return this.high < 0x80000000 || (this.negative && this.high === 0x80000000 && this.low === 0)
  }

  /** Writes the two's complement halves as row `row` of an i64 column. */
  write(values: Int32Array, row: number): void {
    let low = this.low | 0
    let high = this.high | 0
    if (this.negative) {
      low = -low | 0
      high = low === 0 ? -high | 0 : ~high
    }
    values[2 * row] = low
    values[2 * row + 1] = high
  }

  get isZero(): boolean {
    return this.low === 0 && this.high === 0
  }

  /** Appends a digit; false where 64 bits do not hold the result. */
  append(digit: number): boolean {
    const low = this.low * 10 + digit
    const carry = Math.floor(low / TWO_32)
    const high = this.high * 10 + carry
    if (high >= TWO_32) return false
    this.low = low - carry * TWO_32
    this.high = high
    return true
  }
}

/** What digits are appended to; it holds 0 before the first. */
export interface DigitSink {
  readonly isZero: boolean
  /** Appends a digit; false where there is no room for the result. */
  append(digit: number): boolean
}

/** Appends the digits of number · 10^scale. */
export function readDigits(
  whole: DigitSink,
  bytes: Uint8Array,
  start: number,
  end: number,
  scale: number,
): Reading {
  let mantissaEnd = start
  while (mantissaEnd < end && (bytes[mantissaEnd]! | 0x20) !== 0x65) mantissaEnd++
  let point = start
  while (point < mantissaEnd && bytes[point] !== POINT) point++
  const first = bytes[start] === MINUS ? start + 1 : start
  // Digits left of the scaled decimal point: these are the number, those right of it must be zero.
  let left = point - first + exponentOf(bytes, mantissaEnd, end) + scale
  for (let p = first; p < mantissaEnd; p++) {
    const byte = bytes[p]!
    if (byte === POINT) continue
    if (left > 0) {
      if (!whole.append(byte - ZERO)) return TOO_BIG
    } else if (byte !== ZERO) return NOT_WHOLE
    left--
  }
  if (whole.isZero) return WHOLE
  for (; left > 0; left--) if (!whole.append(0)) return TOO_BIG
  return WHOLE
}

/**
 * The nearest float64; ±Infinity where it is too big. Up to 15 digits and |exponent| ≤ 22 are one exact
 * operation (Clinger 1990), everything else is left to the engine.
 */
export function readDouble(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS
  let p = negative ? start + 1 : start
  let mantissa = 0
  let digits = 0
  let fraction = 0
  let pointSeen = 0
  for (; p < end; p++) {
    const digit = bytes[p]! - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      if (mantissa !== 0) digits++
      fraction += pointSeen
    } else if (bytes[p] === POINT) pointSeen = 1
    else break
    if (digits > 15) return Number(latin1(bytes, start, end))
  }
  const exponent = (p < end ? exponentOf(bytes, p, end) : 0) - fraction
  if (exponent < -22 || exponent > 22) return Number(latin1(bytes, start, end))
  const magnitude = exponent < 0 ? mantissa / TENS[-exponent]! : mantissa * TENS[exponent]!
  return negative ? -magnitude : magnitude
}

/** ASCII bytes as a string. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64) return DECODER.decode(bytes.subarray(start, end))
  let text = ''
  for (let p = start; p < end; p++) text += String.fromCharCode(bytes[p]!)
  return text
}

/** The exponent from `e` at `pos`; 0 where the token has none. Cut at ±10^8, beyond any token's length. */
function exponentOf(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) return 0
  let p = pos + 1
  const sign = bytes[p]!
  if (sign === MINUS || sign === 0x2b) p++
  let value = 0
  for (; p < end; p++) value = Math.min(value * 10 + bytes[p]! - ZERO, 1e8)
  return sign === MINUS ? -value : value
}
