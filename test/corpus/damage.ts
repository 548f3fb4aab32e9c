/** Ways to damage a file, each the same for the same seed. */

/** Numbers in [0, 1) from a seed (a linear congruence: good enough to pick bytes, and replayable). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A copy with one to three bits flipped; every other one in the footer, where the structure is. */
export function flipBits(
  bytes: Uint8Array,
  footerBytes: number,
  index: number,
  random: () => number,
): Uint8Array {
  const copy = bytes.slice()
  const flips = 1 + Math.floor(random() * 3)
  for (let f = 0; f < flips; f++) {
    const span = index % 2 === 0 ? footerBytes : bytes.length
    copy[bytes.length - 1 - Math.floor(random() * span)]! ^= 1 << Math.floor(random() * 8)
  }
  return copy
}

/** Lengths to cut a file at: all over it, and every byte of its last ones. */
export function cutLengths(length: number, count: number): number[] {
  const spread = Array.from({ length: count }, (_, i) => Math.floor((i * length) / count))
  const last = Array.from({ length: 12 }, (_, i) => length - 1 - i)
  return [...new Set([...spread, ...last])].filter(cut => cut > 0)
}
