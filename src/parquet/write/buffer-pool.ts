/**
 * Working memory of column writers, used again: fresh memory costs a page fault each 4 KiB when it is first touched,
 * and a writer of many small files would ask for it over and over. One pool a thread.
 */

/** Bytes that are kept for later. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024

const kept = new Map<number, Int32Array[]>()
let keptBytes = 0

/** At least `length` words; what is in them is left over from earlier users. */
export function takeWords(length: number): Int32Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, length)))
  const words = kept.get(size)?.pop()
  if (words === undefined) return new Int32Array(size)
  keptBytes -= words.byteLength
  return words
}

/** Gives words back that came from `takeWords`; whoever gives them must not look at them again. */
export function giveWords(words: Int32Array): void {
  if (words.length === 0 || keptBytes + words.byteLength > KEPT_BYTES_MAX) return
  keptBytes += words.byteLength
  const free = kept.get(words.length)
  if (free === undefined) kept.set(words.length, [words])
  else free.push(words)
}
