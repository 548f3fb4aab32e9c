/**
 * Locks that name their owner: one process owns a run directory, one writes an embedded log.
 *
 * The lock file holds pid and start time of its owner, so that a lock left by a dead process is taken over, also when
 * its pid has been given to another process since. It appears with its content (link of a finished file), so that
 * nobody reads it half written.
 */

import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

export type OwnerLock =
  | { readonly held: true; release(): void }
  | { readonly held: false; readonly ownerPid: number }

/** Takes the lock at `path`, or tells who has it. */
export function takeOwnerLock(path: string): OwnerLock {
  const content = JSON.stringify({ pid: process.pid, started: startTimeOf(process.pid) })
  const candidate = `${path}.${process.pid}`
  for (;;) {
    writeFileSync(candidate, content)
    try {
      linkSync(candidate, path)
      return { held: true, release: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(candidate, { force: true })
    }
    const owner = readOwner(path)
    if (owner !== null && startTimeOf(owner.pid) === owner.started)
      return { held: false, ownerPid: owner.pid }
    rmSync(path, { force: true })
  }
}

function readOwner(path: string): { pid: number; started: string } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; started: string }
  } catch {
    return null
  }
}

/** Start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat); 'none' where it is not running. */
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
