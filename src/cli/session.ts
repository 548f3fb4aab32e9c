/**
 * One call of the command line: where it writes, what it calls, and how it will end. Nothing is global: tests
 * run many side by side.
 */

import type { Job, RemoteAccess } from '../job/index.ts'
import type { Plan } from '../plan/index.ts'
import type {
  PlanOptions,
  ReplayOptions,
  ReplayOutcome,
  RunInspection,
  RunOptions,
  RunOutcome,
  VerifyOutcome,
} from '../run/index.ts'
import { EXIT_DONE, exitCodeOfSignal, type StopSignal } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** What the commands call; everything they do is a call of this first (page 1 §6). */
export interface RunApi {
  planJob(job: Job, options?: PlanOptions): Promise<Plan>
  runPlan(plan: Plan, options: RunOptions): Promise<RunOutcome>
  replayHistory(job: Job, options: ReplayOptions): Promise<ReplayOutcome>
  verifyRun(directory: string, other?: string, access?: RemoteAccess): Promise<VerifyOutcome>
  inspectRun(directory: string): Promise<RunInspection>
  inspectionWords(inspection: RunInspection): string
  inspectRunPage(directory: string): Promise<string>
}

/** Who sends the signals: the process, or a test. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown
  off(signal: StopSignal, listener: () => void): unknown
}

export class Session {
  readonly terminal: Terminal
  readonly #loadApi: () => Promise<RunApi>
  readonly #signals: SignalSource
  readonly #quit: (code: number) => void
  /** What the process will end with if no error is thrown. */
  exitCode = EXIT_DONE
  /** Whether a JSON result was printed: an error after it does not take its place as the last line. */
  hasResult = false
  /** The signal that asked to stop, if one came. */
  stoppedBy: StopSignal | null = null

  constructor(parts: SessionParts) {
    this.terminal = parts.terminal
    this.#loadApi = parts.loadApi
    this.#signals = parts.signals
    this.#quit = parts.quit
  }

  /** Loaded when first needed: `--help` does not wait for DuckDB. */
  api(): Promise<RunApi> {
    return this.#loadApi()
  }

  /** The result of a command, as the last line of stdout. */
  printJson(value: unknown): void {
    this.hasResult = true
    this.terminal.out(`${JSON.stringify(value)}\n`)
  }

  /**
   * Runs work that SIGINT and SIGTERM can stop. The first aborts the signal handed in and waits for the work to
   * end by itself, after a clean checkpoint; a second one quits at once, which loses no more than a crash does.
   */
  async stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    const stop = (signal: StopSignal) => (): void => {
      if (this.stoppedBy !== null) {
        this.#quit(exitCodeOfSignal(this.stoppedBy))
        return
      }
      this.stoppedBy = signal
      this.terminal.err(`${signal}: stopping after a checkpoint; once more to quit at once\n`)
      controller.abort()
    }
    const listeners = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') }
    this.#signals.on('SIGINT', listeners.SIGINT)
    this.#signals.on('SIGTERM', listeners.SIGTERM)
    try {
      return await work(controller.signal)
    } finally {
      this.#signals.off('SIGINT', listeners.SIGINT)
      this.#signals.off('SIGTERM', listeners.SIGTERM)
    }
  }
}

export interface SessionParts {
  readonly terminal: Terminal
  readonly loadApi: () => Promise<RunApi>
  readonly signals: SignalSource
  /** Ends the process at once. */
  readonly quit: (code: number) => void
}
