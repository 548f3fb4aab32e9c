/**
 * A server process: started, asked whether it serves, stopped, killed, started again with the same ports and data.
 *
 *     start() ──► running ──► isReady() ──► stop(): SIGTERM … SIGKILL after a deadline
 *        ▲                                  kill(signal): at once, to see what the others make of it
 *        └────────────────────────────────────┘
 *
 * It never signals a process that is not the one it started (process-identity.ts). Where processes are not to outlive
 * this one, they are its children, in its group, and killed with its exit.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { waitFor } from '../harness/index.ts'
import { waitPatiently } from './patience.ts'
import { identityOf, isRunning, type ProcessIdentity, signalProcess } from './process-identity.ts'
import { StackError } from './stack-error.ts'

const READY_MS = 120_000
/** After SIGTERM; HDFS takes 2 s, a broker 3 s, when nothing hinders them. */
const STOP_MS = 15_000
const KILLED_MS = 10_000
const LOG_LINES = 15

export interface DaemonSpec {
  /** Unique in its cluster: `datanode0`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Gets stdout and stderr of every start, one after another. */
  readonly log: string
  /** Asks the server itself; throwing is the same as false, and gives the reason. */
  readonly isReady: () => Promise<boolean>
  readonly readyMs?: number
  /** From SIGTERM to SIGKILL. */
  readonly stopMs?: number
  /** Those of a lower rank are stopped, and gone, before it. Default 0. */
  readonly stopRank?: number
}

/** How processes relate to this one. */
export interface DaemonMode {
  /** They go on when this process ends; then something else must remember them. */
  readonly detached?: boolean
  /** Those that run already, by name: they are taken over. */
  readonly running?: Readonly<Record<string, ProcessIdentity>>
  /** Called right after a start. */
  readonly onStart?: (name: string, process: ProcessIdentity) => void
  /** After its abort nothing is started any more. */
  readonly signal?: AbortSignal
}

/** Those that end with this process. */
const attached = new Set<Daemon>()
process.on('exit', () => {
  for (const daemon of attached) daemon.kill('SIGKILL')
})

export class Daemon {
  readonly name: string
  readonly log: string
  readonly #spec: DaemonSpec
  readonly #mode: DaemonMode
  #process: ProcessIdentity | null

  constructor(spec: DaemonSpec, mode: DaemonMode = {}) {
    this.name = spec.name
    this.log = spec.log
    this.#spec = spec
    this.#mode = mode
    this.#process = mode.running?.[spec.name] ?? null
  }

  get isRunning(): boolean {
    return this.#process !== null && isRunning(this.#process)
  }

  get stopRank(): number {
    return this.#spec.stopRank ?? 0
  }

  get stopMs(): number {
    return this.#spec.stopMs ?? STOP_MS
  }

  /** The process as it was last started, whether it runs or not; null before that. */
  get process(): ProcessIdentity | null {
    return this.#process
  }

  /** Null when it does not run. */
  get pid(): number | null {
    return this.isRunning ? this.#process!.pid : null
  }

  /** Starts the process, unless it runs, and does not wait for it to serve. */
  start(): void {
    if (this.isRunning) return
    this.#mode.signal?.throwIfAborted()
    mkdirSync(dirname(this.log), { recursive: true })
    const output = openSync(this.log, 'a')
    const detached = this.#mode.detached ?? false
    // Java takes the encoding of file names from the locale: in none it knows ASCII only
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    const child = spawn(this.#spec.command, this.#spec.args, {
      stdio: ['ignore', output, output],
      detached,
      env,
    })
    child.on('error', () => undefined) // told below: there is no pid then
    closeSync(output)
    const identity = child.pid === undefined ? null : identityOf(child.pid)
    if (identity === null) throw this.#failure(`${this.#spec.command} could not be started`)
    this.#process = identity
    if (detached) child.unref()
    else attached.add(this)
    this.#mode.onStart?.(this.name, identity)
  }

  /** Resolves when the server says that it serves; StackError with the end of its log if it ends or takes too long. */
  async waitReady(): Promise<void> {
    const wait = { what: `${this.name} to be ready`, deadlineMs: this.#spec.readyMs ?? READY_MS }
    let seen: string
    try {
      seen = await waitPatiently(() => this.#look(), wait)
    } catch (error) {
      throw this.#failure((error as StackError).message, error)
    }
    if (seen === 'ended') throw this.#failure(`${this.name} ended before it was ready`)
  }

  async #look(): Promise<'ended' | 'ready' | null> {
    if (!this.isRunning) return 'ended'
    return (await this.#spec.isReady()) ? 'ready' : null
  }

  /** Sends a signal and does not wait; false where the process no longer runs. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#process !== null && signalProcess(this.#process, signal)
  }

  /** Sends SIGKILL and waits until the process is gone. */
  async killAndWait(): Promise<void> {
    this.kill('SIGKILL')
    await this.waitEnded(KILLED_MS)
  }

  /** SIGTERM, and SIGKILL where that does not end it in time. Resolves when it is gone, also if it never ran. */
  async stop(stopMs = this.stopMs): Promise<void> {
    this.kill('SIGTERM')
    this.kill('SIGCONT') // one that a test has stopped does not see SIGTERM
    try {
      await this.waitEnded(stopMs)
    } catch {
      await this.killAndWait()
    }
    attached.delete(this)
  }

  /** Resolves when the process is gone. */
  async waitEnded(deadlineMs: number): Promise<void> {
    await waitFor(() => !this.isRunning, { what: `${this.name} to end`, deadlineMs })
  }

  #failure(message: string, cause?: unknown): StackError {
    const end = existsSync(this.log)
      ? readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES)
      : []
    return new StackError(`${message}\n${end.join('\n')}`.trimEnd(), `Look at ${this.log}.`, { cause })
  }
}

/** Stops all: rank after rank, those of a rank side by side. One that cannot be stopped does not spare the others. */
export async function stopAll(daemons: readonly Daemon[]): Promise<void> {
  const failures: unknown[] = []
  for (const rank of [...new Set(daemons.map(daemon => daemon.stopRank))].sort((a, b) => a - b)) {
    const ofRank = daemons.filter(daemon => daemon.stopRank === rank)
    const outcomes = await Promise.allSettled(ofRank.map(daemon => daemon.stop()))
    failures.push(...outcomes.filter(each => each.status === 'rejected').map(each => each.reason))
  }
  if (failures.length > 0) throw failures[0]
}
