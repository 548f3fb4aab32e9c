/** The outcome of a run, from what is on disk and in the manifest: the same after any number of resumes. */

import type { SeamPartition } from '../core/seam/index.ts'
import type { Plan } from '../plan/index.ts'
import type { ManifestSlice } from './manifest.ts'
import { runDigest } from './manifest.ts'
import type { RunOutcome, SeamOutcome } from './outcome.ts'
import { quarantinedRows } from './quarantine.ts'
import { featureCounts } from './report.ts'

export interface OutcomeFacts {
  readonly plan: Plan
  readonly state: RunOutcome['state']
  readonly slices: readonly ManifestSlice[]
  readonly seams: readonly SeamPartition[]
  readonly directory: string
  readonly seconds: number
}

export function outcomeOf(facts: OutcomeFacts): RunOutcome {
  const { plan, state, slices, seams, directory, seconds } = facts
  const parts = slices.flatMap(slice => slice.partitions)
  return {
    state,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    partitions: plan.job.streams.find(stream => stream.name === plan.job.samples)!.partitions,
    digest: runDigest(slices),
    seam: seamOutcome(seams),
    features: featureCounts(slices),
    late: parts.reduce((sum, part) => sum + part.late, 0),
    quarantined: quarantinedRows(directory),
    seconds: Math.round(seconds * 1000) / 1000,
  }
}

/** Null where no stream has a seam. */
export function seamOutcome(seams: readonly SeamPartition[]): SeamOutcome | null {
  const first = seams[0]
  if (first === undefined) return null
  const unproven = seams.find(seam => !seam.proven)
  return {
    proven: unproven === undefined,
    by: first.by,
    doubled: seams.reduce((sum, seam) => sum + seam.doubled, 0),
    gaps: seams.reduce((sum, seam) => sum + gapsOf(seam), 0),
    reason:
      unproven === undefined
        ? null
        : `${unproven.stream}, partition ${unproven.partition}: ${unproven.reason}`,
    pending: unproven !== undefined && seams.every(seam => seam.proven || seam.pending),
  }
}

/** What one side lacks; of a seam that is still open nobody can tell yet. */
function gapsOf(seam: SeamPartition): number {
  return seam.pending ? 0 : seam.gapOffsets + seam.onlyLive + seam.onlyHistory
}
