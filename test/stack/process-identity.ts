/**
 * Which process it is: a pid alone may have been given to another since, so its start time goes with it. Whoever
 * kills by pid asks here first, and so never ends a process that is someone else's.
 *
 * Source: proc_pid_stat(5), fields 3 (state) and 22 (start, in clock ticks since boot); elsewhere `ps`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in a form that only equals itself; ticks since boot mean nothing without the boot. */
  readonly started: string
}

/** The process that has this pid now; null where none runs. One that has ended and was not waited for counts as none. */
export function identityOf(pid: number): ProcessIdentity | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null
  const started = existsSync('/proc/self/stat') ? startOnLinux(pid) : startElsewhere(pid)
  return started === null ? null : { pid, started }
}

/** Whether that very process still runs. */
export function isRunning(process: ProcessIdentity): boolean {
  return identityOf(process.pid)?.started === process.started
}

/** Sends a signal to that very process; false where it no longer runs. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false
  try {
    return process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function startOnLinux(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (state === 'Z' || state === 'X') return null
  return `${readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot'}/${fields[19]}`
}

function startElsewhere(pid: number): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const match = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '')
  return status !== 0 || match === null || match[1]!.startsWith('Z') ? null : match[2]!
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
