/**
 * The tiers of the test suite, in the order in which they run: cheap and telling first.
 *
 * Two bounds each: `testMs`, after which vitest fails a single test, and `tierMs`, after which the runner kills
 * the tier, for what vitest cannot interrupt (a loop that never awaits, a native call that never returns). A run of
 * everything is to take less than 40 minutes; the bounds leave a slower or busier machine half as much again.
 */

export interface Tier {
  readonly name: string
  readonly include: readonly string[]
  readonly testMs: number
  readonly tierMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND

export const TIERS: readonly Tier[] = [
  {
    name: 'tidy',
    include: ['test/tidy.test.ts', 'test/tidy/**/*.test.ts'],
    testMs: 90 * SECOND,
    tierMs: 90 * SECOND,
  },
  {
    name: 'unit',
    include: ['test/unit/**/*.test.ts', 'test/harness/**/*.test.ts'],
    testMs: 20 * SECOND,
    tierMs: 3.5 * MINUTE,
  },
  {
    name: 'property',
    include: ['test/property/**/*.test.ts'],
    testMs: 2 * MINUTE,
    tierMs: 2.75 * MINUTE,
  },
  {
    name: 'corpus',
    include: ['test/corpus/**/*.test.ts'],
    testMs: 2 * MINUTE,
    tierMs: 2 * MINUTE,
  },
  {
    name: 'system',
    include: ['test/system/**/*.test.ts'],
    testMs: 4 * MINUTE,
    tierMs: 55 * MINUTE,
  },
]

/** A soak runs many times the cases, so its bounds are wider by this. */
export const SOAK_FACTOR = 20

/** True where `npm run soak` (or its user by hand) asks for the full counts. */
export function isSoak(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.HINDCAST_FULL === '1'
}

/** Tiers by name, in their own order; throws on a name that is none, so that a typing error never runs nothing. */
export function tiersNamed(names: readonly string[]): readonly Tier[] {
  const known = TIERS.map(tier => tier.name)
  const unknown = names.filter(name => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`no test tier is called ${unknown.join(', ')}; there are ${known.join(', ')}`)
  return names.length === 0 ? TIERS : TIERS.filter(tier => names.includes(tier.name))
}
