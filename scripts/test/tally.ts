/**
 * Events of a tier → counts and problems. Pure. Its rule: whatever is not seen to pass is a failure – a file
 * that does not load, a hook that throws, a process that dies, a tier that finds no test.
 */
import type { TierEvent } from './events.ts'

/** How the process of a tier ended, and what it left behind. */
export interface TierEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly isPastDeadline: boolean
  /** Command lines of processes that outlived the tier. */
  readonly processesLeft: readonly string[]
  /** Names left in the tier's temporary directory. */
  readonly filesLeft: readonly string[]
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** One line for each failure. */
  readonly problems: readonly string[]
  /** One line for each test that was left out, with the reason it gave. */
  readonly skips: readonly string[]
}

export function tallyOf(events: readonly TierEvent[], end: TierEnd): Tally {
  const problems: string[] = []
  const skips: string[] = []
  // Files too: a worker that hangs may not have told that it started the test it hangs in.
  const running = new Set<string>()
  let passed = 0
  for (const event of events) {
    if (event.kind === 'opened') running.add(event.file)
    if (event.kind === 'closed') running.delete(event.file)
    if (event.kind === 'started') running.add(event.test)
    if (event.kind === 'broken') problems.push(`${event.where}: ${event.message}`)
    if (event.kind !== 'ended') continue
    running.delete(event.test)
    if (event.state === 'passed') passed++
    else if (event.state === 'failed') problems.push(event.test)
    else skips.push(event.note === '' ? event.test : `${event.test} (${event.note})`)
  }
  const isDone = events.some(event => event.kind === 'done')
  problems.push(...endProblems(end, isDone, [...running]))
  if (problems.length === 0 && passed === 0) problems.push('ran no test')
  if (problems.length === 0 && end.exitCode !== 0)
    problems.push(`vitest exited with ${end.exitCode} without naming a failure`)
  return { passed, failed: problems.length, skipped: skips.length, problems, skips }
}

function endProblems(end: TierEnd, isDone: boolean, running: readonly string[]): string[] {
  const during = running.length === 0 ? '' : ` while running ${running.join(', ')}`
  // What was cut off could not clean up: one failure, not three.
  if (end.isPastDeadline) return [`took longer than the deadline of its tier${during}`]
  if (!isDone) return [`ended in the middle (${end.signal ?? `exit code ${end.exitCode}`})${during}`]
  const problems: string[] = []
  if (end.processesLeft.length > 0) problems.push(`left processes running: ${end.processesLeft.join('; ')}`)
  if (end.filesLeft.length > 0)
    problems.push(`left files in the temporary directory: ${end.filesLeft.join(', ')}`)
  return problems
}

export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    skipped: tallies.reduce((sum, tally) => sum + tally.skipped, 0),
    problems: tallies.flatMap(tally => tally.problems),
    skips: tallies.flatMap(tally => tally.skips),
  }
}

/** The closing line, which programs read: `N passed, N failed`, and `, N skipped` when some were. */
export function closingLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`
}
