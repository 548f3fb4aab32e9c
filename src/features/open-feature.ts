/**
 * Opens a feature for lookups, in whatever thread: the shared table of a file feature, or an embedded store.
 */

import type { Allocate, VersionTable } from '../core/asof/index.ts'
import { ownMemory } from '../core/asof/index.ts'
import type { Timeline } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import { assert } from '../errors.ts'
import type { FeaturePlan } from '../plan/index.ts'
import { EmbeddedStore } from './embedded/embedded-store.ts'
import type { SharedFeature } from './file-table.ts'
import { SPILLED_TABLE } from './file-table.ts'
import { openHbaseFeature } from './hbase/index.ts'
import type { FeatureStore } from './store.ts'

export interface OpenFeatureOptions {
  readonly feature: FeaturePlan
  readonly timeline: Timeline
  /** What `loadFeature` gave; null for a feature that is not from files. */
  readonly shared: SharedFeature | null
  /** The clock, ms: tells how far a store is complete. */
  readonly now: () => number
  /** Lanes that read the same store: each takes its part of what the job allows. Default: 1. */
  readonly lanes?: number
  /** Memory of the tables that a store that is far away gives. Default: own. */
  readonly allocate?: Allocate
  readonly signal?: AbortSignal
}

export async function openFeatureStore(options: OpenFeatureOptions): Promise<FeatureStore> {
  const { feature, timeline, shared, now } = options
  const lag = ticksFromMs(feature.job.lagMs, timeline)
  const columns = feature.fields.map(field => field.name)
  const { from } = feature.job
  if (from.kind === 'store') {
    return new EmbeddedStore({ directory: from.store, table: from.table, columns, timeline, lag, now })
  }
  if (from.kind === 'hbase') {
    const { lanes = 1, allocate = ownMemory, signal } = options
    return openHbaseFeature({ feature, from, timeline, now, lanes, allocate, signal })
  }
  assert(shared !== null, `feature ${feature.name} is from files, which were not loaded`)
  assert(shared.kind !== 'preloaded', `feature ${feature.name} is from files, which are not asked`)
  if (shared.kind === 'table') return new TableStore(shared.table)
  return new EmbeddedStore({
    directory: shared.directory,
    table: SPILLED_TABLE,
    columns,
    timeline,
    lag,
    now: null,
  })
}

/** A store whose every version is in memory. */
export class TableStore implements FeatureStore {
  readonly whole: VersionTable

  constructor(table: VersionTable) {
    this.whole = table
  }

  versions(): Promise<VersionTable> {
    return Promise.resolve(this.whole)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
