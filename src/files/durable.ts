/**
 * Durable writes: a file is there whole or not at all.
 *
 *     write temporary → fsync → rename → fsync directory
 */

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ErrorCode } from '../errors.ts'
import { HindcastError, wrapError } from '../errors.ts'

/** Writes the file so that a crash leaves the old content or the new, never a part. Makes missing folders. */
export function writeDurably(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    const fd = openSync(temporary, 'w')
    try {
      writeAll(fd, typeof content === 'string' ? Buffer.from(content) : content)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameDurably(temporary, path)
  } catch (error) {
    removeQuietly(temporary)
    throw wrapWriteError(error, path)
  }
}

/** The failure that led here is the one to tell; a temporary file that cannot be removed is found by its name. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // see above
  }
}

/** Renames and makes the rename itself durable. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to)
  syncDirectory(dirname(to))
}

export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** All bytes, however many calls it takes. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at)
}

/** ENOSPC is `disk-full`, everything else the code given. */
export function wrapWriteError(error: unknown, path: string, code: ErrorCode = 'io-failed'): HindcastError {
  if (error instanceof HindcastError) return error
  const full =
    (error as NodeJS.ErrnoException).code === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'EDQUOT'
  return wrapError(error, full ? 'disk-full' : code, full ? 'the disk is full' : 'cannot write', {
    where: { uri: path },
    advice: full
      ? 'Free space and run the same command again: it goes on where it stopped.'
      : 'Check permissions and the disk, then run the same command again.',
  })
}
