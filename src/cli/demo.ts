/** `hindcast demo`: the main job on real data, embedded, no server, under a minute. */

import { type Command, InvalidArgumentError } from 'commander'
import { secondsText } from '../core/figures.ts'
import type { DemoStep } from '../demo/index.ts'
import { HindcastError } from '../errors.ts'
import { exitCodeOfSignal } from './exit.ts'
import { openProgress, progressMode } from './progress.ts'
import type { Session } from './session.ts'

/** Flights of the data set; about so many take part without --rows. */
const ROWS_MAX = 3_000_000

interface DemoArguments {
  readonly rows: number
  readonly directory: string
  readonly historyOnly?: boolean
  readonly json?: boolean
}

export function addDemoCommand(program: Command, session: Session): void {
  program
    .command('demo')
    .description(
      'replay real flights, hand over to a live log, join, verify: the main job, with nothing to set up',
    )
    .option('--rows <n>', 'about how many flights take part', readRows, ROWS_MAX)
    .option('--directory <dir>', 'where to put data, job, log and run', 'out/demo')
    .option('--history-only', 'without the live log')
    .option('--json', 'print the outcome of the run and of the checks as the last line')
    .action((flags: DemoArguments) => session.stoppable(signal => demoCommand(flags, session, signal)))
}

async function demoCommand(flags: DemoArguments, session: Session, signal: AbortSignal): Promise<void> {
  const { terminal } = session
  // Loaded here: `--help` does not wait for DuckDB.
  const [{ runDemo, isClean }, { demoStepText, demoTitle }] = await Promise.all([
    import('../demo/index.ts'),
    import('./print-demo.ts'),
  ])
  const historyOnly = flags.historyOnly ?? false
  const progress = openProgress(progressMode(undefined, terminal), terminal, () => performance.now())
  const startedMs = performance.now()
  const told: Partial<Record<DemoStep['kind'], DemoStep>> = {}
  terminal.out(demoTitle({ historyOnly }))
  const steps = runDemo({
    directory: flags.directory,
    rows: flags.rows,
    historyOnly,
    signal,
    onProgress: state => progress.update(state),
  })
  try {
    for await (const step of steps) {
      if (step.kind === 'ran') progress.end()
      told[step.kind] = step
      terminal.out(demoStepText(step, { historyOnly }))
      if (step.kind === 'ran' && step.outcome.state === 'interrupted')
        session.exitCode = exitCodeOfSignal(session.stoppedBy)
      if (step.kind === 'verified' && !step.outcome.equal)
        throw failed('the samples do not have the digests of their manifest')
      if (step.kind === 'checked' && !isClean(step.check))
        throw failed('the samples are not what plain SQL makes of the same flights')
    }
  } catch (thrown) {
    if (told.ran === undefined) progress.end() // frees the line for the message
    throw thrown
  }
  terminal.out(`\nthe whole demo took ${secondsText((performance.now() - startedMs) / 1000)}\n`)
  if (flags.json) session.printJson(jsonOf(told))
}

function jsonOf(told: Partial<Record<DemoStep['kind'], DemoStep>>): object {
  const { ran, verified, checked } = told
  return {
    run: ran?.kind === 'ran' ? ran.outcome : null,
    verified: verified?.kind === 'verified' ? verified.outcome.equal : null,
    check: checked?.kind === 'checked' ? checked.check : null,
  }
}

function failed(message: string): HindcastError {
  return new HindcastError('bug', `the demo found an error in Hindcast: ${message}`, {
    advice: 'Please report this with the lines above.',
  })
}

function readRows(text: string): number {
  const rows = Number(text)
  if (/^\d+$/.test(text) && rows >= 1 && rows <= ROWS_MAX) return rows
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${ROWS_MAX}.`)
}
