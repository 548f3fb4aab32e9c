/** The plan of one feature: pinned files or a store, its columns, and the check that events can be looked up in it. */

import type { Schema } from '../core/batch/index.ts'
import { checkFeatureKeys, describeFeature } from '../features/index.ts'
import type { FeatureJob } from '../job/index.ts'
import type { FeaturePlan, PinnedFile, PlanNote } from '../plan/index.ts'
import { requireSupported } from '../plan/index.ts'
import { CSV_DEFAULT, describeFiles, mergeDescribed, pinFile } from './describe-files.ts'

export async function planFeature(job: FeatureJob, events: Schema, notes: PlanNote[]): Promise<FeaturePlan> {
  const { from } = job
  let files: readonly PinnedFile[] = []
  let schema: Schema | null = null
  if (from.kind === 'files') {
    const about = `features.${job.name}`
    const described = await describeFiles({ ...from, csv: CSV_DEFAULT, declared: [], about }, notes)
    const merged = mergeDescribed(described, [])
    requireSupported(merged, [...from.key, from.time.column, ...from.columns])
    schema = merged.schema
    files = described.map(pinFile)
  }
  const description = await describeFeature(job, schema === null ? null : { files, schema })
  checkFeatureKeys(job, description.keyFields, events)
  return { name: job.name, job, files, ...description }
}
