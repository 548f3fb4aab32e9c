/**
 * xxHash32 (Yann Collet's published algorithm, seed 0): tells damaged bytes from whole ones. Not for security,
 * and not a content digest (that is C7's SHA-256).
 *
 * Four independent accumulators a stripe of 16 bytes: about 2 GB/s in JavaScript, so a checksum costs less than
 * the copy it protects.
 */

import { assert } from '../../errors.ts'

const PRIME_1 = 0x9e3779b1 | 0
const PRIME_2 = 0x85ebca77 | 0
const PRIME_3 = 0xc2b2ae3d | 0
const PRIME_4 = 0x27d4eb2f | 0
const PRIME_5 = 0x165667b1 | 0

/** Hash of little-endian 32-bit words, as an unsigned 32-bit number. */
export function xxHash32(words: Int32Array): number {
  const stripesEnd = words.length - (words.length & 3)
  let hash = PRIME_5
  if (stripesEnd > 0) {
    let a = (PRIME_1 + PRIME_2) | 0
    let b = PRIME_2
    let c = 0
    let d = -PRIME_1 | 0
    for (let i = 0; i < stripesEnd; i += 4) {
      a = (a + Math.imul(words[i], PRIME_2)) | 0
      a = Math.imul((a << 13) | (a >>> 19), PRIME_1)
      b = (b + Math.imul(words[i + 1], PRIME_2)) | 0
      b = Math.imul((b << 13) | (b >>> 19), PRIME_1)
      c = (c + Math.imul(words[i + 2], PRIME_2)) | 0
      c = Math.imul((c << 13) | (c >>> 19), PRIME_1)
      d = (d + Math.imul(words[i + 3], PRIME_2)) | 0
      d = Math.imul((d << 13) | (d >>> 19), PRIME_1)
    }
    hash =
      (((a << 1) | (a >>> 31)) +
        ((b << 7) | (b >>> 25)) +
        ((c << 12) | (c >>> 20)) +
        ((d << 18) | (d >>> 14))) |
      0
  }
  hash = (hash + 4 * words.length) | 0
  for (let i = stripesEnd; i < words.length; i++) {
    hash = (hash + Math.imul(words[i], PRIME_3)) | 0
    hash = Math.imul((hash << 17) | (hash >>> 15), PRIME_4)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Bytes [from, to) as words; both multiples of 4 counted from the start of the underlying buffer. */
export function wordsOf(bytes: Uint8Array, from: number, to: number): Int32Array {
  assert((bytes.byteOffset + from) % 4 === 0 && (to - from) % 4 === 0, 'words are aligned')
  return new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) / 4)
}
