/**
 * Child processes of tests: output collected, a deadline each, ended by process id when the test is over.
 *
 * A child belongs to this process's group, so the runner can end it even if the test's own process dies.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Wait, waitFor, withDeadline } from './wait.ts'

/** The command as a user of the checkout types it. */
export const HINDCAST = fileURLToPath(new URL('../../bin/hindcast', import.meta.url))

const DEADLINE_MS = 60_000

export interface SpawnOptions {
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Text for stdin, which is then closed; without it stdin is empty. */
  readonly input?: string
  /** After this the child is killed and `ended` rejects. Default 60 s. */
  readonly deadlineMs?: number
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const live = new Set<Child>()

export class Child {
  /** How it ended; rejects if it could not be started or passed its deadline. */
  readonly ended: Promise<Ended>
  readonly #process: ChildProcess
  readonly #commandLine: string
  #stdout = ''
  #stderr = ''

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#commandLine = [command, ...args].join(' ')
    const env = { ...process.env, ...options.env }
    this.#process = spawn(command, args, { cwd: options.cwd, env, stdio: 'pipe' })
    live.add(this)
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    // A child that does not read its input, or is gone before it came, is no error here.
    this.#process.stdin?.on('error', () => undefined).end(options.input ?? '')
    this.ended = this.#watch(options.deadlineMs ?? DEADLINE_MS)
    // Whoever awaits `ended` gets the error; a test that never does is not to crash its process by it.
    this.ended.catch(() => undefined)
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Waits until what it printed on stdout matches, and returns the match. */
  async untilStdout(pattern: RegExp, wait: Partial<Wait> = {}): Promise<RegExpExecArray> {
    return waitFor(
      () => {
        const match = pattern.exec(this.#stdout)
        if (match === null && !this.isRunning) throw new Error(`it has ended\n${this.describe()}`)
        return match
      },
      { what: `${this.#commandLine} to print ${pattern}`, deadlineMs: wait.deadlineMs ?? DEADLINE_MS },
    )
  }

  /** Command line and output, for the message of a failure. */
  describe(): string {
    return `${this.#commandLine}\n── stdout\n${this.#stdout}\n── stderr\n${this.#stderr}`
  }

  async #watch(deadlineMs: number): Promise<Ended> {
    const { promise, resolve, reject } = Promise.withResolvers<Ended>()
    this.#process.on('error', reject)
    this.#process.on('close', (code, signal) =>
      resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr }),
    )
    try {
      return await withDeadline(promise, { what: `${this.#commandLine} to end`, deadlineMs })
    } catch (error) {
      this.kill('SIGKILL')
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${reason}\n${this.describe()}`, { cause: error })
    } finally {
      live.delete(this)
    }
  }
}

/** Starts any command. */
export function spawnCommand(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  return new Child(command, args, options)
}

/** Starts a Node program. */
export function spawnProgram(file: string, args: readonly string[], options: SpawnOptions = {}): Child {
  return spawnCommand(process.execPath, [file, ...args], options)
}

/** Starts `hindcast ARGS…` from the checkout, on the Node that runs the tests. */
export function spawnHindcast(args: readonly string[], options: SpawnOptions = {}): Child {
  return spawnProgram(HINDCAST, args, options)
}

/** Runs `hindcast ARGS…` to its end, whatever its exit code. */
export function runHindcast(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return spawnHindcast(args, options).ended
}

/** Last line of stdout as JSON: what a command gives with `--json`. The caller says what it holds. */
export function lastJsonLine<Shape>(ended: Ended): Shape {
  const line = ended.stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as Shape
  } catch (cause) {
    throw new Error(`the last line of stdout is no JSON: ${line}\n── stderr\n${ended.stderr}`, { cause })
  }
}

/** Children that still run: leaks, if the test has ended. */
export function childrenLeft(): readonly Child[] {
  return [...live].filter(child => child.isRunning)
}

/** Ends all children that still run and waits until they are gone. */
export async function endChildren(): Promise<void> {
  const left = childrenLeft()
  for (const child of left) child.kill('SIGKILL')
  await Promise.allSettled(left.map(child => child.ended))
}

process.on('exit', () => {
  for (const child of childrenLeft()) child.kill('SIGKILL')
})
