/**
 * A few values of a JSON object as plain JavaScript, exactly: for keys and timestamps of single records. Whole
 * columns go through json-rows.ts.
 */

import { WHOLE, Whole } from './json-number.ts'
import {
  ABSENT,
  ARRAY,
  FALSE,
  JsonObject,
  NULL,
  NUMBER,
  OBJECT,
  STRING_ESCAPED,
  TRUE,
  tokenWord,
} from './json-object.ts'
import { unescapeInto } from './json-text.ts'
import type { PlainValue } from './value.ts'

const TEXT = new TextDecoder()

/** Reads the fields of these names out of one object after another. */
export class JsonFields {
  readonly #names: readonly string[]
  readonly #object: JsonObject
  readonly #whole = new Whole()

  /** `names` must be distinct. */
  constructor(names: readonly string[]) {
    this.#names = names
    this.#object = new JsonObject(names)
  }

  /**
   * The values in the order of the names; null for missing ones. Whole numbers beyond 2^53 are BigInt. A reason
   * where `bytes[start … end)` is no usable object, or a value is an object or array.
   */
  read(bytes: Uint8Array, start: number, end: number): PlainValue[] | string {
    const fault = this.#object.scan(bytes, start, end)
    if (fault !== null) return fault
    const values: PlainValue[] = []
    for (let i = 0; i < this.#names.length; i++) {
      const token = this.#object.token[i]!
      if (token === OBJECT || token === ARRAY)
        return `column "${this.#names[i]}" cannot be ${tokenWord(token)}`
      const value = this.#value(token, bytes, this.#object.start[i]!, this.#object.end[i]!)
      if (value === undefined) return `column "${this.#names[i]}" is out of range`
      values.push(value)
    }
    return values
  }

  #value(token: number, bytes: Uint8Array, start: number, end: number): PlainValue | undefined {
    switch (token) {
      case ABSENT:
      case NULL:
        return null
      case TRUE:
      case FALSE:
        return token === TRUE
      case NUMBER:
        return this.#number(bytes, start, end)
      case STRING_ESCAPED: {
        const text = new Uint8Array(end - start)
        return TEXT.decode(text.subarray(0, unescapeInto(bytes, start, end, text, 0)))
      }
      default:
        return TEXT.decode(bytes.subarray(start, end))
    }
  }

  #number(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
    const value = Number(TEXT.decode(bytes.subarray(start, end)))
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
    const whole = this.#whole
    if (whole.read(bytes, start, end, 0) === WHOLE) {
      const magnitude = (BigInt(whole.high) << 32n) | BigInt(whole.low)
      return whole.negative ? -magnitude : magnitude
    }
    return Number.isFinite(value) ? value : undefined
  }
}
