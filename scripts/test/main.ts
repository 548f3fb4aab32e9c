/**
 * The test runner behind `npm test`: every tier in turn, all failures and skips by name at the end, and a last
 * line that people and programs can read: `N passed, N failed`.
 *
 *   node scripts/test/main.ts [TIER…] [--soak]
 *
 * Tiers may also come from HINDCAST_TIERS (comma-separated). `--soak` asks for the full counts, through the
 * variables that the tests read: HINDCAST_CASES (per property), HINDCAST_KILLS, HINDCAST_FULL=1.
 */
import { runTier } from './run-tier.ts'
import { closingLine, sumOf, type Tally } from './tally.ts'
import { isSoak, SOAK_FACTOR, type Tier, tiersNamed } from './tiers.ts'

const SOAK_COUNTS = { HINDCAST_FULL: '1', HINDCAST_CASES: '20000', HINDCAST_KILLS: '60' }

async function main(args: readonly string[]): Promise<number> {
  const tiers = chosenTiers(args.filter(arg => arg !== '--soak'))
  if (args.includes('--soak')) {
    for (const [name, value] of Object.entries(SOAK_COUNTS)) process.env[name] ??= value
  }
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort(signal))
  const tallies: Tally[] = []
  for (const tier of tiers) {
    if (interruption.signal.aborted) break
    tallies.push(await runAndReport(tier, interruption.signal))
  }
  if (interruption.signal.aborted) {
    console.log(`interrupted by ${interruption.signal.reason}`)
    return 130
  }
  const sum = sumOf(tallies)
  if (sum.skips.length > 0) console.log(`\nskipped:\n${sum.skips.map(line => `  ${line}`).join('\n')}`)
  if (sum.problems.length > 0) console.log(`\nfailed:\n${sum.problems.map(line => `  ${line}`).join('\n')}`)
  console.log(`\n${closingLine(sum)}`)
  return sum.failed === 0 ? 0 : 1
}

function chosenTiers(args: readonly string[]): readonly Tier[] {
  const fromEnvironment = (process.env.HINDCAST_TIERS ?? '').split(',').filter(name => name !== '')
  return tiersNamed(args.length > 0 ? args : fromEnvironment)
}

async function runAndReport(tier: Tier, signal: AbortSignal): Promise<Tally> {
  console.log(`\n── ${tier.name} ${'─'.repeat(70 - tier.name.length)}`)
  const startedAt = Date.now()
  const tally = await runTier({
    vitestArgs: ['--project', tier.name],
    deadlineMs: tier.tierMs * (isSoak() ? SOAK_FACTOR : 1),
    output: 'inherit',
    signal,
  })
  console.log(`${tier.name}: ${closingLine(tally)} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
  return {
    ...tally,
    problems: tally.problems.map(line => `${tier.name}: ${line}`),
    skips: tally.skips.map(line => `${tier.name}: ${line}`),
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
