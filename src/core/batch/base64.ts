/**
 * Base64 (RFC 4648 §4, standard alphabet, padded) → bytes. Strict: white space, a wrong length, and bits that
 * the bytes do not use are refused, so that every value has one text.
 */

const WRONG = 255
const SEXTET = sextets()
const PAD = 0x3d

/** Most bytes that `length` characters can stand for. */
export function base64BytesMax(length: number): number {
  return Math.ceil(length / 4) * 3
}

/** Decodes `source[start … end)` to `target` at `at`; returns the position after it, or -1. */
export function decodeBase64(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  if ((end - start) % 4 !== 0) return -1
  let out = at
  for (let p = start; p < end; p += 4) {
    const a = SEXTET[source[p]!]!
    const b = SEXTET[source[p + 1]!]!
    const last = p + 4 === end
    const pads = last && source[p + 3] === PAD ? (source[p + 2] === PAD ? 2 : 1) : 0
    const c = pads === 2 ? 0 : SEXTET[source[p + 2]!]!
    const d = pads > 0 ? 0 : SEXTET[source[p + 3]!]!
    if (a === WRONG || b === WRONG || c === WRONG || d === WRONG) return -1
    if ((pads === 2 && (b & 15) !== 0) || (pads === 1 && (c & 3) !== 0)) return -1
    target[out++] = (a << 2) | (b >> 4)
    if (pads < 2) target[out++] = ((b & 15) << 4) | (c >> 2)
    if (pads < 1) target[out++] = ((c & 3) << 6) | d
  }
  return out
}

function sextets(): Uint8Array {
  const table = new Uint8Array(256).fill(WRONG)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i
  return table
}
