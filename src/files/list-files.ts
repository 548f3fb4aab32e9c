/**
 * What the patterns of a job mean on a file system: a name as it is first, then a folder with all that is below it,
 * then a glob; empty and special files left out and counted. The same rules for every file system.
 */

import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { FileListing, FileStat, ListedFile } from './file-system.ts'
import { isGlob } from './glob.ts'
import { hiveColumns } from './hive.ts'
import { compareBytes } from './path-order.ts'
import type { FolderEntry, FolderTree, Found } from './walk.ts'
import { walkGlob, walkTree } from './walk.ts'

/** A file as it was come upon. */
export interface SeenFile extends FileStat {
  /** Sockets, pipes and devices are none. */
  readonly isRegular: boolean
}

export interface Listed<Stats> {
  readonly tree: FolderTree<Stats>
  /** Pins of files, by the paths of the tree. */
  pinsOf(files: ReadonlyMap<string, Stats>): Promise<readonly SeenFile[]>
}

/** Files of all patterns (see `FileSystem.list`). */
export async function listFiles<Stats>(
  patterns: readonly string[],
  { tree, pinsOf }: Listed<Stats>,
): Promise<FileListing> {
  const kept = new Map<string, ListedFile | null>()
  const hidden = new Set<string>()
  const skipped = { empty: 0, special: 0 }
  for (const pattern of patterns) {
    const { files } = await filesOf(pattern, tree, hidden)
    const matched = [...files.keys()]
    for (const path of matched) if (kept.has(path)) files.delete(path)
    for (const { isRegular, ...pin } of await pinsOf(files)) {
      const { path } = pin
      const isData = isRegular && pin.bytes > 0
      kept.set(path, isData ? { ...pin, path: tree.uriOf(path), hive: hiveColumns(path) } : null)
      if (!isRegular) skipped.special++
      else if (pin.bytes === 0) skipped.empty++
    }
    if (!matched.some(path => kept.get(path) != null)) throw noneError(tree.uriOf(pattern), matched.length)
    if (kept.size > LIMITS.filesMax) throw tooManyError(tree.uriOf(pattern), kept.size)
  }
  const found = [...kept.values()].filter(file => file !== null)
  found.sort((a, b) => compareBytes(a.path, b.path))
  return { files: found, skipped: { ...skipped, hidden: hidden.size } }
}

async function filesOf<Stats>(
  pattern: string,
  tree: FolderTree<Stats>,
  hidden: Set<string>,
): Promise<Found<Stats>> {
  const found: Found<Stats> = { files: new Map(), hidden }
  const plain = pattern.length > 1 && pattern.endsWith('/') ? pattern.replace(/\/+$/, '') : pattern
  const entry = await lookUpName(plain, tree)
  if (entry === null) {
    if (isGlob(pattern)) await walkGlob(tree, pattern, found)
  } else if (entry.kind === 'folder') await walkTree(tree, plain, found)
  else found.files.set(plain, entry.stats)
  return found
}

/** A name that is a glob to us too (`a*b`) is found as it is; one that only a glob can have is no name. */
async function lookUpName<Stats>(path: string, tree: FolderTree<Stats>): Promise<FolderEntry<Stats> | null> {
  try {
    return await tree.lookUp(path)
  } catch (error) {
    if (isGlob(path) && error instanceof HindcastError && error.code === 'file-unreadable') return null
    throw error
  }
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
