/**
 * What ends the process: anything thrown → an error and the exit code of page "exit codes" of the README.
 *
 *   0 done · 2 job, arguments or plan are wrong · 3 data refused · 4 seam not proven · 5 versions unavailable
 *   70 bug · 75 transient, worth a retry · 99 nothing to do · 130/143 interrupted after a clean checkpoint
 */

import { CommanderError } from 'commander'
import { exitCodeOf, HindcastError, wrapError } from '../errors.ts'

/** The signals that ask a run to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

export const EXIT_DONE = 0
export const EXIT_ARGUMENTS_WRONG = 2
export const EXIT_SEAM_UNPROVEN = 4

/** Exit code after a stop that was asked for: 128 + the signal's number, as shells have it. */
export function exitCodeOfSignal(signal: StopSignal | null): number {
  return signal === 'SIGTERM' ? 143 : 130
}

export function exitCodeOfError(error: HindcastError, signal: StopSignal | null): number {
  return error.code === 'interrupted' ? exitCodeOfSignal(signal) : exitCodeOf(error)
}

/** Anything thrown by a command, as one of our errors. */
export function asHindcastError(thrown: unknown, signal: StopSignal | null): HindcastError {
  if (thrown instanceof HindcastError) return thrown
  if (thrown instanceof CommanderError) return argumentError(thrown)
  if (signal !== null && thrown instanceof Error && thrown.name === 'AbortError') {
    return new HindcastError('interrupted', `stopped by ${signal}`, {
      advice: 'Type the same command to go on.',
    })
  }
  return wrapError(thrown, 'bug', 'Hindcast failed where it should not', {
    advice: 'Run it again with --verbose and report what it prints.',
  })
}

/**
 * Exit code where nothing failed but help or the version was printed; null for everything else. Help that was
 * not asked for (no command, no sub-command) was told on stderr: the arguments are wrong.
 */
export function exitCodeOfHelp(thrown: unknown): number | null {
  if (!(thrown instanceof CommanderError)) return null
  if (thrown.code === 'commander.help') return EXIT_ARGUMENTS_WRONG
  return thrown.exitCode === 0 ? EXIT_DONE : null
}

/** `error: unknown command 'pln'\n(Did you mean plan?)` → message and advice. */
function argumentError(thrown: CommanderError): HindcastError {
  const [message = '', suggestion = ''] = thrown.message.replace(/^error: /, '').split('\n')
  const meant = /^\((Did you mean .*)\)$/.exec(suggestion)?.[1]
  const advice = meant ?? 'See hindcast --help, or --help after a command.'
  return new HindcastError('argument-invalid', message, { advice })
}
