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
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
  for (const name of readdirSync(dirname(path))) {
    if (name === own || !name.startsWith(`${basename(path)}.`) || name.endsWith('~')) continue
    const other = join(dirname(path), name)
    const found = readOwner(other)
    if (found !== null && startTimeOf(found.pid) === found.started) {
      rmSync(ownPath, { force: true })
      return { held: false, ownerPid: found.pid }
    }
    rmSync(other, { force: true })
  }
  return { held: true, release: () => rmSync(ownPath, { force: true }) }
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
