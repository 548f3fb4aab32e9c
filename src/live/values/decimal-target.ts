/**
 * Decimals as Avro writes them (two's complement, big-endian, any width) → a column of decimals. Exact: a number that
 * the column's precision or scale does not hold is refused.
 *
 * Three ways: up to 8 bytes at the column's own scale are two int32 halves; up to 16 bytes into a column of 19 digits or
 * more are limbs; what is left (another scale, sizes that do not match) goes through text, which is slow and rare.
 */

import type { ColumnBuilder } from '../../core/batch/index.ts'
import { isWideDecimal, TextColumn, WIDE_DECIMAL_BYTES, WideNumber } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'

const OUT_OF_RANGE = 'is out of range'
/** Zero is one byte of 0; Java's BigInteger refuses none as well. */
const NO_DIGITS = 'is a decimal without bytes'
/** Digits beyond these are in no column; 10^38 has 16 bytes, and a scale may hide as many again. */
const BYTES_MAX = 34

export class DecimalTarget {
  readonly #builder: ColumnBuilder
  readonly #sourceScale: number
  readonly #isSameScale: boolean
  readonly #isWide: boolean
  /** 10^precision: of the magnitude, the least that does not fit. */
  readonly #limitLow: number
  readonly #limitHigh: number
  readonly #limit = new WideNumber()
  readonly #number = new WideNumber()
  readonly #scratch = new Uint8Array(WIDE_DECIMAL_BYTES)
  readonly #text: TextColumn

  constructor(builder: ColumnBuilder, sourceScale: number) {
    const { type } = builder.field
    assert(type.name === 'decimal', 'a decimal goes into a column of decimals')
    this.#builder = builder
    this.#sourceScale = sourceScale
    this.#isSameScale = type.scale === sourceScale
    this.#isWide = isWideDecimal(type)
    const limit = 10n ** BigInt(type.precision)
    this.#limitLow = Number(limit & 0xffffffffn)
    this.#limitHigh = Number((limit >> 32n) & 0xffffffffn)
    this.#limit.multiplyAdd(1, 1)
    this.#limit.shiftDigits(type.precision)
    this.#text = new TextColumn(builder)
  }

  /** The number in `bytes[start … end)` as row `row`; the reason where it does not fit, to follow the column's name. */
  write(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (start === end) return NO_DIGITS
    const first = firstByte(bytes, start, end)
    if (this.#isSameScale && this.#isWide && end - first <= WIDE_DECIMAL_BYTES)
      return this.#writeWide(row, bytes, first, end)
    if (this.#isSameScale && !this.#isWide && end - first <= 8)
      return this.#writeHalves(row, bytes, first, end)
    return this.#writeText(row, bytes, first, end)
  }

  #writeHalves(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const sign = start < end && bytes[start]! >= 0x80 ? -1 : 0
    let low = sign
    let high = sign
    for (let p = start; p < end; p++) {
      high = (high << 8) | (low >>> 24)
      low = (low << 8) | bytes[p]!
    }
    const magnitudeLow = (sign === 0 ? low : -low) >>> 0
    const magnitudeHigh = (sign === 0 ? high : low === 0 ? -high : ~high) >>> 0
    const fits =
      magnitudeHigh < this.#limitHigh || (magnitudeHigh === this.#limitHigh && magnitudeLow < this.#limitLow)
    if (!fits) return OUT_OF_RANGE
    this.#builder.setValid(row)
    this.#builder.int32[2 * row] = low
    this.#builder.int32[2 * row + 1] = high
    return null
  }

  #writeWide(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    const scratch = this.#scratch
    scratch.fill(start < end && bytes[start]! >= 0x80 ? 0xff : 0)
    for (let p = end - 1, to = WIDE_DECIMAL_BYTES - 1; p >= start; p--, to--) scratch[to] = bytes[p]!
    this.#number.setBytes(scratch, 0)
    if (!this.#number.isBelow(this.#limit)) return OUT_OF_RANGE
    const at = this.#builder.reserveBytes(row, WIDE_DECIMAL_BYTES)
    this.#number.write(this.#builder.arena, at)
    this.#builder.offsets[row + 1] = at + WIDE_DECIMAL_BYTES
    this.#builder.setValid(row)
    return null
  }

  #writeText(row: number, bytes: Uint8Array, start: number, end: number): string | null {
    if (end - start > BYTES_MAX) return OUT_OF_RANGE
    const text = new TextEncoder().encode(`${bigIntOf(bytes, start, end)}e-${this.#sourceScale}`)
    return this.#text.write(row, text, 0, text.length)
  }
}

/** The unscaled number of `bytes[start … end)`. */
export function bigIntOf(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n
  for (let p = start; p < end; p++) value = (value << 8n) | BigInt(bytes[p]!)
  return BigInt.asIntN(8 * (end - start), value)
}

/** Position of the first byte that is more than a repetition of the sign. */
export function firstByte(bytes: Uint8Array, start: number, end: number): number {
  let p = start
  while (p + 1 < end) {
    const isSign = bytes[p] === 0 ? bytes[p + 1]! < 0x80 : bytes[p] === 0xff && bytes[p + 1]! >= 0x80
    if (!isSign) break
    p++
  }
  return p
}
