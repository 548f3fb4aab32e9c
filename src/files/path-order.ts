/**
 * Byte order of names: the order of paths, and so of file ordinals (C1), is that of their UTF-8 bytes, on every
 * platform and in every locale.
 */

/**
 * Compares two names by their UTF-8 bytes without encoding them. UTF-8 sorts as code points do; UTF-16 units differ
 * from that only where one side has a surrogate, which then belongs above the rest of the basic plane.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return rankOf(x) - rankOf(y)
  }
  return a.length - b.length
}

function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
