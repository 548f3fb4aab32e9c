/** How many cases a property runs: 1000, or HINDCAST_CASES (subsets in a hurry, more in the soak). */
export function cases(defaultCases = 1000): { numRuns: number } {
  return { numRuns: Number(process.env.HINDCAST_CASES ?? defaultCases) }
}
