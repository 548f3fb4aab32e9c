/**
 * Sets: the same event files again and again, each set under a folder of its own (hard links, no bytes) and later in
 * time than the one before by the span of the data. The shift lies in the folder's name, so that whoever decodes a
 * file, in whatever thread, knows it.
 */

import { linkSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SPAN_MS } from '../data/shape.ts'

/** Links the files `sets` times below the directory; returns a glob that finds them all. */
export function linkSets(directory: string, files: readonly string[], sets: number): string {
  for (let set = 0; set < sets; set++) {
    const folder = join(directory, `set-${String(set).padStart(3, '0')}`)
    mkdirSync(folder, { recursive: true })
    for (const path of files) linkSync(path, join(folder, basename(path)))
  }
  return join(directory, 'set-*', '*.parquet')
}

/** By how much a file's event times are later than they are written, ms; 0 for a file of no set. */
export function shiftMsOf(path: string): number {
  const match = /\/set-(\d+)\/[^/]+$/.exec(path)
  return match === null ? 0 : Number(match[1]) * SPAN_MS
}
