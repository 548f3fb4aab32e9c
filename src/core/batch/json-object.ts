/**
 * One JSON object → where the values of the wanted names are.
 *
 *     {"id": 7, "from": "A", "x": {…}}      token[i], start[i], end[i] of each wanted name i
 *            ╰╯         ╰─╯  unknown
 *
 * Names are looked up by their bytes in a table of this class: no name of the input ever becomes a property,
 * so `__proto__` is a name like any other. A wanted name that comes twice makes the object bad: which value
 * counts would be a guess. What an unknown name holds is checked for form and dropped.
 */

import { LIMITS } from '../../limits.ts'
import { FAULT, JsonScanner, skipSpace } from './json-scan.ts'
import { unescapeInto } from './json-text.ts'

/** Kinds of token; 0 means that the name did not come. */
export const ABSENT = 0
export const NULL = 1
export const FALSE = 2
export const TRUE = 3
export const NUMBER = 4
export const STRING = 5
/** A string with escapes: its bytes are not its text. */
export const STRING_ESCAPED = 6
export const OBJECT = 7
export const ARRAY = 8

const TOKEN_WORDS = [
  'nothing',
  'null',
  'a boolean',
  'a boolean',
  'a number',
  'a string',
  'a string',
  'an object',
  'an array',
]

/** What a token is called in messages. */
export function tokenWord(token: number): string {
  return TOKEN_WORDS[token] ?? 'nothing'
}

const QUOTE = 0x22

/** Finds values by name; the results stay in the fields until the next `scan`. */
export class JsonObject {
  readonly #names: readonly string[]
  /** Kind of the value of each name. */
  readonly token: Uint8Array
  /** Its bytes; a string's without its quotes. */
  readonly start: Int32Array
  readonly end: Int32Array
  /** Names of the last object that are not wanted. */
  unknown = 0

  readonly #scanner = new JsonScanner()
  /** Open addressing over the names: index + 1, 0 is free. */
  readonly #slots: Int32Array
  readonly #nameStart: Int32Array
  readonly #nameBytes: Uint8Array
  /** 1 where a name's bytes in JSON are the name's own: it needs no escapes. */
  readonly #plain: Uint8Array
  #scratch = new Uint8Array(256)

  /** `names` must be distinct. */
  constructor(names: readonly string[]) {
    this.#names = names
    this.token = new Uint8Array(names.length)
    this.start = new Int32Array(names.length)
    this.end = new Int32Array(names.length)
    const encoded = names.map(name => new TextEncoder().encode(name))
    this.#nameStart = new Int32Array(names.length + 1)
    for (let i = 0; i < names.length; i++) this.#nameStart[i + 1] = this.#nameStart[i]! + encoded[i]!.length
    this.#nameBytes = new Uint8Array(this.#nameStart[names.length]!)
    this.#plain = Uint8Array.from(names, name => (JSON.stringify(name).length === name.length + 2 ? 1 : 0))
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * names.length + 2)))
    for (let i = 0; i < names.length; i++) {
      this.#nameBytes.set(encoded[i]!, this.#nameStart[i]!)
      let slot = hashOf(encoded[i]!, 0, encoded[i]!.length) & (this.#slots.length - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1)
      this.#slots[slot] = i + 1
    }
  }

  /** Scans the object that fills `bytes[start … end)`, white space aside; the reason where it cannot be used. */
  scan(bytes: Uint8Array, start: number, end: number): string | null {
    if (end - start > LIMITS.recordBytesMax) return `is longer than ${LIMITS.recordBytesMax} bytes`
    this.token.fill(ABSENT)
    this.unknown = 0
    let p = skipSpace(bytes, start, end)
    if (p === end) return 'is empty'
    if (bytes[p] !== 0x7b) return 'is not a JSON object'
    p = skipSpace(bytes, p + 1, end)
    if (p < end && bytes[p] === 0x7d) p++
    else p = this.#members(bytes, p, end)
    if (p !== FAULT) {
      p = skipSpace(bytes, p, end)
      if (p === end) return null
      this.#scanner.fail('something follows the object', p)
    }
    const { fault, faultAt } = this.#scanner
    return faultAt < 0 ? fault : `is not JSON: ${fault} at byte ${faultAt - start}`
  }

  #members(bytes: Uint8Array, pos: number, end: number): number {
    const scanner = this.#scanner
    let guess = 0
    let p = pos
    for (;;) {
      if (p >= end || bytes[p] !== QUOTE) return scanner.fail('expected a name in quotes', p)
      const nameStart = p + 1
      let index = this.#isNext(bytes, nameStart, end, guess)
      if (index >= 0) p = nameStart + this.#nameStart[index + 1]! - this.#nameStart[index]! + 1
      else {
        p = scanner.string(bytes, p, end)
        if (p === FAULT) return FAULT
        index = this.#find(bytes, nameStart, p - 1, scanner.escaped)
      }
      guess = index + 1
      p = p + 1 < end && bytes[p] === 0x3a && bytes[p + 1]! > 0x20 ? p + 1 : scanner.colon(bytes, p, end)
      if (p === FAULT) return FAULT
      const valueStart = p
      if (index < 0) {
        this.unknown++
        p = scanner.value(bytes, p, end)
      } else if (this.token[index] !== ABSENT) {
        return scanner.fail(`column "${this.#names[index]}" comes twice`, -1)
      } else p = this.#value(bytes, valueStart, end, index)
      if (p === FAULT) return FAULT
      if (p < end && bytes[p] !== 0x2c) p = skipSpace(bytes, p, end)
      const after = p < end ? bytes[p] : 0
      if (after === 0x7d) return p + 1
      if (after !== 0x2c) return scanner.fail('expected "," or "}"', p)
      p++
      if (p < end && bytes[p] !== QUOTE) p = skipSpace(bytes, p, end)
    }
  }

  /** Notes the value of wanted name `index`; returns the position after it. */
  #value(bytes: Uint8Array, pos: number, end: number, index: number): number {
    const scanner = this.#scanner
    const first = pos < end ? bytes[pos]! : 0
    if (first === QUOTE) {
      const after = scanner.string(bytes, pos, end)
      this.token[index] = scanner.escaped ? STRING_ESCAPED : STRING
      this.start[index] = pos + 1
      this.end[index] = after - 1
      return after
    }
    const after = scanner.value(bytes, pos, end)
    this.token[index] =
      first === 0x7b
        ? OBJECT
        : first === 0x5b
          ? ARRAY
          : first === 0x6e
            ? NULL
            : first === 0x74
              ? TRUE
              : first === 0x66
                ? FALSE
                : NUMBER
    this.start[index] = pos
    this.end[index] = after
    return after
  }

  /** `guess` if its name and the closing quote are at `pos`: producers write columns in their order. Else -1. */
  #isNext(bytes: Uint8Array, pos: number, end: number, guess: number): number {
    if (guess >= this.#plain.length || this.#plain[guess] === 0) return -1
    const names = this.#nameBytes
    const nameEnd = this.#nameStart[guess + 1]!
    let p = pos
    for (let i = this.#nameStart[guess]!; i < nameEnd; i++, p++) if (names[i] !== bytes[p]) return -1
    return p < end && bytes[p] === QUOTE ? guess : -1
  }

  #find(bytes: Uint8Array, start: number, end: number, escaped: boolean): number {
    if (!escaped) return this.#lookUp(bytes, start, end)
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(2 * (end - start))
    return this.#lookUp(this.#scratch, 0, unescapeInto(bytes, start, end, this.#scratch, 0))
  }

  #lookUp(bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots
    const names = this.#nameBytes
    for (
      let slot = hashOf(bytes, start, end) & (slots.length - 1);
      slots[slot] !== 0;
      slot = (slot + 1) & (slots.length - 1)
    ) {
      const index = slots[slot]! - 1
      const nameStart = this.#nameStart[index]!
      if (this.#nameStart[index + 1]! - nameStart !== end - start) continue
      let i = 0
      while (start + i < end && names[nameStart + i] === bytes[start + i]) i++
      if (start + i === end) return index
    }
    return -1
  }
}

/** FNV-1a, 32 bits. The table holds names of the schema only, so an enemy's names cannot crowd it. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = -2128831035
  for (let p = start; p < end; p++) hash = Math.imul(hash ^ bytes[p]!, 16777619)
  return hash ^ (hash >>> 15)
}
