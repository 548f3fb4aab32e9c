/**
 * Smallest and largest string, for statistics: in unsigned byte order, and decimals in that of their numbers. Long ones
 * are cut: a bound needs to be no more than a bound.
 */

/** What strings are: text, any bytes, or decimals of 16 bytes in two's complement. */
export type StringForm = 'text' | 'binary' | 'decimal'

/** Bytes of a bound; longer values are cut, and the cut one is marked as inexact. */
const BOUND_BYTES = 64

export interface EncodedBounds {
  readonly min: Uint8Array
  readonly max: Uint8Array
  readonly minIsExact: boolean
  readonly maxIsExact: boolean
}

export class BytesBounds {
  readonly #isText: boolean
  /** Flips the sign bit, which makes the order of bytes that of the numbers. */
  readonly #flip: number
  #min: Uint8Array | null = null
  #max: Uint8Array | null = null

  /** Bounds of text are cut between characters, so that they stay text. */
  constructor(form: StringForm) {
    this.#isText = form === 'text'
    this.#flip = form === 'decimal' ? 0x80 : 0
  }

  /** Takes the strings between offsets [from, to) in. */
  add(bytes: Uint8Array, offsets: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#addOne(bytes, offsets[i]!, offsets[i + 1]!)
  }

  merge(part: BytesBounds): void {
    for (const end of [part.#min, part.#max]) if (end !== null) this.#addOne(end, 0, end.length)
  }

  /** Null where there is no value, or where the largest has no short bound (64 bytes that cannot be raised). */
  encode(): EncodedBounds | null {
    if (this.#min === null || this.#max === null) return null
    const max = this.#max.length <= BOUND_BYTES ? this.#max : upperBound(this.#max, this.#isText)
    if (max === null) return null
    return {
      min: this.#min.subarray(0, this.#isText ? textEnd(this.#min) : BOUND_BYTES),
      max,
      minIsExact: this.#min.length <= BOUND_BYTES,
      maxIsExact: this.#max.length <= BOUND_BYTES,
    }
  }

  #addOne(bytes: Uint8Array, start: number, end: number): void {
    if (this.#min === null || this.#max === null) {
      this.#min = bytes.slice(start, end)
      this.#max = this.#min
    } else if (compare(bytes, start, end, this.#min, this.#flip) < 0) this.#min = bytes.slice(start, end)
    else if (compare(bytes, start, end, this.#max, this.#flip) > 0) this.#max = bytes.slice(start, end)
  }
}

/** `flip` is for the bits of the first byte. */
function compare(bytes: Uint8Array, start: number, end: number, other: Uint8Array, flip: number): number {
  const length = Math.min(end - start, other.length)
  if (length > 0 && bytes[start] !== other[0]) return (bytes[start]! ^ flip) - (other[0]! ^ flip)
  for (let i = 1; i < length; i++) {
    const difference = bytes[start + i]! - other[i]!
    if (difference !== 0) return difference
  }
  return end - start - other.length
}

/** Where the last whole character within the bound ends. */
function textEnd(value: Uint8Array): number {
  if (value.length <= BOUND_BYTES) return value.length
  let end = BOUND_BYTES
  while (end > 0 && (value[end]! & 0xc0) === 0x80) end--
  return end
}

/** A short string that is greater than every string beginning like `value`: its last byte that can be is raised. */
function upperBound(value: Uint8Array, isText: boolean): Uint8Array | null {
  const highest = isText ? 0x7e : 0xfe
  for (let last = BOUND_BYTES - 1; last >= 0; last--) {
    if (value[last]! > highest) continue
    const bound = value.slice(0, last + 1)
    bound[last]!++
    return bound
  }
  return null
}
