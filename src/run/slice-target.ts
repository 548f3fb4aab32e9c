/** Where the slices of a run go once they are sealed and in its manifest: another file system, or a topic. */

import type { ManifestSlice } from './manifest.ts'

export interface SliceTarget {
  /** Takes slices that have just been committed, after those before them; what fails is told to the run. */
  committed(slices: readonly ManifestSlice[]): void
  /** Ends when all that was committed is there. */
  settled(): Promise<void>
  /** The same, and all of a complete run but its report. */
  finish(): Promise<void>
  /** The report is written. */
  report(): Promise<void>
  close(): Promise<void>
}
