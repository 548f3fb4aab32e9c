/**
 * LZ4: the block format, and the two kinds of framing that Parquet files of codec LZ4 have around blocks.
 * Source of the formats: lz4/lz4, `lz4_Block_format.md` and `lz4_Frame_format.md`; Hadoop's `BlockCompressorStream`.
 *
 * A block is sequences of: a token (high half: size of the literal, low half: size of the match − 4; 15 means that
 * bytes follow, each of which adds up to 255), the literal, 2 bytes of distance. The last sequence is a literal only.
 */

import { DISTANCE_BAD, FRAME_BAD, INPUT_PASSED, OUTPUT_PASSED, TRUNCATED } from './failure'
import { copyApart, copyMatch, equalBytes } from './wide-bytes'

const MATCH_MIN: usize = 4
const HASH_BITS: u32 = 13
/** The format wants the last 5 bytes to be literal, and no match to begin in the last 12. */
const LITERAL_LAST: usize = 5
const MATCH_LAST: usize = 12
const DISTANCE_MAX: usize = 65535

/**
 * Decompresses the block [from, fromEnd) to [to, toEnd); its matches may reach back to `first`, which is at most
 * `to`. Returns the bytes written, or a failure.
 */
export function lz4Block(from: usize, fromEnd: usize, to: usize, toEnd: usize, first: usize): i32 {
  let at = from
  let out = to
  while (at < fromEnd) {
    const token = <usize>load<u8>(at++)
    let size = token >>> 4
    if (size === 15) {
      let more: usize = 255
      while (more === 255) {
        if (at >= fromEnd) return TRUNCATED
        more = <usize>load<u8>(at++)
        size += more
        if (size > fromEnd - at) return INPUT_PASSED // checked inside: a size must not wrap around
      }
    }
    if (size > fromEnd - at) return INPUT_PASSED
    if (size > toEnd - out) return OUTPUT_PASSED
    if (size <= 16) v128.store(out, v128.load(at))
    else copyApart(out, at, size)
    at += size
    out += size
    if (at === fromEnd) return <i32>(out - to)

    if (fromEnd - at < 2) return TRUNCATED
    const distance = <usize>load<u16>(at)
    at += 2
    if (distance - 1 >= out - first) return DISTANCE_BAD // 0 wraps around and is refused too
    size = token & 15
    if (size === 15) {
      let more: usize = 255
      while (more === 255) {
        if (at >= fromEnd) return TRUNCATED
        more = <usize>load<u8>(at++)
        size += more
        if (size > toEnd - out) return OUTPUT_PASSED
      }
    }
    size += MATCH_MIN
    if (size > toEnd - out) return OUTPUT_PASSED
    if (size <= 16 && size <= distance) v128.store(out, v128.load(out - distance))
    else copyMatch(out, distance, size)
    out += size
  }
  return TRUNCATED // a block ends with a literal
}

/**
 * Hadoop's framing: pieces of a big-endian size of the output, then blocks, each behind its big-endian size, until
 * that output is complete.
 */
export function lz4Hadoop(from: usize, fromEnd: usize, to: usize, toEnd: usize): i32 {
  let at = from
  let out = to
  while (at < fromEnd) {
    if (fromEnd - at < 4) return FRAME_BAD
    const size = <usize>bswap<u32>(load<u32>(at))
    at += 4
    if (size > toEnd - out) return OUTPUT_PASSED
    const pieceEnd = out + size
    while (out < pieceEnd) {
      if (fromEnd - at < 4) return FRAME_BAD
      const block = <usize>bswap<u32>(load<u32>(at))
      at += 4
      if (block > fromEnd - at) return INPUT_PASSED
      const written = lz4Block(at, at + block, out, pieceEnd, out)
      if (written < 0) return written
      if (written === 0) return FRAME_BAD
      at += block
      out += written
    }
  }
  return <i32>(out - to)
}

/**
 * LZ4 frames, one behind the other. Checksums are passed over: a Parquet page has its own. Frames that need a
 * dictionary are refused.
 */
export function lz4Frames(from: usize, fromEnd: usize, to: usize, toEnd: usize): i32 {
  let at = from
  let out = to
  while (at < fromEnd) {
    if (fromEnd - at < 7 || load<u32>(at) !== 0x184d2204) return FRAME_BAD
    const flags = <u32>load<u8>(at + 4)
    const hasDictionary = (flags & 0x01) !== 0
    if (flags >>> 6 !== 1 || hasDictionary) return FRAME_BAD
    const linked = (flags & 0x20) === 0
    const blockTail: usize = (flags & 0x10) !== 0 ? 4 : 0
    const frameTail: usize = (flags & 0x04) !== 0 ? 4 : 0
    at += (flags & 0x08) !== 0 ? 15 : 7 // magic, flags, size of blocks, size of the content where it is said, checksum
    const first = out
    for (;;) {
      if (at > fromEnd || fromEnd - at < 4) return FRAME_BAD
      const word = load<u32>(at)
      at += 4
      if (word === 0) break
      const block = <usize>(word & 0x7fffffff)
      if (block > fromEnd - at) return INPUT_PASSED
      if (word >>> 31 !== 0) {
        if (block > toEnd - out) return OUTPUT_PASSED
        copyApart(out, at, block)
        out += block
      } else {
        const written = lz4Block(at, at + block, out, toEnd, linked ? first : out)
        if (written < 0) return written
        out += written
      }
      at += block + blockTail
      if (at > fromEnd) return FRAME_BAD
    }
    at += frameTail
    if (at > fromEnd) return FRAME_BAD
  }
  return <i32>(out - to)
}

/**
 * Compresses [from, from + size) to one block at `to`, where 16 + size + size / 255 bytes and the slack must be
 * free. `table` is 32 KiB of working memory. Greedy, one candidate a slot. Returns the bytes written.
 */
export function lz4Compress(from: usize, size: usize, to: usize, table: usize): i32 {
  const end = from + size
  let out = to
  let literal = from
  if (size > MATCH_LAST) {
    const last = end - MATCH_LAST
    const matchEnd = end - LITERAL_LAST
    memory.fill(table, 0, 4 << HASH_BITS)
    let at = from + 1
    let step: usize = 64
    while (at < last) {
      const word = load<u32>(at)
      const slot = table + (((word * 0x9e3779b1) >>> (32 - HASH_BITS)) << 2)
      const candidate = from + <usize>load<u32>(slot)
      store<u32>(slot, <u32>(at - from))
      if (load<u32>(candidate) !== word || at - candidate > DISTANCE_MAX) {
        at += step >>> 6
        step += 1
        continue
      }
      const matched = MATCH_MIN + equalBytes(candidate + MATCH_MIN, at + MATCH_MIN, matchEnd)
      out = putSequence(out, literal, at - literal, at - candidate, matched)
      at += matched
      literal = at
      step = 64
    }
  }
  return <i32>(putLiteral(out, literal, end - literal, 0) - to)
}

/** A token with `low` as its low half, and the literal behind it. */
function putLiteral(to: usize, from: usize, size: usize, low: usize): usize {
  let out = to + 1
  store<u8>(to, <u8>((min<usize>(size, 15) << 4) | low))
  if (size >= 15) out = putRest(out, size - 15)
  copyApart(out, from, size)
  return out + size
}

function putSequence(to: usize, from: usize, size: usize, distance: usize, matched: usize): usize {
  const rest = matched - MATCH_MIN
  const out = putLiteral(to, from, size, min<usize>(rest, 15))
  store<u16>(out, <u16>distance)
  return rest >= 15 ? putRest(out + 2, rest - 15) : out + 2
}

function putRest(to: usize, size: usize): usize {
  let out = to
  let rest = size
  while (rest >= 255) {
    store<u8>(out++, 255)
    rest -= 255
  }
  store<u8>(out, <u8>rest)
  return out + 1
}
