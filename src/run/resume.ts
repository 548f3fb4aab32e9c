/** Where a run directory can be gone on from: behind the newest sealed slice that has a checkpoint. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { hasCheckpoint, readCheckpoint } from './checkpoint.ts'
import type { ManifestSlice } from './manifest.ts'

/** State of all partitions right behind the slice; null for one that had not begun. */
export function resumeBehind(
  directory: string,
  last: ManifestSlice,
): { readonly sliceStartMs: number; readonly snapshots: readonly (Uint8Array | null)[] } {
  const { snapshots } = readCheckpoint(directory, last.slice)
  return {
    sliceStartMs: last.endMs,
    snapshots: snapshots.map(snapshot => (snapshot.length === 0 ? null : snapshot)),
  }
}

/** Index of the newest slice that has a checkpoint, −1 where nothing is sealed; an error where slices are and none has. */
export function lastWithCheckpoint(directory: string, slices: readonly ManifestSlice[]): number {
  const index = slices.findLastIndex(slice => hasCheckpoint(directory, slice.slice))
  if (index >= 0 || slices.length === 0) return index
  throw new HindcastError('output-corrupt', 'slices are sealed, but no checkpoint is left', {
    where: { uri: join(directory, 'checkpoint') },
    advice: 'The run cannot go on from here: run the plan again into a new directory.',
  })
}

/** Whether the run has ended by itself: its report is the last thing it writes. */
export function isComplete(directory: string): boolean {
  const path = join(directory, 'report.json')
  if (!existsSync(path)) return false
  return (JSON.parse(readFileSync(path, 'utf8')) as { state?: unknown }).state === 'complete'
}
