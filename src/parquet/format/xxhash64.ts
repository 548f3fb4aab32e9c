/**
 * xxHash64 with seed 0, which bloom filters of Parquet use, in 32-bit halves: no BigInt, so that a million values
 * can be hashed.
 *
 * Invariant: every number here is an int32 or an exact float64; 64-bit values are pairs (low, high).
 * Source: Cyan4973/xxHash, `doc/xxhash_spec.md` (XXH64).
 */

/** The five primes as halves. */
const P1_LOW = 0x85ebca87 | 0
const P1_HIGH = 0x9e3779b1 | 0
const P2_LOW = 0x27d4eb4f
const P2_HIGH = 0xc2b2ae3d | 0
const P3_LOW = 0x9e3779f9 | 0
const P3_HIGH = 0x165667b1
const P4_LOW = 0xc2b2ae63 | 0
const P4_HIGH = 0x85ebca77 | 0
const P5_LOW = 0x165667c5
const P5_HIGH = 0x27d4eb2f

const STRIPE_BYTES = 32

/** Hashes one byte string after the other; the result of the last one is in `low` and `high` (int32). */
export class XxHash64 {
  low = 0
  high = 0
  /** The four lanes of long inputs, as halves (low, high). */
  readonly #lanes = new Int32Array(8)

  /** Hashes `bytes[from … to)`. */
  hash(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const length = to - from
    let at = from
    if (length >= STRIPE_BYTES) at = this.#stripes(bytes, from, to)
    else {
      this.low = P5_LOW
      this.high = P5_HIGH
    }
    this.#add(length | 0, 0)
    for (; at + 8 <= to; at += 8) this.#word64(word(bytes, at), word(bytes, at + 4))
    if (at + 4 <= to) {
      this.#word32(word(bytes, at))
      at += 4
    }
    for (; at < to; at++) this.#byte(bytes[at]!)
    this.#avalanche()
  }

  /** Whole stripes of four words, one a lane; returns the position behind them. */
  #stripes(bytes: Uint8Array, from: number, to: number): number {
    const lanes = this.#lanes
    this.#set(P1_LOW, P1_HIGH)
    this.#add(P2_LOW, P2_HIGH)
    this.#keep(0)
    this.#set(P2_LOW, P2_HIGH)
    this.#keep(1)
    this.#set(0, 0)
    this.#keep(2)
    this.#set(~P1_LOW, ~P1_HIGH)
    this.#add(1, 0)
    this.#keep(3)
    let at = from
    for (; at + STRIPE_BYTES <= to; at += STRIPE_BYTES) {
      for (let lane = 0; lane < 4; lane++) {
        this.#round(
          lanes[2 * lane]!,
          lanes[2 * lane + 1]!,
          word(bytes, at + 8 * lane),
          word(bytes, at + 8 * lane + 4),
        )
        this.#keep(lane)
      }
    }
    this.#merge()
    return at
  }

  #merge(): void {
    const lanes = this.#lanes
    let [low, high] = [0, 0]
    for (let lane = 0; lane < 4; lane++) {
      this.#set(lanes[2 * lane]!, lanes[2 * lane + 1]!)
      this.#rotate(ROTATIONS[lane]!)
      this.#add(low, high)
      low = this.low
      high = this.high
    }
    for (let lane = 0; lane < 4; lane++) {
      this.#round(0, 0, lanes[2 * lane]!, lanes[2 * lane + 1]!)
      this.#xor(low, high)
      this.#multiply(P1_LOW, P1_HIGH)
      this.#add(P4_LOW, P4_HIGH)
      low = this.low
      high = this.high
    }
  }

  /** (accumulator + input × P2) rotated by 31, × P1. */
  #round(accumulatorLow: number, accumulatorHigh: number, inputLow: number, inputHigh: number): void {
    this.#set(inputLow, inputHigh)
    this.#multiply(P2_LOW, P2_HIGH)
    this.#add(accumulatorLow, accumulatorHigh)
    this.#rotate(31)
    this.#multiply(P1_LOW, P1_HIGH)
  }

  #word64(low: number, high: number): void {
    const hashLow = this.low
    const hashHigh = this.high
    this.#round(0, 0, low, high)
    this.#xor(hashLow, hashHigh)
    this.#rotate(27)
    this.#multiply(P1_LOW, P1_HIGH)
    this.#add(P4_LOW, P4_HIGH)
  }

  #word32(value: number): void {
    const hashLow = this.low
    const hashHigh = this.high
    this.#set(value, 0)
    this.#multiply(P1_LOW, P1_HIGH)
    this.#xor(hashLow, hashHigh)
    this.#rotate(23)
    this.#multiply(P2_LOW, P2_HIGH)
    this.#add(P3_LOW, P3_HIGH)
  }

  #byte(value: number): void {
    const hashLow = this.low
    const hashHigh = this.high
    this.#set(value, 0)
    this.#multiply(P5_LOW, P5_HIGH)
    this.#xor(hashLow, hashHigh)
    this.#rotate(11)
    this.#multiply(P1_LOW, P1_HIGH)
  }

  #avalanche(): void {
    this.#xor(this.high >>> 1, 0) // h ^= h >>> 33
    this.#multiply(P2_LOW, P2_HIGH)
    this.#xor((this.low >>> 29) | (this.high << 3), this.high >>> 29) // h ^= h >>> 29
    this.#multiply(P3_LOW, P3_HIGH)
    this.#xor(this.high, 0) // h ^= h >>> 32
  }

  #set(low: number, high: number): void {
    this.low = low
    this.high = high
  }

  #keep(lane: number): void {
    this.#lanes[2 * lane] = this.low
    this.#lanes[2 * lane + 1] = this.high
  }

  #xor(low: number, high: number): void {
    this.low ^= low
    this.high ^= high
  }

  #add(low: number, high: number): void {
    const sum = (this.low + low) | 0
    const carry = sum >>> 0 < low >>> 0 ? 1 : 0
    this.low = sum
    this.high = (this.high + high + carry) | 0
  }

  /** To the left, by 1 … 31 bits. */
  #rotate(bits: number): void {
    const { low, high } = this
    this.low = (low << bits) | (high >>> (32 - bits))
    this.high = (high << bits) | (low >>> (32 - bits))
  }

  /** Modulo 2^64: the low halves in full, by 16-bit parts; of the cross products only what lands below 2^64. */
  #multiply(low: number, high: number): void {
    const a0 = this.low & 0xffff
    const a1 = this.low >>> 16
    const b0 = low & 0xffff
    const b1 = low >>> 16
    const middle = a1 * b0 + ((a0 * b0) >>> 16) // below 2^32
    const carried = a0 * b1 + (middle & 0xffff) // below 2^32
    const top = a1 * b1 + (middle >>> 16) + (carried >>> 16)
    this.high = (top + Math.imul(this.low, high) + Math.imul(this.high, low)) | 0
    this.low = Math.imul(this.low, low)
  }
}

const ROTATIONS = [1, 7, 12, 18] as const

/** Four bytes, little-endian. */
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
