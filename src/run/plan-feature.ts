/** The plan of one feature. */

import type { Schema } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { FeatureJob } from '../job/index.ts'
import type { FeaturePlan, PlanNote } from '../plan/index.ts'

export function planFeature(feature: FeatureJob, _events: Schema, _notes: PlanNote[]): Promise<FeaturePlan> {
  return Promise.reject(new HindcastError('unsupported', `feature ${feature.name}`))
}
