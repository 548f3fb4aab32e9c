/**
 * Runs one tier in a vitest process of its own, so that a native crash costs that tier and not the count.
 *
 * The tier gets a process group and a temporary directory of its own. What is left in either afterwards is a
 * leak of a test: it is reported, then removed.
 */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EVENTS_VARIABLE, parseEvents } from './events.ts'
import { groupMembers, killGroup } from './process-group.ts'
import { type Tally, type TierEnd, tallyOf } from './tally.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** How long processes of the group may take to go after vitest itself has ended, ms. */
const GRACE_MS = 3_000
const GRACE_POLL_MS = 50
/** Put into the temporary directory by tools, for later runs. */
const TOOL_CACHES = ['node-compile-cache']

export interface TierRun {
  /** Arguments of vitest: which tests, which configuration. */
  readonly vitestArgs: readonly string[]
  readonly deadlineMs: number
  /** Where vitest's own output goes. */
  readonly output: 'inherit' | 'ignore'
  readonly signal: AbortSignal
}

export async function runTier(run: TierRun): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), 'hindcast-tier-'))
  try {
    const eventsFile = join(scratch, 'events.jsonl')
    const temporary = join(scratch, 'tmp')
    mkdirSync(temporary)
    // A test may become another user, to see what that one is not allowed.
    chmodSync(scratch, 0o755)
    const env = { ...process.env, TMPDIR: temporary, [EVENTS_VARIABLE]: eventsFile, ...plainOutput() }
    const end = await runVitest(run, env)
    const filesLeft = readdirSync(temporary).filter(name => !TOOL_CACHES.includes(name))
    const events = existsSync(eventsFile) ? parseEvents(readFileSync(eventsFile, 'utf8')) : []
    return tallyOf(events, { ...end, filesLeft })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function runVitest(run: TierRun, env: NodeJS.ProcessEnv): Promise<Omit<TierEnd, 'filesLeft'>> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const reporter = join(ROOT, 'scripts', 'test', 'reporter.ts')
  const args = [vitest, 'run', '--reporter=default', `--reporter=${reporter}`, ...run.vitestArgs]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', run.output, run.output],
  })
  const { promise, resolve, reject } = Promise.withResolvers<{
    exitCode: number | null
    signal: string | null
  }>()
  child.on('error', reject)
  child.on('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  const group = child.pid
  if (group === undefined) return { ...(await promise), isPastDeadline: false, processesLeft: [] }
  let isPastDeadline = false
  const deadline = setTimeout(() => {
    isPastDeadline = true
    killGroup(group)
  }, run.deadlineMs)
  const onAbort = (): void => killGroup(group)
  run.signal.addEventListener('abort', onAbort)
  try {
    const ended = await promise
    const processesLeft = isPastDeadline || run.signal.aborted ? [] : await membersAfterGrace(group)
    killGroup(group)
    return { ...ended, isPastDeadline, processesLeft }
  } finally {
    clearTimeout(deadline)
    run.signal.removeEventListener('abort', onAbort)
  }
}

/** Colours only where somebody watches; a log of CI is read as text. */
function plainOutput(): Record<string, string> {
  return process.stdout.isTTY ? {} : { NO_COLOR: '1' }
}

async function membersAfterGrace(group: number): Promise<readonly string[]> {
  const until = Date.now() + GRACE_MS
  while (groupMembers(group).length > 0 && Date.now() < until)
    await new Promise(done => setTimeout(done, GRACE_POLL_MS))
  return groupMembers(group)
}
