/** What of a pinned file has changed, and how that is said (C8). */

import { HindcastError } from '../errors.ts'
import type { FileStat } from './file-system.ts'

/** What differs between a pinned file and what has its name now; null where nothing does. */
export function changeOf(pinned: FileStat, now: FileStat): string | null {
  if (now.bytes !== pinned.bytes) return `it had ${pinned.bytes} bytes and has ${now.bytes}`
  if (now.fileId !== pinned.fileId) return 'it was replaced by another file'
  if (now.mtimeMs !== pinned.mtimeMs) return 'it was written to'
  return null
}

export function changedError(pinned: FileStat, what: string, cause?: unknown): HindcastError {
  return new HindcastError('file-changed', `${pinned.path} is not the file that was planned: ${what}`, {
    where: { uri: pinned.path },
    advice: 'Make a new plan (hindcast plan) once the files are at rest.',
    ...(cause === undefined ? {} : { cause }),
  })
}
