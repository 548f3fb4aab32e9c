/**
 * Kill-and-resume: runs a job, has it killed at named points of its own code, resumes it, until it is done.
 *
 * The program kills itself with SIGKILL at the nth pass of `faultPoint(name)`, as HINDCAST_FAULT tells it, so a
 * kill hits an exact place and not a moment. The oracle is the caller's: the disturbed run equals the undisturbed.
 */
import { type Ended, HINDCAST, spawnProgram } from './child.ts'

/** Exit code of a run directory in which nothing is left to do. */
const NOTHING_TO_DO = 99

export interface KillPoint {
  readonly name: string
  /** 1 is the first pass. */
  readonly nth: number
}

/** Environment that has a program end itself at the `nth` pass of a fault point. */
export function killAt(name: string, nth: number): { HINDCAST_FAULT: string } {
  if (!/^[a-z-]+$/.test(name) || !Number.isInteger(nth) || nth < 1) {
    throw new Error(`no kill point: ${name}:${nth}`)
  }
  return { HINDCAST_FAULT: `${name}:${nth}:kill` }
}

export interface KilledRun {
  /** Kept by the caller; must not exist before, or hold an unfinished run of the same job. */
  readonly directory: string
  /** Points at which it really was killed, in order. */
  readonly killed: readonly KillPoint[]
  /** Points that it did not pass that often before it was done; the rest after such a point is not tried. */
  readonly unreached: readonly KillPoint[]
  /** Of the attempt that finished the run; null if a kill came after the last thing it had to do. */
  readonly outcome: Ended | null
}

export interface KillOptions {
  readonly directory: string
  /** More arguments of `hindcast run`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Of one attempt. */
  readonly deadlineMs?: number
  /** What is run instead of the checkout's command (tests of this driver). */
  readonly program?: string
}

/**
 * Runs `hindcast run JOB --run DIRECTORY --json` once for each point, killed there, then to its end. Each attempt
 * resumes what the one before left. Throws if an attempt ends in any other way than by its kill or by finishing.
 */
export async function runWithKills(
  jobFile: string,
  points: readonly KillPoint[],
  options: KillOptions,
): Promise<KilledRun> {
  const killed: KillPoint[] = []
  for (const [index, point] of points.entries()) {
    const ended = await attempt(jobFile, options, killAt(point.name, point.nth))
    if (ended.signal !== 'SIGKILL') {
      const outcome = finished(ended, `${point.name}:${point.nth}`)
      return { directory: options.directory, killed, unreached: points.slice(index), outcome }
    }
    killed.push(point)
  }
  const outcome = finished(await attempt(jobFile, options, {}), 'no kill')
  return { directory: options.directory, killed, unreached: [], outcome }
}

function attempt(jobFile: string, options: KillOptions, fault: { HINDCAST_FAULT?: string }): Promise<Ended> {
  const args = ['run', jobFile, '--run', options.directory, '--json', ...(options.args ?? [])]
  const env = { HINDCAST_FAULT: undefined, ...options.env, ...fault }
  const deadline = options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }
  return spawnProgram(options.program ?? HINDCAST, args, { env, ...deadline }).ended
}

function finished(ended: Ended, during: string): Ended | null {
  if (ended.code === 0) return ended
  if (ended.code === NOTHING_TO_DO) return null
  throw new Error(
    `the attempt with ${during} ended with ${ended.signal ?? `exit code ${ended.code}`}\n${ended.stderr}`,
  )
}
