/** Loads the file features of a plan once, on the main thread; lanes share what comes out. */

import type { LoadedFeature } from '../features/index.ts'
import { loadFeature } from '../features/index.ts'
import { LocalFileSystem } from '../files/index.ts'
import { createDecoder } from '../history/index.ts'
import type { FeaturePlan, Plan } from '../plan/index.ts'
import { CSV_DEFAULT } from './describe-files.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { featureQuarantine } from './quarantine.ts'
import { spillDirectory } from './spill-directory.ts'

export interface LoadedFeatures {
  /** By feature name; structured clone passes them on to a lane. */
  readonly tables: Readonly<Record<string, LoadedFeature['shared']>>
  close(): void
}

export async function loadFeatures(
  plan: Plan,
  directory: string,
  budget: MemoryBudget,
): Promise<LoadedFeatures> {
  const fromFiles = plan.features.filter(feature => feature.job.from.kind === 'files')
  const loaded = new Map<string, LoadedFeature>()
  for (const feature of fromFiles) {
    loaded.set(feature.name, await loadOne(plan, feature, directory, budget.featureBytes / fromFiles.length))
  }
  return {
    tables: Object.fromEntries([...loaded].map(([name, feature]) => [name, feature.shared])),
    close: () => {
      for (const feature of loaded.values()) feature.remove()
    },
  }
}

async function loadOne(
  plan: Plan,
  feature: FeaturePlan,
  directory: string,
  memoryBytes: number,
): Promise<LoadedFeature> {
  const decoder = createDecoder({
    files: feature.files,
    csv: CSV_DEFAULT,
    declared: [],
  })
  const files = new LocalFileSystem()
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
  }
}
