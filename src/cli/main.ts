/**
 * The command line: arguments → one command → exit code. Errors end up here, and only here: as text on stderr,
 * and with `--json` also as the last line of stdout, unless the result is there already.
 */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addDemoCommand } from './demo.ts'
import { asHindcastError, exitCodeOfError, exitCodeOfHelp } from './exit.ts'
import { addFeatureCommands } from './features.ts'
import { addFilesCommands } from './files.ts'
import { addInspectCommand } from './inspect.ts'
import { addLogCommands } from './log.ts'
import { addParquetCommands } from './parquet.ts'
import { addPlanCommand } from './plan.ts'
import { errorText } from './print-error.ts'
import { addReplayCommand } from './replay.ts'
import { addRunCommand } from './run.ts'
import { Session, type SessionParts } from './session.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { addTopicCommands } from './topic.ts'
import { addVerifyCommand } from './verify.ts'

const EXIT_CODES = `
Exit codes:
  0 done   2 job, arguments or plan are wrong   3 data refused   4 seam not proven   5 versions unavailable
  75 gave up on something transient, worth a retry   99 nothing to do   130/143 interrupted after a checkpoint
`

/**
 * Runs one command and resolves to its exit code; never rejects. `argv` is what stands after the name of the
 * program. Tests hand in other parts than those of the process.
 */
export async function main(argv: readonly string[], parts: Partial<SessionParts> = {}): Promise<number> {
  const session = new Session({ ...processParts(parts.terminal), ...parts })
  try {
    await buildProgram(session).parseAsync(argv, { from: 'user' })
    return session.exitCode
  } catch (thrown) {
    return exitCodeOfHelp(thrown) ?? reportError(thrown, argv, session)
  }
}

function processParts(terminal: Terminal = processTerminal()): SessionParts {
  return {
    terminal,
    loadApi: () => import('../run/index.ts'),
    signals: process,
    quit: code => process.exit(code),
  }
}

function buildProgram(session: Session): Command {
  const { terminal } = session
  const program = new Command('hindcast')
    .description('Replays history as if it were live, and joins each event with what was true at the time.')
    .version(packageVersion())
    .option('--verbose', 'print stack traces with errors')
    .addHelpText('after', EXIT_CODES)
  addPlanCommand(program, session)
  addRunCommand(program, session)
  addReplayCommand(program, session)
  addVerifyCommand(program, session)
  addInspectCommand(program, session)
  addLogCommands(program, session)
  addTopicCommands(program, session)
  addFeatureCommands(program, session)
  addFilesCommands(program, session)
  addParquetCommands(program, session)
  addDemoCommand(program, session)
  settle(program, terminal)
  return program
}

/** Every command, whoever made it, throws instead of ending the process, and prints where the session says. */
function settle(command: Command, terminal: Terminal): void {
  command.exitOverride()
  command.configureOutput({
    writeOut: text => {
      terminal.out(text)
    },
    writeErr: text => {
      terminal.err(text)
    },
    outputError: () => {}, // told once, by `reportError`
  })
  for (const inner of command.commands) settle(inner, terminal)
}

function reportError(thrown: unknown, argv: readonly string[], session: Session): number {
  const error = asHindcastError(thrown, session.stoppedBy)
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  session.terminal.err(errorText(error, { verbose: flags.includes('--verbose') }))
  if (flags.includes('--json') && !session.hasResult) {
    const { code, message, where, advice } = error
    session.printJson({ error: { code, message, where, advice } })
  }
  return exitCodeOfError(error, session.stoppedBy)
}

/** The same place for `src/cli/` and `dist/cli/`. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
