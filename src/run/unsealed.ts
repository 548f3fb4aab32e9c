/**
 * Removes what lies in the output of a run without belonging to a sealed slice: a partition seals on its own, so some
 * are ahead of the last slice that all have sealed when a run is killed, stopped or held (C10).
 *
 * The files would be written again by the run that goes on; until then they would look like output to whoever lists
 * the folders. The caller holds the lock and no lane is running.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { wrapWriteError } from '../files/index.ts'
import { sliceName } from '../plan/index.ts'
import type { ManifestSlice } from './manifest.ts'

const FOLDERS = ['samples', 'late', 'quarantine']

/** `sealed`: the slices of the manifest. Quarantine of history is told by file and not by slice: it stays. */
export function removeUnsealed(directory: string, sealed: readonly ManifestSlice[]): void {
  const names = new Set(sealed.map(({ slice }) => sliceName(slice)))
  for (const folder of FOLDERS) {
    for (const partition of entriesOf(join(directory, folder))) {
      if (!partition.startsWith('partition=')) continue
      const path = join(directory, folder, partition)
      for (const file of entriesOf(path)) {
        if (!names.has(file.replace(/\.(parquet|jsonl)$/, ''))) remove(join(path, file))
      }
    }
  }
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw wrapWriteError(error, path)
  }
}
