/**
 * Decimals of 19 to 38 digits: each value of a column of bytes is its unscaled number in 16 bytes, big-endian two's
 * complement, as Parquet has it in FIXED_LEN_BYTE_ARRAY(16).
 *
 * Invariant: a value has 16 bytes, a null none. So equal numbers of one scale have equal bytes, and their order is that
 * of the bytes once the sign bit is flipped.
 */

/** Bytes of a value. */
export const WIDE_DECIMAL_BYTES = 16

/** The unscaled number in `bytes[start … end)`, two's complement of any width; 0 where there are none. */
export function wideDecimalAt(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n
  for (let i = start; i < end; i++) value = (value << 8n) | BigInt(bytes[i]!)
  return BigInt.asIntN(8 * (end - start), value)
}

/** The bytes of an unscaled number; it fits 128 bits. */
export function wideDecimalBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(WIDE_DECIMAL_BYTES)
  let rest = value
  for (let i = WIDE_DECIMAL_BYTES - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

const LIMBS = 8
const LIMB_SIZE = 65_536

/**
 * A 128-bit number under construction: sign and magnitude, the magnitude in 16-bit limbs, lowest first, so that a limb
 * times a factor below 2^32 stays exact in a float64.
 */
export class WideNumber {
  negative = false
  readonly #limbs = new Int32Array(LIMBS)

  /** The int64 of two halves, or the uint64. */
  setHalves(low: number, high: number, unsigned: boolean): void {
    this.negative = !unsigned && high < 0
    let [a, b] = [low, high]
    if (this.negative) {
      a = -low | 0
      b = a === 0 ? -high | 0 : ~high
    }
    const limbs = this.#limbs
    limbs.fill(0)
    limbs[0] = a & 0xffff
    limbs[1] = a >>> 16
    limbs[2] = b & 0xffff
    limbs[3] = b >>> 16
  }

  /** The number of 16 bytes at `start`. */
  setBytes(bytes: Uint8Array, start: number): void {
    const limbs = this.#limbs
    this.negative = bytes[start]! >= 0x80
    for (let k = 0, at = start + WIDE_DECIMAL_BYTES - 2; k < LIMBS; k++, at -= 2)
      limbs[k] = (bytes[at]! << 8) | bytes[at + 1]!
    if (this.negative) this.#negate()
  }

  setZero(): void {
    this.negative = false
    this.#limbs.fill(0)
  }

  get isZero(): boolean {
    const limbs = this.#limbs
    let any = 0
    for (let k = 0; k < LIMBS; k++) any |= limbs[k]!
    return any === 0
  }

  /** magnitude · factor + addend, both whole and at most 10^9; false where the magnitude would pass 127 bits. */
  multiplyAdd(factor: number, addend: number): boolean {
    const limbs = this.#limbs
    let carry = addend
    for (let k = 0; k < LIMBS; k++) {
      const product = limbs[k]! * factor + carry
      carry = Math.floor(product / LIMB_SIZE)
      limbs[k] = product - carry * LIMB_SIZE
    }
    return carry === 0 && limbs[LIMBS - 1]! < 0x8000
  }

  /** magnitude · 10^digits; false where it would pass 127 bits. */
  shiftDigits(digits: number): boolean {
    if (this.isZero) return true
    for (let left = digits; left > 0; left -= 9)
      if (!this.multiplyAdd(10 ** Math.min(9, left), 0)) return false
    return true
  }

  /** Whether the magnitude is less than that of the other. */
  isBelow(other: WideNumber): boolean {
    for (let k = LIMBS - 1; k >= 0; k--) {
      const difference = this.#limbs[k]! - other.#limbs[k]!
      if (difference !== 0) return difference < 0
    }
    return false
  }

  /** Writes the 16 bytes of the number to `out[at …]`. */
  write(out: Uint8Array, at: number): void {
    const limbs = this.#limbs
    if (this.negative) this.#negate()
    for (let k = 0, to = at + WIDE_DECIMAL_BYTES - 2; k < LIMBS; k++, to -= 2) {
      out[to] = limbs[k]! >>> 8
      out[to + 1] = limbs[k]! & 0xff
    }
    if (this.negative) this.#negate()
  }

  /** Two's complement. */
  #negate(): void {
    const limbs = this.#limbs
    let carry = 1
    for (let k = 0; k < LIMBS; k++) {
      const sum = (limbs[k]! ^ 0xffff) + carry
      limbs[k] = sum & 0xffff
      carry = sum >>> 16
    }
  }
}
