/**
 * The slow obvious twin of src/parquet/encoding: decoders bit by bit with BigInt, and values to try them on. Null where
 * bytes are not what the format says, by the same leniency that rle.ts and delta-blocks.ts declare.
 */

/** Values and the position behind them, or null for corrupt. */
export type TwinAnswer = { readonly values: bigint[]; readonly position: number } | null

class Bits {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.position
  }

  varint(bits: number): bigint | null {
    let value = 0n
    for (let i = 0; i < Math.ceil(bits / 7); i++) {
      if (this.left === 0) return null
      const byte = this.bytes[this.position++]
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return value >> BigInt(bits) === 0n ? value : null
    }
    return null
  }

  zigzag(): bigint | null {
    const value = this.varint(64)
    return value === null ? null : (value >> 1n) ^ -(value & 1n)
  }

  /** Value `index` of packed ones of `width` bits; the bits must be there. */
  packed(index: number, width: number): bigint {
    let value = 0n
    for (let bit = 0; bit < width; bit++) {
      const at = index * width + bit
      const byte = this.bytes[this.position + Math.floor(at / 8)]
      value |= BigInt((byte >> (at % 8)) & 1) << BigInt(bit)
    }
    return value
  }

  /** Whether that many values are there. */
  holds(count: number, width: number): boolean {
    return Math.ceil((count * width) / 8) <= this.left
  }

  pass(bytes: number): void {
    this.position = Math.min(this.bytes.length, this.position + bytes)
  }
}

/** Values as unsigned numbers. */
export function twinRle(bytes: Uint8Array, width: number, count: number): TwinAnswer {
  if (width === 0) return { values: new Array<bigint>(count).fill(0n), position: bytes.length }
  const bits = new Bits(bytes)
  const values: bigint[] = []
  while (values.length < count) {
    const header = bits.varint(32)
    if (header === null) return null
    const length = Number(header >> 1n)
    if ((header & 1n) === 0n) {
      const size = Math.ceil(width / 8)
      if (bits.left < size) return null
      const value = bits.packed(0, 8 * size)
      if (value >> BigInt(width) !== 0n) return null
      bits.pass(size)
      for (let i = 0; i < length && values.length < count; i++) values.push(value)
    } else {
      const wanted = Math.min(8 * length, count - values.length)
      if (!bits.holds(wanted, width)) return null
      for (let i = 0; i < wanted; i++) values.push(bits.packed(i, width))
      bits.pass(length * width)
    }
  }
  return { values, position: bits.position }
}

/** Values of `width` (32 or 64) bits, signed. */
export function twinDelta(bytes: Uint8Array, width: 32 | 64, count: number): TwinAnswer {
  if (count === 0 && bytes.length === 0) return { values: [], position: 0 }
  const bits = new Bits(bytes)
  const blockSize = bits.varint(32)
  const miniblocks = bits.varint(32)
  const total = bits.varint(32)
  const first = bits.zigzag()
  if (blockSize === null || miniblocks === null || total === null || first === null) return null
  if (blockSize === 0n || blockSize % 128n !== 0n || miniblocks === 0n) return null
  if (blockSize % miniblocks !== 0n || (blockSize / miniblocks) % 32n !== 0n) return null
  if (total < BigInt(count)) return null
  const length = Number(blockSize / miniblocks)
  const values = [BigInt.asIntN(width, first)].slice(0, count)
  let value = first
  let left = Number(total) - 1
  while (left > 0) {
    const min = bits.zigzag()
    if (min === null || BigInt(bits.left) < miniblocks) return null
    const widths = bytes.slice(bits.position, bits.position + Number(miniblocks))
    bits.pass(widths.length)
    for (const deltaWidth of widths) {
      if (left <= 0) break
      if (deltaWidth > 64) return null
      const here = Math.min(length, left)
      if (!bits.holds(here, deltaWidth)) return null
      for (let i = 0; i < here && values.length < count; i++) {
        value += min + bits.packed(i, deltaWidth)
        values.push(BigInt.asIntN(width, value))
      }
      bits.pass((length * deltaWidth) / 8)
      left -= here
    }
  }
  return { values, position: bits.position }
}

/** Whole numbers below `bound` from a seed (mulberry32): the same on every run. */
export function seeded(seed: number): (bound: number) => number {
  let state = seed | 0
  return bound => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

export const SHAPES = ['any', 'runs', 'sorted', 'even', 'ends', 'mixed'] as const
export type Shape = (typeof SHAPES)[number]

const ENDS = [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n]

/** int64 values of a shape that some branch of an encoder or decoder is for. */
export function shapedValues(shape: Shape, count: number, seed: number): bigint[] {
  const below = seeded(seed)
  const wide = (): bigint =>
    BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))) >> BigInt(below(64))
  const step = BigInt(below(2 ** (1 + below(34))))
  const values: bigint[] = []
  let value = wide()
  for (let i = 0; i < count; i++) {
    const kind = shape === 'mixed' ? SHAPES[below(5)] : shape
    if (kind === 'any') value = wide()
    else if (kind === 'runs') value = below(12) === 0 ? wide() : value
    else if (kind === 'sorted') value += BigInt(below(Number(step) + 1))
    else if (kind === 'even') value += step
    else value = ENDS[below(ENDS.length)]
    value = BigInt.asIntN(64, value)
    values.push(value)
  }
  return values
}
