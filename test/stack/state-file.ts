/**
 * What a stack remembers between two commands: `stack.json` in its directory. It is written before anything is waited
 * for, so that `down` finds also what a killed `up` has started, and replaced as a whole.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SERVER_NAMES, type ServerName } from './jars.ts'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import { StackError } from './stack-error.ts'

export interface StoredProcess extends ProcessIdentity {
  readonly name: string
  readonly log: string
  readonly stopRank: number
  readonly stopMs: number
}

export interface StoredServer {
  readonly processes: readonly StoredProcess[]
  /** As `status` prints them; pids under `pid` or `pids`. */
  readonly places: object
  readonly classpath: string
}

export interface StackState {
  readonly version: 1
  readonly servers: Readonly<Partial<Record<ServerName, StoredServer>>>
}

export const NO_STATE: StackState = { version: 1, servers: {} }

/** The state in the file; nothing runs where there is none. StackError if the file is another program's. */
export function readState(file: string): StackState {
  if (!existsSync(file)) return NO_STATE
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as StackState
    if (state.version === 1 && typeof state.servers === 'object') return state
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new StackError(
    `${file} is not the state of a stack`,
    'Name another --directory, or end the servers by hand and delete the file.',
    { exitCode: 2 },
  )
}

export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** The state with another entry for one server; null takes it away. */
export function withServer(state: StackState, name: ServerName, server: StoredServer | null): StackState {
  const { [name]: _, ...others } = state.servers
  return { version: 1, servers: server === null ? others : { ...others, [name]: server } }
}

export interface StackStatus {
  /** One object: places by server, and their class paths. A pid is null where the process has ended. */
  readonly line: Readonly<Record<string, object>>
  /** Processes that should run and do not, as `hdfs: datanode0`. */
  readonly ended: readonly StoredProcess[]
}

/** What is to be printed of a state. A server of which no process runs is left out. */
export function statusOf(
  state: StackState,
  runs: (process: ProcessIdentity) => boolean = isRunning,
): StackStatus {
  const line: Record<string, object> = {}
  const classpath: Record<string, string> = {}
  const ended: StoredProcess[] = []
  for (const name of SERVER_NAMES) {
    const server = state.servers[name]
    if (server === undefined) continue
    const gone = server.processes.filter(process => !runs(process))
    ended.push(...gone)
    if (gone.length === server.processes.length) continue
    line[name] = withoutPids(server.places, new Set(gone.map(process => process.pid))) as object
    classpath[name] = server.classpath
  }
  return { line: Object.keys(line).length === 0 ? {} : { ...line, classpath }, ended }
}

/** The same JSON, with null for each of the pids. */
function withoutPids(json: unknown, gone: ReadonlySet<number>): unknown {
  if (typeof json !== 'object' || json === null) return json
  const nulled = (pid: unknown) => (gone.has(pid as number) ? null : pid)
  if (Array.isArray(json)) return json.map(item => withoutPids(item, gone))
  const entries = Object.entries(json).map(([key, value]) => {
    if (key === 'pid') return [key, nulled(value)]
    if (key === 'pids') return [key, (value as unknown[]).map(nulled)]
    return [key, withoutPids(value, gone)]
  })
  return Object.fromEntries(entries)
}
