/**
 * How long calls take: a histogram of fixed size, exact to a fifth.
 *
 *     bucket i    [ 0.25 · 2^(i/4), 0.25 · 2^((i+1)/4) ) ms        the first holds what is shorter, the last what is longer
 */

const FIRST_MS = 0.25
const PER_DOUBLING = 4
/** To 262 s. */
const BUCKETS = 80

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS)
  #total = 0

  get total(): number {
    return this.#total
  }

  add(ms: number): void {
    const bucket = Math.floor(PER_DOUBLING * Math.log2(Math.max(ms, FIRST_MS) / FIRST_MS))
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++
    this.#total++
  }

  /** Calls by bucket. */
  get counts(): readonly number[] {
    return Array.from(this.#counts)
  }
}

/** That share of the calls took no longer than so many ms; 0 where there were none. `share` is in (0, 1]. */
export function latencyQuantile(counts: readonly number[], share: number): number {
  let left = Math.ceil(share * counts.reduce((sum, count) => sum + count, 0))
  if (left === 0) return 0
  let bucket = 0
  for (; bucket < BUCKETS - 1; bucket++) {
    left -= counts[bucket]!
    if (left <= 0) break
  }
  return FIRST_MS * 2 ** ((bucket + 1) / PER_DOUBLING)
}
