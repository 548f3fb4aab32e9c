/** The plan of one feature: pinned files or a store, its columns, and the check that events can be looked up in it. */

import type { Schema } from '../core/batch/index.ts'
import { checkFeatureKeys, describeFeature } from '../features/index.ts'
import type { FeatureJob } from '../job/index.ts'
import type { FeaturePlan, PlanNote } from '../plan/index.ts'
import { requireSupported } from '../plan/index.ts'
import { CSV_DEFAULT, describeFiles, mergeDescribed, pinFile } from './describe-files.ts'
import { planHbase } from './plan-hbase.ts'
import type { HistoryBounds } from './plan-notes.ts'

/** What the plan of a feature is made beside. */
export interface FeatureContext {
  /** Columns of the events that become samples. */
  readonly events: Schema
  /** Their range of time, as far as it is known. */
  readonly bounds: HistoryBounds
  readonly plannedAtMs: number
  readonly allowUnavailable: boolean
  /** Takes what there is to say. */
  readonly notes: PlanNote[]
  readonly signal?: AbortSignal
}

export async function planFeature(job: FeatureJob, context: FeatureContext): Promise<FeaturePlan> {
  const plan = await planSource(job, context)
  checkFeatureKeys(job, plan.keyFields, context.events)
  return plan
}

async function planSource(job: FeatureJob, context: FeatureContext): Promise<FeaturePlan> {
  const { name, from } = job
  if (from.kind === 'hbase') return planHbase(job, from, context)
  if (from.kind === 'store') return { name, job, files: [], ...(await describeFeature(job, null)) }
  const described = await describeFiles(
    { ...from, csv: CSV_DEFAULT, declared: [], about: `features.${name}` },
    context.notes,
  )
  const merged = mergeDescribed(described, [])
  requireSupported(merged, [...from.key, from.time.column, ...from.columns])
  const files = described.map(pinFile)
  return { name, job, files, ...(await describeFeature(job, { files, schema: merged.schema })) }
}
