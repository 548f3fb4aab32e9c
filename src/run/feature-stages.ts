/** Wires the features of a plan into a lane: one join stage each, in the order of the job. */

import { setTimeout } from 'node:timers/promises'
import type { FeatureStore, SharedFeature } from '../features/index.ts'
import { createFeatureStage, openFeatureStore } from '../features/index.ts'
import type { FeatureTables, LaneSetup, Stage } from '../lanes/index.ts'

export async function createStages(setup: LaneSetup, tables: FeatureTables): Promise<Stage[]> {
  const { plan } = setup
  const shared = plan.features.map(({ name }) => (tables[name] ?? null) as SharedFeature | null)
  const stores = await openStores(setup, shared)
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
      before: shared[f]?.kind === 'preloaded' ? shared[f] : null,
      ...(feature.job.from.kind === 'hbase' ? { reachMs: plan.totals.untilMs ?? -Infinity } : {}),
    })
    eventSchema = [...eventSchema, ...stage.adds]
    stages.push(stage)
  }
  return stages
}

/** All of them or none: what was opened is closed again where another cannot be. */
async function openStores(
  { plan, lanes }: LaneSetup,
  shared: readonly (SharedFeature | null)[],
): Promise<FeatureStore[]> {
  const stores: FeatureStore[] = []
  try {
    for (const [f, feature] of plan.features.entries())
      stores.push(
        await openFeatureStore({
          feature,
          timeline: plan.timeline,
          shared: shared[f]!,
          now: Date.now,
          lanes,
        }),
      )
  } catch (error) {
    await Promise.all(stores.map(store => store.close()))
    throw error
  }
  return stores
}
