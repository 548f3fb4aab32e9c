/**
 * Reads the primitive types of the Kafka protocol, flexible versions (KIP-482), big-endian:
 *
 *     string, bytes, array := uvarint (length + 1; 0: null) …
 *     tags                 := uvarint (count) { uvarint (tag) uvarint (bytes) … }
 *     uuid                 := 16 bytes
 *
 * Invariant: nothing is read, and no count is believed, beyond what is left. Everything wrong is `reply-invalid`.
 */

import { replyDamage } from './damage.ts'

const TEXT = new TextDecoder('utf-8', { fatal: true })

export class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  int16(): number {
    return this.#view.getInt16(this.#pass(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#pass(4))
  }

  /** An int64 that a float64 holds exactly: every offset, id and time that a broker can mean. */
  int64(): number {
    const at = this.#pass(8)
    const value = this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
    if (!Number.isSafeInteger(value)) throw replyDamage(`byte ${at} begins a number beyond 2^53`)
    return value
  }

  /** Up to 32 bits, in at most five bytes. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#pass(1))
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw replyDamage(`a number that ends at byte ${this.#at} has more than 32 bits`)
  }

  /** A string; null raises. */
  string(): string {
    const size = this.uvarint() - 1
    if (size < 0) throw replyDamage(`the string at byte ${this.#at} is null`)
    const at = this.#pass(size)
    try {
      return TEXT.decode(this.#bytes.subarray(at, at + size))
    } catch {
      throw replyDamage(`the string at byte ${at} is not UTF-8`)
    }
  }

  /** As text: 8-4-4-4-12 hexadecimal digits. */
  uuid(): string {
    const at = this.#pass(16)
    const hex = Array.from(this.#bytes.subarray(at, at + 16), byte =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  /** A view of the bytes; null reads as none. */
  bytes(): Uint8Array {
    const size = Math.max(0, this.uvarint() - 1)
    const at = this.#pass(size)
    return this.#bytes.subarray(at, at + size)
  }

  /** How many elements of at least `elementBytes` follow; null is `null`. More than fit into what is left raises. */
  count(elementBytes: number): number | null {
    const count = this.uvarint() - 1
    if (count < 0) return null
    if (count * elementBytes > this.left)
      throw replyDamage(`${count} elements are announced where ${this.left} bytes are left`)
    return count
  }

  /** Tagged fields: `known` gets each with a reader of its own bytes, and ignores what it does not know. */
  tags(known: (tag: number, field: WireReader) => void = () => {}): void {
    const count = this.uvarint()
    let before = -1
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint()
      if (tag <= before) throw replyDamage(`tag ${tag} follows tag ${before} at byte ${this.#at}`)
      before = tag
      const size = this.uvarint()
      const at = this.#pass(size)
      known(tag, new WireReader(this.#bytes.subarray(at, at + size)))
    }
  }

  /** Nothing may be left. */
  end(): void {
    if (this.left > 0) throw replyDamage(`${this.left} bytes follow the end of the reply`)
  }

  /** Goes over `size` bytes; returns where they begin. */
  #pass(size: number): number {
    const at = this.#at
    if (size > this.left)
      throw replyDamage(
        `the reply ends ${size - this.left} bytes too early, within what begins at byte ${at}`,
      )
    this.#at = at + size
    return at
  }
}
