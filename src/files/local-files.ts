/**
 * Local files behind the file system port. Only listing and metadata: bytes are read by the decoders.
 */

import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { HindcastError, wrapError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { FileListing, FileStat, FileSystem, ListedFile } from './file-system.ts'
import { isGlob } from './glob.ts'
import { hiveColumns } from './hive.ts'
import { compareBytes } from './path-order.ts'
import { walkGlob, walkTree } from './walk.ts'

/** Stats in flight: more do not help, libuv has four threads. */
const STATS_IN_FLIGHT = 16

/** The local disk. Patterns are absolute; a relative one is below the current directory. */
export class LocalFileSystem implements FileSystem {
  async list(patterns: readonly string[]): Promise<FileListing> {
    const found = new Map<string, ListedFile>()
    const hidden = new Set<string>()
    const seen = new Set<string>()
    const skipped = { empty: 0, special: 0 }
    for (const pattern of patterns) {
      const paths = await pathsOf(pattern, hidden)
      for (const { path, stats } of await statAll(paths.filter(path => !seen.has(path)))) {
        seen.add(path)
        if (keep(stats, skipped)) found.set(path, { ...pinOf(path, stats), hive: hiveColumns(path) })
      }
      if (!paths.some(path => found.has(path))) throw noneError(pattern, paths.length)
      if (found.size > LIMITS.filesMax) throw tooManyError(pattern, found.size)
    }
    const files = [...found.values()].sort((a, b) => compareBytes(a.path, b.path))
    return { files, skipped: { ...skipped, hidden: hidden.size } }
  }

  async stat(path: string): Promise<FileStat> {
    return pinOf(path, await readStats(path))
  }

  async checkUnchanged(pinned: FileStat): Promise<void> {
    let now: FileStat
    try {
      now = await this.stat(pinned.path)
    } catch (error) {
      throw changedError(pinned, 'it cannot be read any more', error)
    }
    if (now.bytes !== pinned.bytes)
      throw changedError(pinned, `it had ${pinned.bytes} bytes and has ${now.bytes}`)
    if (now.fileId !== pinned.fileId) throw changedError(pinned, 'it was replaced by another file')
    if (now.mtimeMs !== pinned.mtimeMs) throw changedError(pinned, 'it was written to')
  }
}

async function pathsOf(pattern: string, hidden: Set<string>): Promise<readonly string[]> {
  const plain = pattern.length > 1 && pattern.endsWith('/') ? pattern.replace(/\/+$/, '') : pattern
  const stats = await statsOrNull(plain)
  if (stats === null) return isGlob(pattern) ? walkGlob(pattern, hidden) : []
  return stats.isDirectory() ? walkTree(plain, hidden) : [plain]
}

interface FileStats {
  readonly path: string
  readonly stats: BigIntStats
}

async function statAll(paths: readonly string[]): Promise<FileStats[]> {
  const files = new Array<FileStats>(paths.length)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < paths.length) {
      const at = next++
      const path = paths[at]!
      files[at] = { path, stats: await readStats(path) }
    }
  }
  await Promise.all(Array.from({ length: Math.min(STATS_IN_FLIGHT, paths.length) }, work))
  return files
}

function keep(stats: BigIntStats, skipped: { empty: number; special: number }): boolean {
  if (!stats.isFile()) skipped.special++
  else if (stats.size === 0n) skipped.empty++
  else return true
  return false
}

function pinOf(path: string, stats: BigIntStats): FileStat {
  return { path, bytes: Number(stats.size), mtimeMs: Number(stats.mtimeNs) / 1e6, fileId: String(stats.ino) }
}

async function readStats(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    throw unreadable(error, path)
  }
}

/** Null where nothing has that name; a name that is a glob to the system too (`a*b` on disk) is found as it is. */
async function statsOrNull(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || isGlob(path)) return null
    throw unreadable(error, path)
  }
}

/** A file or folder that cannot be read, as `file-unreadable`. */
export function unreadable(error: unknown, path: string): HindcastError {
  return wrapError(error, 'file-unreadable', `cannot read ${path}`, {
    where: { uri: path },
    advice: 'Check that it exists and that this user may read it, or leave it out of `files:`.',
  })
}

function changedError(pinned: FileStat, what: string, cause?: unknown): HindcastError {
  return new HindcastError('file-changed', `${pinned.path} is not the file that was planned: ${what}`, {
    where: { uri: pinned.path },
    advice: 'Make a new plan (hindcast plan) once the files are at rest.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function noneError(pattern: string, matched: number): HindcastError {
  const why =
    matched === 0 ? 'matches no file' : `matches ${matched} files, but each is empty or not a regular file`
  return new HindcastError('files-none', `${pattern} ${why}`, {
    where: { uri: pattern },
    advice:
      'Check the path. Names that start with _ or . are left out of folders and globs unless the pattern names them.',
  })
}

function tooManyError(pattern: string, files: number): HindcastError {
  return new HindcastError(
    'limit-passed',
    `${files} files are more than filesMax (${LIMITS.filesMax}) allows`,
    {
      where: { uri: pattern },
      advice: 'Name a narrower glob, or merge small files first.',
    },
  )
}
