/**
 * "Did you mean": the candidate a mistyped word was most likely meant to be.
 */

/** The closest candidate, or null where none is close enough to be worth a question. */
export function nearest(given: string, candidates: Iterable<string>): string | null {
  const word = plain(given)
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (candidate === given) continue
    // Of two that are as near, the one that the word begins is likelier: `m` is `ms` rather than `s`.
    const begun = plain(candidate).startsWith(word) ? 0.5 : 0
    const distance = editDistance(word, plain(candidate), bestDistance + 1) - begun
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Case and separators are the most common slips: `max_age`, `MaxAge` and `max-age` are all `maxAge`. */
function plain(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[_\-\s]/g, '')
}

/** Edits (insert, delete, replace, swap of neighbours) between two words; `limit` or more is not told apart. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, before[j - 2]! + 1)
      current.push(edits)
    }
    before = previous
    previous = current
  }
  return previous[b.length]!
}
