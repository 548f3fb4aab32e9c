/** How many cases a property runs, and for how long at most. */
import { isSoak, SOAK_FACTOR } from '../../scripts/test/tiers.ts'

/**
 * Of all its cases and of the search for a smaller one that fails too, ms: within the bound of a tier, so that what was
 * found is told. Cases that were left out are a failure.
 */
const TIME_MS = 80_000

/** How many cases a property runs: 1000, or HINDCAST_CASES (subsets in a hurry, more in the soak). */
export function cases(defaultCases = 1000) {
  return {
    numRuns: Number(process.env.HINDCAST_CASES ?? defaultCases),
    interruptAfterTimeLimit: TIME_MS * (isSoak() ? SOAK_FACTOR : 1),
    markInterruptAsFailure: true,
  }
}
