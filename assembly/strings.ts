/**
 * Strings: PLAIN values of a page to positions in one arena and back, and the strings of dictionary codes.
 * Source of the format: apache/parquet-format, `Encodings.md` (PLAIN: 4 bytes little-endian of size, then the bytes).
 *
 * An arena is its bytes one after the other, with count + 1 positions (u32, from 0) beside it. Strings are short,
 * so each is copied in steps of 16 bytes, whatever its size.
 */

import { CODE_BAD, INPUT_PASSED, OUTPUT_PASSED, TRUNCATED } from './failure'
import { copyApart } from './wide-bytes'

/**
 * Takes `count` PLAIN values off [from, fromEnd): count + 1 positions to `offsets`, bytes to `arena`, which is as
 * large as the page. Returns the bytes of the arena (bytes of the page: that and 4 a value), or a failure.
 */
export function unpackStrings(from: usize, fromEnd: usize, count: usize, offsets: usize, arena: usize): i32 {
  let at = from
  let out = arena
  store<u32>(offsets, 0)
  for (let i: usize = 0; i < count; i++) {
    if (fromEnd - at < 4) return TRUNCATED
    const size = <usize>load<u32>(at)
    at += 4
    if (size > fromEnd - at) return INPUT_PASSED
    copyApart(out, at, size)
    at += size
    out += size
    store<u32>(offsets + ((i + 1) << 2), <u32>(out - arena))
  }
  return <i32>(out - arena)
}

/**
 * Looks at `size` + 1 positions of a dictionary: they must rise and stay within `bytes`. Returns 0 or a failure;
 * after that the kernels below trust them.
 */
export function checkOffsets(offsets: usize, size: usize, bytes: u32): i32 {
  let before = load<u32>(offsets)
  for (let i: usize = 1; i <= size; i++) {
    const next = load<u32>(offsets + (i << 2))
    if (next < before) return CODE_BAD
    before = next
  }
  return before > bytes ? CODE_BAD : 0
}

/**
 * The first half of a gather: writes count + 1 positions for `count` codes of a checked dictionary of `size` strings.
 * Returns the bytes that the strings have together, at most `bytesMax`, or a failure.
 */
export function placeStrings(
  codes: usize,
  count: usize,
  dictionary: usize,
  size: u32,
  offsets: usize,
  bytesMax: u32,
): i32 {
  let sum: u32 = 0
  store<u32>(offsets, 0)
  for (let i: usize = 0; i < count; i++) {
    const code = load<u32>(codes + (i << 2))
    if (code >= size) return CODE_BAD
    const entry = dictionary + ((<usize>code) << 2)
    const bytes = load<u32>(entry, 4) - load<u32>(entry)
    if (bytes > bytesMax - sum) return OUTPUT_PASSED
    sum += bytes
    store<u32>(offsets + ((i + 1) << 2), sum)
  }
  return <i32>sum
}

/** The second half: copies the strings of codes that `placeStrings` has checked to `arena`. */
export function gatherStrings(
  codes: usize,
  count: usize,
  dictionary: usize,
  bytes: usize,
  offsets: usize,
  arena: usize,
): void {
  for (let i: usize = 0; i < count; i++) {
    const entry = dictionary + ((<usize>load<u32>(codes + (i << 2))) << 2)
    const start = <usize>load<u32>(entry)
    copyApart(arena + <usize>load<u32>(offsets + (i << 2)), bytes + start, <usize>load<u32>(entry, 4) - start)
  }
}

/**
 * Writes strings as PLAIN values to `to`: of `count` + 1 positions at `offsets`, which rise; the first of them is of
 * the byte at `bytes`. Where `valid` is not 0, a string whose byte there is 0 is left out. Returns the bytes written.
 */
export function packStrings(offsets: usize, count: usize, bytes: usize, valid: usize, to: usize): i32 {
  const first = <usize>load<u32>(offsets)
  let out = to
  for (let i: usize = 0; i < count; i++) {
    if (valid !== 0 && load<u8>(valid + i) === 0) continue
    const entry = offsets + (i << 2)
    const start = <usize>load<u32>(entry)
    const size = <usize>load<u32>(entry, 4) - start
    store<u32>(out, <u32>size)
    copyApart(out + 4, bytes + (start - first), size)
    out += 4 + size
  }
  return <i32>(out - to)
}
