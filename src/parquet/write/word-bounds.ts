/**
 * Smallest and largest value of fixed-width columns, for statistics. By the format's rules NaN is left out, and a zero
 * bound is written as −0 (smallest) or +0 (largest).
 */

import type { ColumnType } from '../../core/batch/index.ts'

/** How the words of a type compare. */
export type WordOrder = 'i32' | 'u32' | 'f32' | 'i64' | 'u64' | 'f64'

export function wordOrder(type: ColumnType): WordOrder {
  switch (type.name) {
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return 'u32'
    case 'float32':
      return 'f32'
    case 'float64':
      return 'f64'
    case 'uint64':
      return 'u64'
    case 'int64':
    case 'timestamp':
      return 'i64'
    case 'time':
      return type.unit === 'ms' ? 'i32' : 'i64'
    case 'decimal':
      return type.precision <= 9 ? 'i32' : 'i64'
    default:
      return 'i32'
  }
}

export class WordBounds {
  readonly #order: WordOrder
  /** False as long as no value that counts has been seen. */
  hasAny = false
  /** 32-bit and floating values; of 64-bit integers the high halves. */
  #min = 0
  #max = 0
  /** Low halves of 64-bit integers, unsigned. */
  #minLow = 0
  #maxLow = 0

  constructor(order: WordOrder) {
    this.#order = order
  }

  /** Takes `count` words, or pairs of words, in. */
  add(words: Int32Array, count: number): void {
    switch (this.#order) {
      case 'i32':
        this.#addI32(words, count)
        return
      case 'u32':
        this.#addNumbers(new Uint32Array(words.buffer, words.byteOffset, count), count)
        return
      case 'f32':
        this.#addF32(new Float32Array(words.buffer, words.byteOffset, count), count)
        return
      case 'f64':
        this.#addF64(new Float64Array(words.buffer, words.byteOffset, count), count)
        return
      case 'i64':
        this.#addI64(words, count)
        return
      case 'u64':
        this.#addU64(words, count)
        return
    }
  }

  /** Takes the bounds of a part in. */
  merge(part: WordBounds): void {
    if (!part.hasAny) return
    for (const end of [part.#words(false), part.#words(true)]) this.add(end, 1)
  }

  /** PLAIN bytes of the bounds; null where there are none. */
  encode(): { readonly min: Uint8Array; readonly max: Uint8Array } | null {
    if (!this.hasAny) return null
    return { min: bytesOf(this.#words(false)), max: bytesOf(this.#words(true)) }
  }

  #words(largest: boolean): Int32Array {
    const value = largest ? this.#max : this.#min
    switch (this.#order) {
      case 'i32':
        return Int32Array.of(value)
      case 'u32':
        return Int32Array.of(value | 0)
      case 'f32':
        return new Int32Array(Float32Array.of(value === 0 ? (largest ? 0 : -0) : value).buffer)
      case 'f64':
        return new Int32Array(Float64Array.of(value === 0 ? (largest ? 0 : -0) : value).buffer)
      case 'i64':
      case 'u64':
        return Int32Array.of((largest ? this.#maxLow : this.#minLow) | 0, value | 0)
    }
  }

  #addI32(words: Int32Array, count: number): void {
    if (count === 0) return
    let min = this.hasAny ? this.#min : words[0]!
    let max = this.hasAny ? this.#max : words[0]!
    for (let i = 0; i < count; i++) {
      const value = words[i]!
      if (value < min) min = value
      else if (value > max) max = value
    }
    this.#keep(min, max)
  }

  #addNumbers(values: Uint32Array, count: number): void {
    if (count === 0) return
    let min = this.hasAny ? this.#min : values[0]!
    let max = this.hasAny ? this.#max : values[0]!
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      if (value < min) min = value
      else if (value > max) max = value
    }
    this.#keep(min, max)
  }

  #addF32(values: Float32Array, count: number): void {
    let min = this.hasAny ? this.#min : Number.POSITIVE_INFINITY
    let max = this.hasAny ? this.#max : Number.NEGATIVE_INFINITY
    let any = this.hasAny
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      if (value <= min) min = value
      if (value >= max) max = value
      any ||= !Number.isNaN(value)
    }
    if (any) this.#keep(min, max)
  }

  #addF64(values: Float64Array, count: number): void {
    let min = this.hasAny ? this.#min : Number.POSITIVE_INFINITY
    let max = this.hasAny ? this.#max : Number.NEGATIVE_INFINITY
    let any = this.hasAny
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      if (value <= min) min = value
      if (value >= max) max = value
      any ||= !Number.isNaN(value)
    }
    if (any) this.#keep(min, max)
  }

  #addI64(words: Int32Array, count: number): void {
    if (count === 0) return
    if (!this.hasAny) this.#first(words[0]!, words[1]!)
    let [min, minLow, max, maxLow] = [this.#min, this.#minLow, this.#max, this.#maxLow]
    for (let i = 0; i < 2 * count; i += 2) {
      const high = words[i + 1]!
      const low = words[i]! >>> 0
      if (high < min || (high === min && low < minLow)) {
        min = high
        minLow = low
      }
      if (high > max || (high === max && low > maxLow)) {
        max = high
        maxLow = low
      }
    }
    this.#keep(min, max)
    this.#minLow = minLow
    this.#maxLow = maxLow
  }

  #addU64(words: Int32Array, count: number): void {
    if (count === 0) return
    if (!this.hasAny) this.#first(words[0]!, words[1]! >>> 0)
    for (let i = 0; i < 2 * count; i += 2) {
      const high = words[i + 1]! >>> 0
      const low = words[i]! >>> 0
      if (high < this.#min || (high === this.#min && low < this.#minLow)) {
        this.#min = high
        this.#minLow = low
      }
      if (high > this.#max || (high === this.#max && low > this.#maxLow)) {
        this.#max = high
        this.#maxLow = low
      }
    }
  }

  #first(low: number, high: number): void {
    this.#keep(high, high)
    this.#minLow = low >>> 0
    this.#maxLow = low >>> 0
  }

  #keep(min: number, max: number): void {
    this.#min = min
    this.#max = max
    this.hasAny = true
  }
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}
