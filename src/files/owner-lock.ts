/**
 * Locks that name their owner: one process owns a run directory, one writes an embedded log.
 *
 * Every contender puts a file of its own in place, with its pid and start time, and then looks at all of them: files
 * of dead owners are removed, and it holds the lock if no other owner is alive. Nobody ever removes a file that could
 * be another's live lock, so two can never hold it; two that come in the same instant may both be refused.
 *
 *     <lock>.<pid>-<random>     {"pid":…,"started":"…"}
 */

import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export type OwnerLock =
  | { readonly held: true; release(): void }
  | { readonly held: false; readonly ownerPid: number }

interface Owner {
  readonly pid: number
  /** Start time of the process: a pid alone may have been given to another since. */
  readonly started: string
}

/** Takes the lock at `path` (a name in an existing folder), or tells who has it. */
export function takeOwnerLock(path: string): OwnerLock {
  const own = `${basename(path)}.${process.pid}-${randomUUID()}`
  const ownPath = join(dirname(path), own)
  const owner: Owner = { pid: process.pid, started: startTimeOf(process.pid) }
  writeFileSync(`${ownPath}~`, JSON.stringify(owner))
  renameSync(`${ownPath}~`, ownPath) // it appears with its content, so that nobody reads it half written
  for (const other of contenders(path)) {
    if (other === ownPath) continue
    const pid = livingOwner(other)
    if (pid !== null) {
      rmSync(ownPath, { force: true })
      return { held: false, ownerPid: pid }
    }
    rmSync(other, { force: true })
  }
  return { held: true, release: () => rmSync(ownPath, { force: true }) }
}

/** The process that holds the lock at `path`, or null; only looks, so that it is in nobody's way. */
export function ownerOf(path: string): number | null {
  if (!existsSync(dirname(path))) return null
  for (const each of contenders(path)) {
    const pid = livingOwner(each)
    if (pid !== null) return pid
  }
  return null
}

/** Files of all that have put one in place, dead ones included. */
function contenders(path: string): string[] {
  const folder = dirname(path)
  const names = readdirSync(folder).filter(
    name => name.startsWith(`${basename(path)}.`) && !name.endsWith('~'),
  )
  return names.map(name => join(folder, name))
}

/** Pid of the owner in the file if it is alive. */
function livingOwner(file: string): number | null {
  const owner = readOwner(file)
  return owner !== null && startTimeOf(owner.pid) === owner.started ? owner.pid : null
}

function readOwner(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return null
  }
}

/** Start time in clock ticks since boot (field 22 of /proc/<pid>/stat); 'none' where the process is not running. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
  } catch {
    return isAlive(pid) ? 'unknown' : 'none'
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
