/**
 * Walks folders for a glob or a whole tree. Hidden names (see `isHidden`) are left out and noted, except where the
 * pattern names them itself. A folder reached again through a symbolic link that leads upwards is not entered twice.
 */

import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { wrapError } from '../errors.ts'
import type { GlobSegment } from './glob.ts'
import { isHidden, parseGlob } from './glob.ts'

/** Paths that a glob matches; a folder that it matches stands for all files below it. */
export async function walkGlob(pattern: string, hidden: Set<string>): Promise<string[]> {
  const paths = new Set<string>()
  const root = pattern.startsWith('/') ? '/' : '.'
  for (const segments of parseGlob(pattern))
    await walkSegments(root, segments, 0, { paths, hidden, above: [] })
  return [...paths]
}

/** All files below a folder. */
export async function walkTree(directory: string, hidden: Set<string>): Promise<string[]> {
  const paths = new Set<string>()
  await descend(directory, [{ kind: 'any-depth' }], 0, { paths, hidden, above: [] })
  return [...paths]
}

interface Walk {
  readonly paths: Set<string>
  readonly hidden: Set<string>
  /** Ids of the folders on the way here. */
  readonly above: readonly string[]
}

async function walkSegments(
  at: string,
  segments: readonly GlobSegment[],
  index: number,
  walk: Walk,
): Promise<void> {
  const segment = segments[index]
  const last = index === segments.length - 1
  if (segment === undefined) return
  if (segment.kind === 'literal') {
    const path = join(at, segment.name)
    const kind = await kindOf(path)
    if (kind === 'none') return
    if (last) return take(path, kind, walk)
    if (kind === 'file') return
    return walkSegments(path, segments, index + 1, { ...walk, above: [...walk.above, await folderId(path)] })
  }
  if (segment.kind === 'any-depth' && !last) await walkSegments(at, segments, index + 1, walk)
  for (const entry of await entriesOf(at)) {
    const path = join(at, entry.name)
    if (segment.kind === 'match' && !segment.matches(entry.name)) continue
    if (isHidden(entry.name) && !(segment.kind === 'match' && segment.hidden)) {
      walk.hidden.add(path)
      continue
    }
    const linked = entry.isSymbolicLink() ? await kindOf(path) : null
    // a link that leads nowhere stays in the list, so that it is named as unreadable and not passed over
    const kind = linked === 'folder' || entry.isDirectory() ? 'folder' : 'file'
    if (segment.kind === 'match' && last) await take(path, kind, walk)
    else if (kind === 'folder')
      await descend(path, segments, segment.kind === 'match' ? index + 1 : index, walk)
    else if (segment.kind === 'any-depth' && last) walk.paths.add(path)
  }
}

/** Walks a folder that was found, not named, unless a link has led back to a folder above. */
async function descend(
  path: string,
  segments: readonly GlobSegment[],
  index: number,
  walk: Walk,
): Promise<void> {
  const id = await folderId(path)
  if (walk.above.includes(id)) return
  await walkSegments(path, segments, index, { ...walk, above: [...walk.above, id] })
}

/** A match at the end of a pattern: a file is taken, a folder stands for what is below it. */
async function take(path: string, kind: 'file' | 'folder', walk: Walk): Promise<void> {
  if (kind === 'file') walk.paths.add(path)
  else await descend(path, [{ kind: 'any-depth' }], 0, walk)
}

async function folderId(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    throw folderError(error, path)
  }
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    throw folderError(error, path)
  }
}

/** What a path is, links followed; a link that leads nowhere is nothing. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'none'
    throw folderError(error, path)
  }
}

function folderError(error: unknown, path: string): Error {
  return wrapError(error, 'file-unreadable', `cannot read ${path}`, {
    where: { uri: path },
    advice: 'Check that this user may read the folder, or leave it out of `files:`.',
  })
}

function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}
