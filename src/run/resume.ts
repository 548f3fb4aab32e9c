/** Where a run directory can be gone on from: behind the newest sealed slice that has a checkpoint. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError, wrapError } from '../errors.ts'
import { hasCheckpoint, readCheckpoint } from './checkpoint.ts'
import type { ManifestSlice } from './manifest.ts'

/** State of all partitions of a run of the plan right behind the slice; null for one that had not begun. */
export function resumeBehind(
  directory: string,
  last: ManifestSlice,
  planHash: string,
): { readonly sliceStartMs: number; readonly snapshots: readonly (Uint8Array | null)[] } {
  const { plan, snapshots } = readCheckpoint(directory, last.slice)
  if (plan !== planHash)
    throw corrupt(directory, 'the checkpoint of the last sealed slice is that of another plan')
  return {
    sliceStartMs: last.endMs,
    snapshots: snapshots.map(snapshot => (snapshot.length === 0 ? null : snapshot)),
  }
}

/** Index of the newest slice that has a checkpoint, −1 where nothing is sealed; an error where slices are and none has. */
export function lastWithCheckpoint(directory: string, slices: readonly ManifestSlice[]): number {
  const index = slices.findLastIndex(slice => hasCheckpoint(directory, slice.slice))
  if (index >= 0 || slices.length === 0) return index
  throw corrupt(directory, 'slices are sealed, but no checkpoint is left')
}

/** Whether the run has ended by itself: its report is the last thing it writes. */
export function isComplete(directory: string): boolean {
  const path = join(directory, 'report.json')
  if (!existsSync(path)) return false
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { state?: unknown } | null)?.state === 'complete'
  } catch (error) {
    throw wrapError(error, 'output-corrupt', 'the report of the run cannot be read', {
      where: { uri: path },
      advice: 'Remove it to have the run end again, which writes it anew.',
    })
  }
}

function corrupt(directory: string, message: string): HindcastError {
  return new HindcastError('output-corrupt', message, {
    where: { uri: join(directory, 'checkpoint') },
    advice: 'The run cannot go on from here: run the plan again into a new directory.',
  })
}
