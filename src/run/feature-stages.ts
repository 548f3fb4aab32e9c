/** Wires the features of a plan into a lane: one join stage each, in the order of the job. */

import { setTimeout } from 'node:timers/promises'
import type { SharedFeature } from '../features/index.ts'
import { createFeatureStage, openFeatureStore } from '../features/index.ts'
import type { LaneSetup, Stage } from '../lanes/index.ts'

export function createStages(setup: LaneSetup): Stage[] {
  const { plan, tables } = setup
  const stages: Stage[] = []
  let eventSchema = plan.streams.find(stream => stream.name === plan.job.samples)!.reads
  for (const feature of plan.features) {
    const shared = (tables[feature.name] ?? null) as SharedFeature | null
    const store = openFeatureStore({ feature, timeline: plan.timeline, shared, now: Date.now })
    const clock = {
      now: Date.now,
      sleep: (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }),
    }
    const stage = createFeatureStage({ feature, store, timeline: plan.timeline, eventSchema, clock })
    eventSchema = [...eventSchema, ...stage.adds]
    stages.push(stage)
  }
  return stages
}
