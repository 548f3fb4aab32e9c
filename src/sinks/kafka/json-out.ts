/**
 * Bytes of JSON text, one after the other in memory that grows. Numbers and text are written digit by digit: no string
 * is made where the value allows it.
 */

const DIGITS_MAX = 20
const ZERO = 0x30
const MINUS = 0x2d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = '0123456789abcdef'
/** Characters that have an escape of two bytes. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x08, 0x62],
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0c, 0x66],
  [0x0d, 0x72],
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
])

export class JsonOut {
  bytes: Uint8Array
  /** Where the next byte goes. */
  at = 0

  constructor(bytes = 64 * 1024) {
    this.bytes = new Uint8Array(bytes)
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + count))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  raw(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start)
    this.#copy(source, start, end)
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i)
  }

  /** A whole number, |value| ≤ 2^53. */
  whole(value: number): void {
    this.reserve(DIGITS_MAX)
    if (value < 0) this.bytes[this.at++] = MINUS
    let rest = Math.abs(value)
    let width = 1
    for (let bound = 10; rest >= bound; bound *= 10) width++
    let at = this.at + width
    this.at = at
    while (rest > 2_147_483_647) {
      const quotient = Math.floor(rest / 10)
      this.bytes[--at] = ZERO + (rest - quotient * 10)
      rest = quotient
    }
    let small = rest | 0
    do {
      const quotient = (small / 10) | 0
      this.bytes[--at] = ZERO + (small - quotient * 10)
      small = quotient
    } while (small > 0)
  }

  /** A number of exactly `width` digits, zeros in front. */
  digits(value: number, width: number): void {
    this.reserve(width)
    let rest = value
    for (let at = this.at + width - 1; at >= this.at; at--) {
      const quotient = Math.floor(rest / 10)
      this.bytes[at] = ZERO + (rest - quotient * 10)
      rest = quotient
    }
    this.at += width
  }

  /** UTF-8 text in quotes; only what JSON demands is escaped. */
  text(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start + 2)
    this.bytes[this.at++] = QUOTE
    let from = start
    for (let i = start; i < end; i++) {
      const byte = source[i]!
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) continue
      this.reserve(end - from + 7)
      this.#copy(source, from, i)
      this.#escape(byte)
      from = i + 1
    }
    this.reserve(end - from + 1)
    this.#copy(source, from, end)
    this.bytes[this.at++] = QUOTE
  }

  #escape(byte: number): void {
    const short = SHORT_ESCAPES.get(byte)
    this.bytes[this.at++] = BACKSLASH
    if (short !== undefined) this.bytes[this.at++] = short
    else this.ascii(`u00${HEX[byte >> 4]}${HEX[byte & 15]}`)
  }

  /** Short pieces byte by byte: setting up a copy takes longer. */
  #copy(source: Uint8Array, start: number, end: number): void {
    if (end - start < 32) {
      for (let i = start; i < end; i++) this.bytes[this.at++] = source[i]!
      return
    }
    this.bytes.set(source.subarray(start, end), this.at)
    this.at += end - start
  }
}
