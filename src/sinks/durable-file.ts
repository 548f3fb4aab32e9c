/**
 * A file that appears whole or not at all: written under a temporary name, fsynced, renamed, and its directory
 * fsynced, so that after `publish` a power cut cannot take it back (C6). Asynchronous, unlike `files/durable.ts`:
 * sample files are large and many, and the thread that seals one has other slices to work on.
 */

import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { wrapWriteError } from '../files/index.ts'

/** Suffix of files that are not yet durable: a glob for `*.parquet` does not find them. */
export const TEMPORARY_SUFFIX = '.tmp'

/** Creates the directory of a file, with each new level made durable in the one above it. */
export async function makeDirectoryFor(path: string): Promise<void> {
  const directory = dirname(path)
  const created = await mkdir(directory, { recursive: true }).catch(thrown => {
    throw wrapWriteError(thrown, directory)
  })
  if (created === undefined) return
  const levels = [directory]
  while (levels.at(-1) !== created) levels.push(dirname(levels.at(-1)!))
  for (const level of levels) await fsyncDirectory(dirname(level))
}

/** Makes `path + TEMPORARY_SUFFIX` durable under its final name; returns its bytes. */
export async function publish(path: string): Promise<number> {
  const temporary = path + TEMPORARY_SUFFIX
  try {
    const file = await open(temporary, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    const { size } = await stat(temporary)
    await rename(temporary, path)
    await fsyncDirectory(dirname(path))
    return size
  } catch (thrown) {
    throw wrapWriteError(thrown, path)
  }
}

/** Removes what an unfinished `publish` left; no error where there is nothing. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path + TEMPORARY_SUFFIX, { force: true })
}

async function fsyncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
