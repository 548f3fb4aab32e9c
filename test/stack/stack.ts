/**
 * The stack of one directory: starts what is missing, says what runs, ends it. The processes outlive the command that
 * started them; `stack.json` remembers them.
 */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Daemon, type DaemonMode, stopAll } from './daemon.ts'
import { openHbase } from './hbase/cluster.ts'
import { openHdfs } from './hdfs/cluster.ts'
import type { ServerName } from './jars.ts'
import { openKafka } from './kafka/cluster.ts'
import { withLock } from './lock.ts'
import { isRunning } from './process-identity.ts'
import {
  readState,
  type StackStatus,
  type StoredServer,
  statusOf,
  withServer,
  writeState,
} from './state-file.ts'

/** Longer than the slowest start with its download. */
const OTHERS_MS = 20 * 60_000

/** What a stack needs of a server. */
export interface StackServer {
  readonly daemons: readonly Daemon[]
  readonly places: object
  readonly classpath: string
  start(): Promise<void>
  waitReady(): Promise<void>
}

export interface StackOptions {
  readonly directory: string
  readonly say: (line: string) => void
  /** Other servers than the real ones, for the tests of what is here. */
  readonly open?: OpenServers
}

/** How large the servers are that are new; those that are there already stay as they are. */
export interface StackSizes {
  /** 1 or 3. */
  readonly brokers?: number
  readonly regionServers?: number
}

export type OpenServers = Readonly<
  Record<ServerName, (options: OpenOptions & StackSizes) => Promise<StackServer>>
>

/** How each server is opened: its directory, what runs of it already, what to do when a process starts. */
const OPEN: OpenServers = {
  hdfs: openHdfs,
  kafka: openKafka,
  hbase: openHbase,
}

export interface UpOptions extends StackSizes {
  readonly signal?: AbortSignal
}

export interface OpenOptions extends DaemonMode {
  readonly directory: string
  readonly say: (line: string) => void
}

export class Stack {
  readonly directory: string
  readonly #file: string
  readonly #say: (line: string) => void
  readonly #openServers: OpenServers

  constructor(options: StackOptions) {
    this.directory = resolve(options.directory)
    this.#file = join(this.directory, 'stack.json')
    this.#say = options.say
    this.#openServers = options.open ?? OPEN
  }

  /**
   * Starts what does not run yet of these servers and waits until they serve. After an error (StackError) or an abort
   * nothing that this call has started is left.
   */
  up(names: readonly ServerName[], options: UpOptions = {}): Promise<StackStatus> {
    return this.#alone(async () => {
      // One server that fails ends the start of the others, too.
      const failure = new AbortController()
      const signal = AbortSignal.any([
        failure.signal,
        ...(options.signal === undefined ? [] : [options.signal]),
      ])
      const opened: Opened[] = []
      try {
        // One after another: Maven’s store is not made for two at once.
        for (const name of names) {
          opened.push(await unlessAborted(this.#open(name, { ...options, signal }), signal))
        }
        await unlessAborted(Promise.all(opened.map(each => this.#start(each))), signal)
      } catch (error) {
        failure.abort(error)
        await Promise.all(opened.map(each => this.#undo(each)))
        throw error
      }
      return this.status()
    })
  }

  status(): StackStatus {
    return statusOf(readState(this.#file))
  }

  /** Ends these servers, and with `remove` deletes their files. Those that do not run are no error. */
  down(names: readonly ServerName[], options: { readonly remove?: boolean } = {}): Promise<StackStatus> {
    return this.#alone(async () => {
      await Promise.all(names.map(name => this.#end(name)))
      if (options.remove) {
        for (const name of names) rmSync(join(this.directory, name), { recursive: true, force: true })
      }
      return this.status()
    })
  }

  async #open(name: ServerName, options: UpOptions): Promise<Opened> {
    const stored = readState(this.#file).servers[name]?.processes ?? []
    const running = Object.fromEntries(stored.filter(isRunning).map(process => [process.name, process]))
    const server = await this.#openServers[name]({
      ...options,
      directory: join(this.directory, name),
      detached: true,
      running,
      onStart: () => this.#record(name, server),
      say: this.#say,
    })
    return { name, server, missing: server.daemons.filter(daemon => !daemon.isRunning) }
  }

  async #start({ name, server, missing }: Opened): Promise<void> {
    const names = missing.map(daemon => daemon.name).join(', ')
    this.#say(missing.length > 0 ? `${name}: starting ${names} …` : `${name}: runs already`)
    const startedAt = performance.now()
    await server.start()
    await server.waitReady()
    const seconds = (performance.now() - startedAt) / 1000
    if (missing.length > 0) this.#say(`${name}: ready after ${seconds.toFixed(1)} s`)
  }

  async #undo({ name, server, missing }: Opened): Promise<void> {
    if (missing.some(daemon => daemon.isRunning)) this.#say(`${name}: ending what was started`)
    await stopAll(missing)
    this.#record(name, server)
  }

  /** Written after every start; a server of which nothing runs is forgotten. */
  #record(name: ServerName, server: StackServer): void {
    const processes = server.daemons.flatMap(({ name, log, stopRank, stopMs, process }) =>
      process === null ? [] : [{ name, log, stopRank, stopMs, ...process }],
    )
    const stored: StoredServer = { processes, places: server.places, classpath: server.classpath }
    const isAlive = processes.some(isRunning)
    writeState(this.#file, withServer(readState(this.#file), name, isAlive ? stored : null))
  }

  async #end(name: ServerName): Promise<void> {
    const server = readState(this.#file).servers[name]
    if (server === undefined) return
    const running = server.processes.filter(isRunning)
    await stopAll(
      running.map(process => {
        const spec = { ...process, command: '', args: [], isReady: async () => false }
        return new Daemon(spec, { detached: true, running: { [process.name]: process } })
      }),
    )
    writeState(this.#file, withServer(readState(this.#file), name, null))
    this.#say(
      `${name}: ended ${running.map(process => `${process.name} (${process.pid})`).join(', ') || 'before'}`,
    )
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const options = { what: 'starts or ends servers of this stack', say: this.#say, deadlineMs: OTHERS_MS }
    return withLock(join(this.directory, 'stack.lock'), options, work)
  }
}

interface Opened {
  readonly name: ServerName
  readonly server: StackServer
  /** What did not run when it was opened. */
  readonly missing: readonly Daemon[]
}

/** The value of `work`, or the reason of the abort. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  work.catch(() => undefined) // after an abort nobody waits for it
  try {
    signal.throwIfAborted()
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
