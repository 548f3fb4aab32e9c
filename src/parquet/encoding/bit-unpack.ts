/**
 * Unpacks integers of a fixed number of bits, least significant bit first: the body of bit-packed runs, of
 * DELTA_BINARY_PACKED miniblocks and of PLAIN booleans.
 *
 * Invariant: no kernel reads at or behind `end`, nor writes behind `at + count`. Callers have checked that
 * `packedBytes(count, bitWidth)` bytes are there; the padding of the last group of eight need not be.
 *
 * Eight values of w bits are w bytes, so kernels go by eights, in which every shift is constant. Sketch: one load, one
 * shift, one mask and one store a value, with bytes and values in cache.
 */

/** Bytes that hold `count` values of `bitWidth` bits. */
export function packedBytes(count: number, bitWidth: number): number {
  return Math.ceil((count * bitWidth) / 8)
}

/** A view for unaligned loads; made once a page. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** `bitWidth` (≤ 32) bits from bit `shift` (0…7) of byte `position` on; bytes at or behind `end` count as 0. */
export function bitsAt(
  bytes: Uint8Array,
  position: number,
  end: number,
  shift: number,
  bitWidth: number,
): number {
  const b0 = position < end ? bytes[position]! : 0
  const b1 = position + 1 < end ? bytes[position + 1]! : 0
  const b2 = position + 2 < end ? bytes[position + 2]! : 0
  const b3 = position + 3 < end ? bytes[position + 3]! : 0
  const b4 = position + 4 < end ? bytes[position + 4]! : 0
  const word = b0 | (b1 << 8) | (b2 << 16) | (b3 << 24)
  // Two shifts, since a shift by 32 is none.
  const value = (word >>> shift) | ((b4 << 1) << (31 - shift))
  return bitWidth === 32 ? value : value & ((1 << bitWidth) - 1)
}

/** `view` is of `bytes`. Widths 1…32; values of 32 bits come out as int32. */
export function unpackI32(
  bytes: Uint8Array,
  view: DataView,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  out: Int32Array,
  at: number,
): void {
  let groups = count >>> 3
  switch (bitWidth) {
    case 1:
      unpack1(bytes, position, groups, out, at)
      break
    case 2:
      unpack2(bytes, position, groups, out, at)
      break
    case 3:
      unpack3(bytes, position, groups, out, at)
      break
    case 4:
      unpack4(bytes, position, groups, out, at)
      break
    case 8:
      unpack8(bytes, position, groups, out, at)
      break
    default: {
      // These load up to 7 bytes more than a group has: the last groups go the slow way.
      const loadable = Math.floor((end - position - 8) / bitWidth)
      groups = Math.max(0, Math.min(groups, loadable))
      if (bitWidth <= 25) unpackTo25(view, position, groups, bitWidth, out, at)
      else unpackTo32(view, position, groups, bitWidth, out, at)
    }
  }
  const slow = count - 8 * groups
  const from = position + groups * bitWidth
  const to = at + 8 * groups
  for (let i = 0; i < slow; i++) {
    const bit = i * bitWidth
    out[to + i] = bitsAt(bytes, from + (bit >>> 3), end, bit & 7, bitWidth)
  }
}

function unpack1(bytes: Uint8Array, position: number, groups: number, out: Int32Array, at: number): void {
  for (let g = 0, to = at; g < groups; g++, to += 8) {
    const b = bytes[position + g]!
    out[to] = b & 1
    out[to + 1] = (b >>> 1) & 1
    out[to + 2] = (b >>> 2) & 1
    out[to + 3] = (b >>> 3) & 1
    out[to + 4] = (b >>> 4) & 1
    out[to + 5] = (b >>> 5) & 1
    out[to + 6] = (b >>> 6) & 1
    out[to + 7] = b >>> 7
  }
}

function unpack2(bytes: Uint8Array, position: number, groups: number, out: Int32Array, at: number): void {
  for (let g = 0, from = position, to = at; g < groups; g++, from += 2, to += 8) {
    const b = bytes[from]! | (bytes[from + 1]! << 8)
    out[to] = b & 3
    out[to + 1] = (b >>> 2) & 3
    out[to + 2] = (b >>> 4) & 3
    out[to + 3] = (b >>> 6) & 3
    out[to + 4] = (b >>> 8) & 3
    out[to + 5] = (b >>> 10) & 3
    out[to + 6] = (b >>> 12) & 3
    out[to + 7] = b >>> 14
  }
}

function unpack3(bytes: Uint8Array, position: number, groups: number, out: Int32Array, at: number): void {
  for (let g = 0, from = position, to = at; g < groups; g++, from += 3, to += 8) {
    const b = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16)
    out[to] = b & 7
    out[to + 1] = (b >>> 3) & 7
    out[to + 2] = (b >>> 6) & 7
    out[to + 3] = (b >>> 9) & 7
    out[to + 4] = (b >>> 12) & 7
    out[to + 5] = (b >>> 15) & 7
    out[to + 6] = (b >>> 18) & 7
    out[to + 7] = b >>> 21
  }
}

function unpack4(bytes: Uint8Array, position: number, groups: number, out: Int32Array, at: number): void {
  for (let g = 0, from = position, to = at; g < groups; g++, from += 4, to += 8) {
    const b0 = bytes[from]!
    const b1 = bytes[from + 1]!
    const b2 = bytes[from + 2]!
    const b3 = bytes[from + 3]!
    out[to] = b0 & 15
    out[to + 1] = b0 >>> 4
    out[to + 2] = b1 & 15
    out[to + 3] = b1 >>> 4
    out[to + 4] = b2 & 15
    out[to + 5] = b2 >>> 4
    out[to + 6] = b3 & 15
    out[to + 7] = b3 >>> 4
  }
}

function unpack8(bytes: Uint8Array, position: number, groups: number, out: Int32Array, at: number): void {
  const count = 8 * groups
  for (let i = 0; i < count; i++) out[at + i] = bytes[position + i]!
}

/** Widths to 25: a value lies in the four bytes from its first on. */
function unpackTo25(
  view: DataView,
  position: number,
  groups: number,
  w: number,
  out: Int32Array,
  at: number,
): void {
  const mask = (1 << w) - 1
  const w2 = 2 * w
  const w3 = 3 * w
  const w4 = 4 * w
  const w5 = 5 * w
  const w6 = 6 * w
  const w7 = 7 * w
  for (let g = 0, from = position, to = at; g < groups; g++, from += w, to += 8) {
    out[to] = view.getInt32(from, true) & mask
    out[to + 1] = (view.getInt32(from + (w >>> 3), true) >>> (w & 7)) & mask
    out[to + 2] = (view.getInt32(from + (w2 >>> 3), true) >>> (w2 & 7)) & mask
    out[to + 3] = (view.getInt32(from + (w3 >>> 3), true) >>> (w3 & 7)) & mask
    out[to + 4] = (view.getInt32(from + (w4 >>> 3), true) >>> (w4 & 7)) & mask
    out[to + 5] = (view.getInt32(from + (w5 >>> 3), true) >>> (w5 & 7)) & mask
    out[to + 6] = (view.getInt32(from + (w6 >>> 3), true) >>> (w6 & 7)) & mask
    out[to + 7] = (view.getInt32(from + (w7 >>> 3), true) >>> (w7 & 7)) & mask
  }
}

/** Widths 26 to 32: a value may reach into a fifth byte. */
function unpackTo32(
  view: DataView,
  position: number,
  groups: number,
  w: number,
  out: Int32Array,
  at: number,
): void {
  const mask = w === 32 ? -1 : (1 << w) - 1
  const w2 = 2 * w
  const w3 = 3 * w
  const w4 = 4 * w
  const w5 = 5 * w
  const w6 = 6 * w
  const w7 = 7 * w
  for (let g = 0, from = position, to = at; g < groups; g++, from += w, to += 8) {
    out[to] = view.getInt32(from, true) & mask
    out[to + 1] = word(view, from + (w >>> 3), w & 7) & mask
    out[to + 2] = word(view, from + (w2 >>> 3), w2 & 7) & mask
    out[to + 3] = word(view, from + (w3 >>> 3), w3 & 7) & mask
    out[to + 4] = word(view, from + (w4 >>> 3), w4 & 7) & mask
    out[to + 5] = word(view, from + (w5 >>> 3), w5 & 7) & mask
    out[to + 6] = word(view, from + (w6 >>> 3), w6 & 7) & mask
    out[to + 7] = word(view, from + (w7 >>> 3), w7 & 7) & mask
  }
}

/** 32 bits from bit `shift` of a byte on: five bytes are read. Two shifts, since a shift by 32 is none. */
function word(view: DataView, position: number, shift: number): number {
  return (view.getInt32(position, true) >>> shift) | ((view.getUint8(position + 4) << 1) << (31 - shift))
}

/** Widths 33…64 into halves, as `unpackI32`. */
export function unpackI64(
  bytes: Uint8Array,
  view: DataView,
  position: number,
  end: number,
  bitWidth: number,
  count: number,
  lows: Int32Array,
  highs: Int32Array,
): void {
  const mask = bitWidth === 64 ? -1 : (1 << (bitWidth - 32)) - 1
  // Nine bytes are read from the first of a value on.
  const loadable = Math.max(0, Math.floor(((end - position - 9) * 8) / bitWidth))
  const fast = Math.min(count, loadable)
  for (let i = 0; i < fast; i++) {
    const bit = i * bitWidth
    const byte = position + (bit >>> 3)
    lows[i] = word(view, byte, bit & 7)
    highs[i] = word(view, byte + 4, bit & 7) & mask
  }
  for (let i = fast; i < count; i++) {
    const bit = i * bitWidth
    const byte = position + (bit >>> 3)
    lows[i] = bitsAt(bytes, byte, end, bit & 7, 32)
    highs[i] = bitsAt(bytes, byte + 4, end, bit & 7, bitWidth - 32)
  }
}
