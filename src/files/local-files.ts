/**
 * Local files behind the file system port.
 */

import type { BigIntStats, Dirent } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, stat } from 'node:fs/promises'
import { type HindcastError, wrapError } from '../errors.ts'
import type { ByteSource } from '../parquet/index.ts'
import type { FileListing, FileStat, FileSystem } from './file-system.ts'
import type { SeenFile } from './list-files.ts'
import { listFiles } from './list-files.ts'
import { changedError, changeOf } from './pinned.ts'
import type { FolderEntry, FolderTree } from './walk.ts'

/** Stats in flight: more do not help, libuv has four threads. */
const STATS_IN_FLIGHT = 16

/** The local disk. Patterns are absolute; a relative one is below the current directory. */
export class LocalFileSystem implements FileSystem {
  list(patterns: readonly string[]): Promise<FileListing> {
    return listFiles(patterns, { tree: LOCAL_TREE, pinsOf: files => statAll([...files.keys()]) })
  }

  async stat(path: string): Promise<FileStat> {
    return pinOf(path, await readStats(path))
  }

  async checkUnchanged(pinned: FileStat): Promise<void> {
    const what = changeOf(pinned, await statPinned(pinned))
    if (what !== null) throw changedError(pinned, what)
  }

  async open(pinned: FileStat): Promise<ByteSource> {
    let file: FileHandle
    try {
      file = await open(pinned.path, 'r')
    } catch (error) {
      throw changedError(pinned, 'it cannot be read any more', error)
    }
    try {
      const what = changeOf(pinned, pinOf(pinned.path, await file.stat({ bigint: true })))
      if (what !== null) throw changedError(pinned, what)
      return localSource(pinned, file)
    } catch (error) {
      await file.close()
      throw wrapError(error, 'file-unreadable', `cannot read ${pinned.path}`, {
        where: { uri: pinned.path },
      })
    }
  }
}

/** No stats in the listing: they are read of what was taken, several at a time. */
const LOCAL_TREE: FolderTree<null> = {
  foldersAtOnce: 1,
  uriOf: path => path,

  async *entriesOf(path) {
    yield (await readFolder(path)).map(entry => ({ name: entry.name, kind: kindOf(entry), stats: null }))
  },

  async lookUp(path): Promise<FolderEntry<null> | null> {
    try {
      return { name: path, kind: (await stat(path)).isDirectory() ? 'folder' : 'file', stats: null }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      throw folderError(error, path)
    }
  },

  async idOf(path) {
    try {
      const { dev, ino } = await stat(path, { bigint: true })
      return `${dev}:${ino}`
    } catch (error) {
      throw folderError(error, path)
    }
  },
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    throw folderError(error, path)
  }
}

function kindOf(entry: Dirent): FolderEntry<null>['kind'] {
  if (entry.isSymbolicLink()) return 'link'
  return entry.isDirectory() ? 'folder' : 'file'
}

async function statAll(paths: readonly string[]): Promise<SeenFile[]> {
  const files = new Array<SeenFile>(paths.length)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < paths.length) {
      const at = next++
      const stats = await readStats(paths[at]!)
      files[at] = { ...pinOf(paths[at]!, stats), isRegular: stats.isFile() }
    }
  }
  await Promise.all(Array.from({ length: Math.min(STATS_IN_FLIGHT, paths.length) }, work))
  return files
}

function pinOf(path: string, stats: BigIntStats): FileStat {
  return { path, bytes: Number(stats.size), mtimeMs: Number(stats.mtimeNs) / 1e6, fileId: String(stats.ino) }
}

async function statPinned(pinned: FileStat): Promise<FileStat> {
  try {
    return pinOf(pinned.path, await readStats(pinned.path))
  } catch (error) {
    throw changedError(pinned, 'it cannot be read any more', error)
  }
}

function localSource(pinned: FileStat, file: FileHandle): ByteSource {
  return {
    uri: pinned.path,
    size: pinned.bytes,
    read: async (position, length, into = new Uint8Array(length)) => {
      let got = 0
      while (got < length) {
        const { bytesRead } = await file
          .read(into, got, length - got, position + got)
          .catch((error: unknown) => {
            throw unreadable(error, pinned.path)
          })
        if (bytesRead === 0)
          throw changedError(pinned, `it has become shorter than ${position + length} bytes`)
        got += bytesRead
      }
      return into.length === length ? into : into.subarray(0, length)
    },
    close: () => file.close(),
  }
}

async function readStats(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    throw unreadable(error, path)
  }
}

/** A file that cannot be read, as `file-unreadable`. */
export function unreadable(error: unknown, path: string): HindcastError {
  return wrapError(error, 'file-unreadable', `cannot read ${path}`, {
    where: { uri: path },
    advice: 'Check that it exists and that this user may read it, or leave it out of `files:`.',
  })
}

function folderError(error: unknown, path: string): HindcastError {
  return wrapError(error, 'file-unreadable', `cannot read ${path}`, {
    where: { uri: path },
    advice: 'Check that this user may read the folder, or leave it out of `files:`.',
  })
}
