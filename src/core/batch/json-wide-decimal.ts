/**
 * JSON numbers → decimals of more digits than 64 bits hold, 16 bytes each (see wide-decimal.ts). Exact: a number never
 * passes through float64.
 */

import type { ColumnBuilder } from './column-builder.ts'
import type { DigitSink } from './json-number.ts'
import { NOT_WHOLE, OUT_OF_RANGE, readDigits, TOO_BIG, TOO_FINE } from './json-number.ts'
import { WIDE_DECIMAL_BYTES, WideNumber } from './wide-decimal.ts'

const MINUS = 0x2d

/** Writes number tokens into one column of decimals of one precision and scale. */
export class WideDecimals {
  readonly #scale: number
  readonly #value = new WideNumber()
  readonly #digits: DigitSink
  /** Least magnitude that the type does not hold. */
  readonly #limit = new WideNumber()

  constructor(precision: number, scale: number) {
    const value = this.#value
    this.#scale = scale
    this.#digits = {
      get isZero() {
        return value.isZero
      },
      append: digit => value.multiplyAdd(10, digit),
    }
    this.#limit.multiplyAdd(1, 1)
    this.#limit.shiftDigits(precision)
  }

  /** The token `bytes[start … end)` as row `row`, room for which is reserved; a reason where it is no such decimal. */
  write(builder: ColumnBuilder, row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const value = this.#value
    value.setZero()
    const status = readDigits(this.#digits, bytes, start, end, this.#scale)
    if (status === NOT_WHOLE) return TOO_FINE
    if (status === TOO_BIG || !value.isBelow(this.#limit)) return OUT_OF_RANGE
    value.negative = bytes[start] === MINUS
    const at = builder.reserveBytes(row, WIDE_DECIMAL_BYTES)
    value.write(builder.arena, at)
    builder.offsets[row + 1] = at + WIDE_DECIMAL_BYTES
    return null
  }
}
