/**
 * What the characters of a JSON string token stand for, as UTF-8 bytes. The token has been checked by
 * `JsonScanner`, so nothing here can fail, and its text is never longer than the token.
 */

import { hex4 } from './json-scan.ts'

const BACKSLASH = 0x5c

/** Byte after the backslash → byte meant; 0 for `u`. */
const MEANT = meant()

/**
 * Writes the text of the token `source[start … end)` (quotes excluded) to `target` at `at`; returns the
 * position after it. `target` must have room for `end - start` bytes.
 */
export function unescapeInto(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let p = start
  let out = at
  while (p < end) {
    const byte = source[p]!
    if (byte !== BACKSLASH) {
      target[out++] = byte
      p++
      continue
    }
    const simple = MEANT[source[p + 1]!]!
    if (simple !== 0) {
      target[out++] = simple
      p += 2
      continue
    }
    let point = hex4(source, p + 2, end)
    p += 6
    if (point >= 0xd800 && point <= 0xdfff) {
      point = 0x10000 + ((point - 0xd800) << 10) + hex4(source, p + 2, end) - 0xdc00
      p += 6
    }
    out = writeUtf8(point, target, out)
  }
  return out
}

/** Copies short ranges byte by byte: below some 40 bytes that beats making a view for `set`. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  if (end - start > 40) {
    target.set(source.subarray(start, end), at)
    return
  }
  let out = at
  for (let p = start; p < end; p++) target[out++] = source[p]!
}

function writeUtf8(point: number, target: Uint8Array, at: number): number {
  let out = at
  if (point < 0x80) target[out++] = point
  else if (point < 0x800) {
    target[out++] = 0xc0 | (point >> 6)
    target[out++] = 0x80 | (point & 0x3f)
  } else if (point < 0x10000) {
    target[out++] = 0xe0 | (point >> 12)
    target[out++] = 0x80 | ((point >> 6) & 0x3f)
    target[out++] = 0x80 | (point & 0x3f)
  } else {
    target[out++] = 0xf0 | (point >> 18)
    target[out++] = 0x80 | ((point >> 12) & 0x3f)
    target[out++] = 0x80 | ((point >> 6) & 0x3f)
    target[out++] = 0x80 | (point & 0x3f)
  }
  return out
}

function meant(): Uint8Array {
  const table = new Uint8Array(256)
  const from = '"\\/bfnrt'
  const to = '"\\/\b\f\n\r\t'
  for (let i = 0; i < from.length; i++) table[from.charCodeAt(i)] = to.charCodeAt(i)
  return table
}
