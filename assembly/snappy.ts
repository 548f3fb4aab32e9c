/**
 * Snappy, block format: a varint with the size of the output, then literals and copies.
 * Source of the format: google/snappy, `format_description.txt`. The search for matches is Google's: blocks of
 * 64 KiB, a hash table of one candidate a slot, and steps that grow where nothing matches.
 *
 * The low two bits of a tag say what it is: 0 literal (size in the tag, from 61 on in 1–4 bytes behind it),
 * 1 copy of 4–11 bytes from up to 2 KiB back, 2 copy from up to 64 KiB back, 3 copy with 4 bytes of distance.
 */

import { DISTANCE_BAD, INPUT_PASSED, OUTPUT_PASSED, TRUNCATED } from './failure'
import { copyApart, copyMatch, copyWide, equalBytes } from './wide-bytes'

const BLOCK: usize = 65536
const TABLE_BITS_MIN: u32 = 8
const TABLE_BITS_MAX: u32 = 14
/** Matches are not looked for so near to the end of a block: the search reads 8 bytes ahead without a look. */
const MARGIN: usize = 15

/**
 * Decompresses [from, fromEnd), the preamble left out, to [to, toEnd). Returns the bytes written, or a failure.
 * Every tag is checked against what is left of both regions before anything is copied.
 */
export function snappyDecompress(from: usize, fromEnd: usize, to: usize, toEnd: usize): i32 {
  let at = from
  let out = to
  while (at < fromEnd) {
    const tag = <usize>load<u8>(at++)
    if ((tag & 3) === 0) {
      let size = (tag >>> 2) + 1
      if (size > 60) {
        const bytes = size - 60
        if (fromEnd - at < bytes) return TRUNCATED
        size = <usize>load<u32>(at) & (0xffffffff >>> ((4 - bytes) << 3))
        at += bytes
        if (size >= fromEnd - at) return INPUT_PASSED
        size += 1
      } else if (size > fromEnd - at) return INPUT_PASSED
      if (size > toEnd - out) return OUTPUT_PASSED
      if (size <= 16) v128.store(out, v128.load(at))
      else copyApart(out, at, size)
      at += size
      out += size
    } else {
      // The bytes behind the tag are read before the look at the end: there is slack behind the input.
      const trailer = <usize>load<u32>(at)
      let size = (tag >>> 2) + 1
      let distance: usize
      if ((tag & 3) === 1) {
        size = ((tag >>> 2) & 7) + 4
        distance = ((tag >>> 5) << 8) | (trailer & 0xff)
        at += 1
      } else if ((tag & 3) === 2) {
        distance = trailer & 0xffff
        at += 2
      } else {
        distance = trailer
        at += 4
      }
      if (at > fromEnd) return TRUNCATED
      if (distance - 1 >= out - to) return DISTANCE_BAD // 0 wraps around and is refused too
      if (size > toEnd - out) return OUTPUT_PASSED
      if (size <= 16 && size <= distance) v128.store(out, v128.load(out - distance))
      else copyMatch(out, distance, size)
      out += size
    }
  }
  return <i32>(out - to)
}

/**
 * Compresses [from, from + size) to `to`, where 32 + size + size / 6 bytes and the slack must be free. `table` is
 * 32 KiB of working memory. Returns the bytes written.
 */
export function snappyCompress(from: usize, size: usize, to: usize, table: usize): i32 {
  let out = to
  let rest = size
  while (rest >= 0x80) {
    store<u8>(out++, <u8>(rest | 0x80))
    rest >>>= 7
  }
  store<u8>(out++, <u8>rest)
  const end = from + size
  for (let block = from; block < end; block += BLOCK)
    out = compressBlock(block, min<usize>(block + BLOCK, end), out, table)
  return <i32>(out - to)
}

function compressBlock(start: usize, end: usize, to: usize, table: usize): usize {
  let out = to
  let literal = start
  if (end - start >= MARGIN) {
    const last = end - MARGIN
    const shift = clearTable(table, end - start)
    let at = start + 1
    while (at <= last) {
      // Steps grow by 1/32 of what was tried in vain, so that bytes without matches are passed quickly.
      let step: usize = 32
      let candidate: usize = 0
      let found = false
      while (at <= last) {
        const word = load<u32>(at)
        const slot = table + (((word * 0x1e35a7bd) >>> shift) << 1)
        candidate = start + <usize>load<u16>(slot)
        store<u16>(slot, <u16>(at - start))
        if (load<u32>(candidate) === word) {
          found = true
          break
        }
        const jump = step >>> 5
        at += jump
        step += jump
      }
      if (!found) break
      out = putLiteral(out, literal, at - literal)
      // After a match there is often another at once: look there before searching on.
      let word: u32 = 0
      do {
        const size = 4 + equalBytes(candidate + 4, at + 4, end)
        out = putCopies(out, at - candidate, size)
        at += size
        literal = at
        if (at > last) break
        store<u16>(table + (((load<u32>(at - 1) * 0x1e35a7bd) >>> shift) << 1), <u16>(at - 1 - start))
        word = load<u32>(at)
        const slot = table + (((word * 0x1e35a7bd) >>> shift) << 1)
        candidate = start + <usize>load<u16>(slot)
        store<u16>(slot, <u16>(at - start))
      } while (load<u32>(candidate) === word)
      at += 1
    }
  }
  return literal < end ? putLiteral(out, literal, end - literal) : out
}

/** Empties a table fit for a block of `size` bytes; returns by how much a hash is shifted right to be a slot of it. */
function clearTable(table: usize, size: usize): u32 {
  let bits = TABLE_BITS_MIN
  while (bits < TABLE_BITS_MAX && 1 << bits < <i32>size) bits++
  memory.fill(table, 0, 2 << bits)
  return 32 - bits
}

function putLiteral(to: usize, from: usize, size: usize): usize {
  let out = to
  const last = size - 1
  if (last < 60) {
    store<u8>(out++, <u8>(last << 2))
    copyWide(out, from, size)
    return out + size
  }
  // A literal lies within a block of 64 KiB: one or two bytes say its size.
  if (last < 256) {
    store<u8>(out, 60 << 2)
    store<u8>(out + 1, <u8>last)
    out += 2
  } else {
    store<u8>(out, 61 << 2)
    store<u16>(out + 1, <u16>last)
    out += 3
  }
  copyApart(out, from, size)
  return out + size
}

/** A match may be longer than the 64 bytes of one copy; its last piece has at least 4. */
function putCopies(to: usize, distance: usize, size: usize): usize {
  let out = to
  let rest = size
  while (rest >= 68) {
    out = putLongCopy(out, distance, 64)
    rest -= 64
  }
  if (rest > 64) {
    out = putLongCopy(out, distance, 60)
    rest -= 60
  }
  if (rest >= 12 || distance >= 2048) return putLongCopy(out, distance, rest)
  store<u8>(out, <u8>(1 | ((rest - 4) << 2) | ((distance >>> 8) << 5)))
  store<u8>(out + 1, <u8>distance)
  return out + 2
}

function putLongCopy(to: usize, distance: usize, size: usize): usize {
  store<u8>(to, <u8>(2 | ((size - 1) << 2)))
  store<u16>(to + 1, <u16>distance)
  return to + 3
}
