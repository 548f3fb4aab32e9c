/** Wires the features of a plan into a lane: one join stage each, in the order of the job. */

import { setTimeout } from 'node:timers/promises'
import type { SharedFeature } from '../features/index.ts'
import { createFeatureStage, openFeatureStore } from '../features/index.ts'
import type { LaneSetup, Stage } from '../lanes/index.ts'

export function createStages(setup: LaneSetup): Stage[] {
  const { plan, tables } = setup
  const stores = plan.features.map(feature => {
    const shared = (tables[feature.name] ?? null) as SharedFeature | null
    return openFeatureStore({ feature, timeline: plan.timeline, shared, now: Date.now })
  })
  // Only stores that have to be asked have something to fetch ahead.
  const preloadBytes = setup.memory.preload / Math.max(1, stores.filter(({ whole }) => whole === null).length)
  const stages: Stage[] = []
  let eventSchema = plan.streams.find(stream => stream.name === plan.job.samples)!.reads
  for (const [f, feature] of plan.features.entries()) {
    const clock = {
      now: Date.now,
      sleep: (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }),
    }
    const stage = createFeatureStage({
      feature,
      store: stores[f]!,
      timeline: plan.timeline,
      eventSchema,
      clock,
      preloadBytes,
    })
    eventSchema = [...eventSchema, ...stage.adds]
    stages.push(stage)
  }
  return stages
}
