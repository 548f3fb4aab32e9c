/**
 * What `inspect` has read of a run directory, before it is summed up for people. Every part may be missing:
 * a run that is still going on, or was killed, has a plan and some sealed slices and nothing else.
 */

import type { Plan } from '../../plan/index.ts'
import type { ManifestSlice } from '../manifest.ts'
import type { SeamInspection, SliceInspection } from '../outcome.ts'
import type { Report } from '../report.ts'

/** A row that was put aside, as people want to see it. */
export interface AsideRow {
  /** File below the run directory. */
  readonly file: string
  readonly reason: string
  /** The line as it is in the file, shortened. */
  readonly text: string
}

/** All files of `late/` or `quarantine/`: rows by reason, and the first few. */
export interface AsideRows {
  readonly rows: number
  readonly reasons: Readonly<Record<string, number>>
  readonly examples: readonly AsideRow[]
}

export interface RunFiles {
  readonly directory: string
  readonly plan: Plan
  /** As the manifest has them. */
  readonly sealed: readonly ManifestSlice[]
  /** The same, one entry per slice and partition. */
  readonly slices: readonly SliceInspection[]
  /** Watermark that sealing proves: the end of the newest sealed slice, ms, for every partition. */
  readonly sealedMs: readonly (number | null)[]
  readonly seams: readonly SeamInspection[]
  /** The process that is running in the directory; null where none is. */
  readonly runningPid: number | null
  /** Written when a run ends; null until then. */
  readonly report: Report | null
  readonly late: AsideRows
  readonly quarantine: AsideRows
  /** What is not as it should be, in words, e.g. a listed file that is gone. */
  readonly problems: readonly string[]
}

/** Event time where live takes over, ms; null where the samples have no live side. */
export function seamMsOf(plan: Plan): number | null {
  const stream = plan.job.streams.find(candidate => candidate.name === plan.job.samples)
  if (stream?.live === undefined || stream.history === undefined) return null
  if (stream.seam?.by === 'time') return stream.seam.atMs
  return plan.slices.at(-1)?.endMs ?? null
}
