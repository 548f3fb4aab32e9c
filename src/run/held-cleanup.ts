/**
 * When files of held events (see `lanes/held-files.ts`) go: a file stays as long as a checkpoint that is kept may name it.
 *
 *     at a start             what the checkpoint that the run goes on from does not name: left by a process that was killed
 *     at each checkpoint     what had left before the older one of the two that are kept
 *     at the end             all, but what the last checkpoint names where another run may go on from it (C10)
 */

import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Ticks } from '../core/time.ts'
import { wrapWriteError } from '../files/index.ts'
import { heldDirectory, heldFilesOf, parseHeldName } from '../lanes/index.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { ManifestSlice } from './manifest.ts'

/** Removes the files that none of the snapshots names. */
export function removeUnnamed(directory: string, snapshots: readonly (Uint8Array | null)[]): void {
  if (!existsSync(heldDirectory(directory))) return
  const named = namesOf(snapshots)
  for (const name of heldFiles(directory)) if (!named.has(name)) remove(join(heldDirectory(directory), name))
  if (named.size === 0) remove(heldDirectory(directory))
}

/** Removes the files that the checkpoint behind this slice, the last one, does not name. */
export function keepNamedBy(directory: string, last: ManifestSlice | null): void {
  if (!existsSync(heldDirectory(directory))) return
  removeUnnamed(directory, last === null ? [] : readCheckpoint(directory, last.slice).snapshots)
}

/**
 * Removes the files of which everything is earlier than `time`, but those that the newest snapshots name: that of a
 * partition that has finished is older than the others.
 */
export function removeHeldBefore(directory: string, time: Ticks, newest: readonly Uint8Array[]): void {
  const early = heldFiles(directory).filter(name => (parseHeldName(name)?.newest ?? time) < time)
  if (early.length === 0) return
  const named = namesOf(newest)
  for (const name of early) if (!named.has(name)) remove(join(heldDirectory(directory), name))
}

/** Takes over what the snapshots of another run name: as links where the file system has them, else as copies. */
export function takeHeldOver(
  from: string,
  directory: string,
  snapshots: readonly (Uint8Array | null)[],
): void {
  if (!existsSync(heldDirectory(from))) return
  for (const name of namesOf(snapshots)) {
    const to = join(heldDirectory(directory), name)
    if (existsSync(to)) continue
    const source = join(heldDirectory(from), name)
    try {
      mkdirSync(heldDirectory(directory), { recursive: true })
      try {
        linkSync(source, to)
      } catch {
        copyFileSync(source, to)
      }
    } catch (error) {
      throw wrapWriteError(error, to)
    }
  }
}

function namesOf(snapshots: readonly (Uint8Array | null)[]): Set<string> {
  return new Set(snapshots.flatMap(bytes => (bytes === null || bytes.length === 0 ? [] : heldFilesOf(bytes))))
}

function heldFiles(directory: string): string[] {
  const folder = heldDirectory(directory)
  return existsSync(folder) ? readdirSync(folder) : []
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    throw wrapWriteError(error, path)
  }
}
