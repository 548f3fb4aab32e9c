/**
 * The grammar of JSON (RFC 8259) over UTF-8 bytes: where tokens end, and whether they are well formed.
 *
 * Nothing is built: a scan returns the position after the token, or `FAULT` with the reason in `fault`. It is
 * stricter than `JSON.parse` in three ways: UTF-8 must be valid, escaped surrogates must come in pairs, and
 * nesting is bounded. It never recurses and never reads past `end`.
 */

import { LIMITS } from '../../limits.ts'

/** Returned instead of a position where the bytes are not JSON. */
export const FAULT = -1

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const COLON = 0x3a
const BACKSLASH = 0x5c

/** Bytes that may follow a backslash, `u` excepted: " \ / b f n r t. */
const SIMPLE_ESCAPE = byteSet([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74])

/** Position of the first byte at or after `pos` that is not JSON white space. */
export function skipSpace(bytes: Uint8Array, pos: number, end: number): number {
  let p = pos
  while (p < end) {
    const byte = bytes[p]!
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    p++
  }
  return p
}

/**
 * Position after the UTF-8 sequence that starts at `pos` with a byte ≥ 0x80, or `FAULT`: overlong forms,
 * surrogates, and code points past U+10FFFF are refused (Unicode table 3-7).
 */
export function skipUtf8(bytes: Uint8Array, pos: number, end: number): number {
  const lead = bytes[pos]!
  let length = 2
  let secondMin = 0x80
  let secondMax = 0xbf
  if (lead >= 0xc2 && lead <= 0xdf) length = 2
  else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3
    if (lead === 0xe0) secondMin = 0xa0
    if (lead === 0xed) secondMax = 0x9f
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4
    if (lead === 0xf0) secondMin = 0x90
    if (lead === 0xf4) secondMax = 0x8f
  } else return FAULT
  if (pos + length > end) return FAULT
  const second = bytes[pos + 1]!
  if (second < secondMin || second > secondMax) return FAULT
  for (let i = 2; i < length; i++) if ((bytes[pos + i]! & 0xc0) !== 0x80) return FAULT
  return pos + length
}

/** The four hex digits at `pos` as a number, or `FAULT`. */
export function hex4(bytes: Uint8Array, pos: number, end: number): number {
  if (pos + 4 > end) return FAULT
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[pos + i]!
    const lower = byte | 0x20
    if (byte >= ZERO && byte <= 0x39) value = value * 16 + byte - ZERO
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57
    else return FAULT
  }
  return value
}

/** One scanner may be used for any number of documents, one at a time. */
export class JsonScanner {
  /** Why the last scan that returned `FAULT` failed. */
  fault = ''
  /** Where it failed. */
  faultAt = 0
  /** Whether the last string had escapes. */
  escaped = false
  /** 1 for an object, 0 for an array, a level. */
  readonly #open = new Uint8Array(LIMITS.jsonDepthMax)

  fail(reason: string, at: number): typeof FAULT {
    this.fault = reason
    this.faultAt = at
    return FAULT
  }

  /** Position after the string whose opening quote is at `pos`. */
  string(bytes: Uint8Array, pos: number, end: number): number {
    this.escaped = false
    let p = pos + 1
    while (p < end) {
      const byte = bytes[p]!
      if (byte === QUOTE) return p + 1
      if (byte === BACKSLASH) {
        this.escaped = true
        p = this.#escape(bytes, p, end)
        if (p === FAULT) return FAULT
      } else if (byte < 0x20) return this.fail('a control character in a string', p)
      else if (byte < 0x80) p++
      else {
        const next = skipUtf8(bytes, p, end)
        if (next === FAULT) return this.fail('a string is not UTF-8', p)
        p = next
      }
    }
    return this.fail('a string does not end', pos)
  }

  /** Position after the number that starts at `pos`. */
  number(bytes: Uint8Array, pos: number, end: number): number {
    let p = bytes[pos] === MINUS ? pos + 1 : pos
    const integer = p
    p = skipDigits(bytes, p, end)
    if (p === integer || (bytes[integer] === ZERO && p > integer + 1))
      return this.fail('not a JSON value', pos)
    if (p < end && bytes[p] === 0x2e) {
      const fraction = p + 1
      p = skipDigits(bytes, fraction, end)
      if (p === fraction) return this.fail('a number ends in a point', pos)
    }
    if (p < end && (bytes[p]! | 0x20) === 0x65) {
      p++
      if (p < end && (bytes[p] === 0x2b || bytes[p] === MINUS)) p++
      const exponent = p
      p = skipDigits(bytes, exponent, end)
      if (p === exponent) return this.fail('a number ends in its exponent', pos)
    }
    return p
  }

  /** Position after the value of any kind that starts at `pos`. */
  value(bytes: Uint8Array, pos: number, end: number): number {
    const open = this.#open
    let depth = 0
    let p = pos
    for (;;) {
      // A value starts at p.
      const byte = p < end ? bytes[p]! : 0
      if (byte === 0x7b || byte === 0x5b) {
        if (depth === open.length) return this.fail(`nested deeper than ${open.length} levels`, p)
        open[depth++] = byte === 0x7b ? 1 : 0
        p = skipSpace(bytes, p + 1, end)
        if (p < end && bytes[p] === byte + 2) {
          depth--
          p++
        } else {
          if (byte === 0x7b) p = this.#name(bytes, p, end)
          if (p === FAULT) return FAULT
          continue
        }
      } else {
        p = this.#scalar(bytes, p, end)
        if (p === FAULT) return FAULT
      }
      // A value has ended: close what closes, or go on to the next one.
      for (;;) {
        if (depth === 0) return p
        p = skipSpace(bytes, p, end)
        const inObject = open[depth - 1] === 1
        const after = p < end ? bytes[p]! : 0
        if (after === COMMA) {
          p = skipSpace(bytes, p + 1, end)
          if (inObject) p = this.#name(bytes, p, end)
          if (p === FAULT) return FAULT
          break
        }
        if (after !== (inObject ? 0x7d : 0x5d))
          return this.fail(`expected "," or "${inObject ? '}' : ']'}"`, p)
        depth--
        p++
      }
    }
  }

  /** Position after `text` (true, false, null) at `pos`. */
  literal(bytes: Uint8Array, pos: number, end: number, text: string): number {
    if (pos + text.length > end) return this.fail('not a JSON value', pos)
    for (let i = 0; i < text.length; i++) {
      if (bytes[pos + i] !== text.charCodeAt(i)) return this.fail('not a JSON value', pos)
    }
    return pos + text.length
  }

  /** From a name at `pos` over the colon to its value. */
  #name(bytes: Uint8Array, pos: number, end: number): number {
    if (pos >= end || bytes[pos] !== QUOTE) return this.fail('expected a name in quotes', pos)
    const p = this.string(bytes, pos, end)
    return p === FAULT ? FAULT : this.colon(bytes, p, end)
  }

  /** From the end of a name over the colon to its value. */
  colon(bytes: Uint8Array, pos: number, end: number): number {
    const p = skipSpace(bytes, pos, end)
    if (p >= end || bytes[p] !== COLON) return this.fail('expected ":"', p)
    return skipSpace(bytes, p + 1, end)
  }

  #scalar(bytes: Uint8Array, pos: number, end: number): number {
    if (pos >= end) return this.fail('ends too early', pos)
    switch (bytes[pos]) {
      case QUOTE:
        return this.string(bytes, pos, end)
      case 0x74:
        return this.literal(bytes, pos, end, 'true')
      case 0x66:
        return this.literal(bytes, pos, end, 'false')
      case 0x6e:
        return this.literal(bytes, pos, end, 'null')
      default:
        return this.number(bytes, pos, end)
    }
  }

  /** Position after the escape whose backslash is at `pos`; a surrogate pair is one escape. */
  #escape(bytes: Uint8Array, pos: number, end: number): number {
    const kind = pos + 1 < end ? bytes[pos + 1]! : 0
    if (SIMPLE_ESCAPE[kind] === 1) return pos + 2
    if (kind !== 0x75) return this.fail('an unknown escape in a string', pos)
    const unit = hex4(bytes, pos + 2, end)
    if (unit === FAULT) return this.fail('a \\u escape without four hex digits', pos)
    if (unit < 0xd800 || unit > 0xdfff) return pos + 6
    if (unit > 0xdbff || pos + 12 > end) return this.fail('a lone surrogate', pos)
    const low = bytes[pos + 6] === BACKSLASH && bytes[pos + 7] === 0x75 ? hex4(bytes, pos + 8, end) : FAULT
    if (low < 0xdc00 || low > 0xdfff) return this.fail('a lone surrogate', pos)
    return pos + 12
  }
}

function skipDigits(bytes: Uint8Array, pos: number, end: number): number {
  let p = pos
  while (p < end && bytes[p]! >= ZERO && bytes[p]! <= 0x39) p++
  return p
}

function byteSet(members: readonly number[]): Uint8Array {
  const set = new Uint8Array(256)
  for (const byte of members) set[byte] = 1
  return set
}
