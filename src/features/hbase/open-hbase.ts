/** Opens a feature in HBase for the lookups of one lane, or of what is fetched before lanes join. */

import type { Allocate } from '../../core/asof/index.ts'
import type { Timeline } from '../../core/time.ts'
import { ticksFromMs } from '../../core/time.ts'
import { openHbase } from '../../hbase/index.ts'
import type { HbaseSource, ReadBudget } from '../../job/index.ts'
import type { FeaturePlan } from '../../plan/index.ts'
import { type HbaseStore, openHbaseStore } from './hbase-store.ts'
import { SharedBudget } from './read-budget.ts'

export interface OpenHbaseOptions {
  readonly feature: FeaturePlan
  readonly from: HbaseSource
  readonly timeline: Timeline
  readonly now: () => number
  readonly lanes: number
  readonly allocate: Allocate
  readonly signal: AbortSignal | undefined
}

export async function openHbaseFeature(options: OpenHbaseOptions): Promise<HbaseStore> {
  const { feature, from, timeline, now, lanes, allocate, signal } = options
  const cluster = await openHbase(from.access, signal)
  try {
    return openHbaseStore({
      cluster,
      table: from.table,
      rowKey: from.rowKey,
      keyFields: feature.keyFields,
      columns: from.columns,
      version: from.version,
      timeline,
      lag: ticksFromMs(feature.job.lagMs, timeline),
      settings: { families: feature.families ?? [] },
      budget: new SharedBudget(shareOf(from.budget, lanes)),
      now,
      allocate,
      closes: () => cluster.close(),
    })
  } catch (error) {
    await cluster.close()
    throw error
  }
}

/** What one of so many lanes may ask, so that all together keep to the budget. */
function shareOf({ readsPerSecond, concurrency }: ReadBudget, lanes: number): ReadBudget {
  return {
    concurrency: Math.max(1, Math.floor(concurrency / lanes)),
    ...(readsPerSecond === undefined ? {} : { readsPerSecond: readsPerSecond / lanes }),
  }
}
