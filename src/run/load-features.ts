/**
 * Loads the file features of a plan once, on the main thread, and fetches of stores that are far away what history will
 * look up; lanes share what comes out.
 */

import type { LoadedFeature, SharedFeature } from '../features/index.ts'
import { loadFeature } from '../features/index.ts'
import { FileSystems } from '../files/index.ts'
import { createDecoder } from '../history/index.ts'
import type { StoreReads } from '../lanes/index.ts'
import type { FeaturePlan, Plan } from '../plan/index.ts'
import { CSV_DEFAULT } from './describe-files.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { preloadHistory } from './preload-history.ts'
import { featureQuarantine } from './quarantine.ts'
import { spillDirectory } from './spill-directory.ts'

export interface LoadedFeatures {
  /** By feature name; structured clone passes them on to a lane. */
  readonly tables: Readonly<Record<string, SharedFeature>>
  /** What was asked of stores for them. */
  readonly stores: Readonly<Record<string, StoreReads>>
  close(): void
}

export async function loadFeatures(
  plan: Plan,
  directory: string,
  budget: MemoryBudget,
  signal: AbortSignal,
): Promise<LoadedFeatures> {
  const wanted = plan.features.filter(({ job }) => job.from.kind !== 'store')
  const bytes = budget.featureBytes / wanted.length
  const loaded: LoadedFeature[] = []
  const tables = new Map<string, SharedFeature>()
  const stores = new Map<string, StoreReads>()
  for (const feature of wanted) {
    if (feature.job.from.kind === 'hbase') {
      const { before, reads } = await preloadHistory(plan, feature, bytes, signal)
      if (before !== null) tables.set(feature.name, { kind: 'preloaded', ...before })
      if (reads !== null) stores.set(feature.name, reads)
      continue
    }
    const table = await loadOne(plan, feature, directory, bytes)
    loaded.push(table)
    tables.set(feature.name, table.shared)
  }
  return {
    tables: Object.fromEntries(tables),
    stores: Object.fromEntries(stores),
    close: () => {
      for (const feature of loaded) feature.remove()
    },
  }
}

async function loadOne(
  plan: Plan,
  feature: FeaturePlan,
  directory: string,
  memoryBytes: number,
): Promise<LoadedFeature> {
  const { from } = feature.job
  const files = new FileSystems(from.kind === 'files' ? from.access : undefined)
  const decoder = createDecoder({
    files: feature.files,
    csv: CSV_DEFAULT,
    declared: [],
    open: files.opener(feature.files),
  })
  const quarantine = featureQuarantine(directory, feature, plan.job.limits.quarantineShare)
  try {
    return await loadFeature({
      feature,
      timeline: plan.timeline,
      decoder,
      checkFile: file => files.checkUnchanged(file),
      quarantine: async (file, unit, bad) => quarantine.add(file, unit, bad),
      memoryBytes,
      spillDirectory: spillDirectory(directory),
    })
  } finally {
    await decoder.close()
    await files.close()
  }
}
