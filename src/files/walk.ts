/**
 * Walks folders for a glob or a whole tree, on any file system that can list a folder. Each folder is listed once.
 * Hidden names (see `isHidden`) are left out and noted, except where the pattern names them itself. A folder reached
 * again through a symbolic link that leads upwards is not entered twice.
 */

import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { GlobSegment } from './glob.ts'
import { parseGlob } from './glob.ts'
import { EVERYTHING, onlyLiterals, startStates, stepInto } from './glob-steps.ts'

/** One name of a folder. `Stats` is what its listing tells of a file, if it does. */
export interface FolderEntry<Stats> {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly stats: Stats
}

/** The folders of a file system: what a walk needs of it. Paths are absolute; names are joined to them by `/`. */
export interface FolderTree<Stats> {
  /** Folders listed at the same time. */
  readonly foldersAtOnce: number
  /** Names of a folder, page by page. Raises `file-unreadable`. */
  entriesOf(path: string): AsyncIterable<readonly FolderEntry<Stats>[]>
  /** What a path is, links followed; null where nothing has that name. Raises `file-unreadable`. */
  lookUp(path: string): Promise<FolderEntry<Stats> | null>
  /** What tells a folder from all others, so that links which lead upwards are seen; the path where there are none. */
  idOf(path: string): Promise<string>
  /** How messages and plans name a path. */
  uriOf(path: string): string
}

/** What a walk has come upon. */
export interface Found<Stats> {
  readonly files: Map<string, Stats>
  /** Paths that the rule on hidden names left out. */
  readonly hidden: Set<string>
}

/** Adds the files that a glob matches; a folder that it matches stands for all files below it. */
export async function walkGlob<Stats>(
  tree: FolderTree<Stats>,
  pattern: string,
  found: Found<Stats>,
): Promise<void> {
  const root = pattern.startsWith('/') ? '/' : '.'
  for (const segments of parseGlob(pattern)) {
    const start = { path: root, states: startStates(segments), above: [] }
    await walk({ tree, segments, found, pending: [start] })
  }
}

/** Adds all files below a folder. */
export async function walkTree<Stats>(
  tree: FolderTree<Stats>,
  folder: string,
  found: Found<Stats>,
): Promise<void> {
  const start = { path: folder, states: [EVERYTHING], above: [await tree.idOf(folder)] }
  await walk({ tree, segments: [], found, pending: [start] })
}

interface Walk<Stats> {
  readonly tree: FolderTree<Stats>
  readonly segments: readonly GlobSegment[]
  readonly found: Found<Stats>
  readonly pending: Visit[]
}

/** A folder to look into. */
interface Visit {
  readonly path: string
  readonly states: readonly number[]
  /** Ids of the folders on the way here. */
  readonly above: readonly string[]
}

/** Visits until none is left, the newest first: few are waiting at a time, however wide the tree is. */
async function walk<Stats>(walk: Walk<Stats>): Promise<void> {
  const running = new Set<Promise<void>>()
  try {
    while (walk.pending.length > 0 || running.size > 0) {
      while (walk.pending.length > 0 && running.size < walk.tree.foldersAtOnce) {
        const visit: Promise<void> = lookInto(walk, walk.pending.pop()!).finally(() => running.delete(visit))
        running.add(visit)
      }
      await Promise.race(running)
    }
  } finally {
    await Promise.allSettled(running)
  }
}

async function lookInto<Stats>(walk: Walk<Stats>, visit: Visit): Promise<void> {
  const { tree, segments } = walk
  if (!onlyLiterals(segments, visit.states)) {
    for await (const page of tree.entriesOf(visit.path)) {
      for (const entry of page) await consider(walk, visit, entry)
    }
    return
  }
  for (const state of visit.states) {
    const segment = segments[state]!
    if (segment.kind !== 'literal') continue
    const entry = await tree.lookUp(join(visit.path, segment.name))
    if (entry !== null) await consider(walk, visit, { ...entry, name: segment.name })
  }
}

async function consider<Stats>(walk: Walk<Stats>, visit: Visit, entry: FolderEntry<Stats>): Promise<void> {
  const { name } = entry
  const path = join(visit.path, name)
  const asFolder = stepInto(walk.segments, visit.states, { name, isFolder: true })
  const asFile = stepInto(walk.segments, visit.states, { name, isFolder: false })
  if (asFolder.enter.length === 0 && !asFile.take) {
    if (asFolder.hidden) addHidden(walk, path)
    return
  }
  // a link that leads nowhere stays in the list, so that it is named as unreadable and not passed over
  const seen = entry.kind === 'link' ? ((await walk.tree.lookUp(path)) ?? entry) : entry
  if (seen.kind !== 'folder') {
    if (asFile.take) addFile(walk, path, seen.stats)
    return
  }
  if (asFolder.enter.length === 0) return
  const id = await walk.tree.idOf(path)
  if (visit.above.includes(id) && !asFolder.named) return
  walk.pending.push({ path, states: asFolder.enter, above: [...visit.above, id] })
}

function addHidden<Stats>({ tree, found }: Walk<Stats>, path: string): void {
  found.hidden.add(path)
  if (found.hidden.size > LIMITS.filesMax) throw tooMany(tree.uriOf(path), 'hidden files and folders')
}

function addFile<Stats>({ tree, found }: Walk<Stats>, path: string, stats: Stats): void {
  found.files.set(path, stats)
  if (found.files.size > LIMITS.filesMax) throw tooMany(tree.uriOf(path), 'files')
}

function tooMany(uri: string, what: string): HindcastError {
  return new HindcastError('limit-passed', `more ${what} than filesMax (${LIMITS.filesMax}) allows`, {
    where: { uri },
    advice: 'Name a narrower glob, or merge small files first.',
  })
}

function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}
