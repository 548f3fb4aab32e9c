/** The lock of a run directory: one process owns a run; a second one is `run-locked` (exit 75). */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { ownerOf, takeOwnerLock, wrapWriteError } from '../files/index.ts'

export function lockRun(directory: string): { release(): void } {
  const lock = takeLock(directory)
  if (lock.held) return lock
  throw new HindcastError('run-locked', `process ${lock.ownerPid} is running in this directory`, {
    where: { uri: directory },
    advice: `Wait for process ${lock.ownerPid} to end, or choose another directory with --run.`,
  })
}

/** The process that is running in this directory, or null. */
export function runningIn(directory: string): number | null {
  return ownerOf(lockPath(directory))
}

function takeLock(directory: string): ReturnType<typeof takeOwnerLock> {
  try {
    mkdirSync(directory, { recursive: true })
    return takeOwnerLock(lockPath(directory))
  } catch (error) {
    throw wrapWriteError(error, directory)
  }
}

function lockPath(directory: string): string {
  return join(directory, 'lock')
}
