/** How long to wait before the next try: equal jitter (half fixed, half by chance), so that who failed together comes back apart. */

export interface Backoff {
  /** Bound of the first pause, ms; each further one is twice as long. */
  readonly firstMs: number
  readonly capMs: number
}

/** Pause after `failures` ≥ 1 tries that failed, ms. `chance` is in [0, 1). */
export function backoffMs(failures: number, chance: number, { firstMs, capMs }: Backoff): number {
  const bound = Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 16))
  return bound / 2 + (bound / 2) * chance
}
