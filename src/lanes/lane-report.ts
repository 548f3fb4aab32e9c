/** What a partition counted besides what the manifest says of its slices; plain data, merged by the run's report. */

import { LATENESS_BOUNDS_MS } from '../core/watermark/index.ts'
import type { Stage, StoreReads } from './stage.ts'

export type PartitionState = 'backlog' | 'live' | 'idle' | 'finished'

export interface PartitionWatermark {
  readonly partition: number
  /** Merged watermark, ms; of a finished partition the last finite one; null before the first event. */
  readonly watermarkMs: number | null
  readonly state: PartitionState
}

export interface PartialReport {
  /** Events read of each side, before any of them was found doubled, late or bad. */
  readonly historyRows: number
  readonly liveRows: number
  /** Bytes read of history files; less than they have where columns, row groups or pages were passed over. */
  readonly historyBytes: number
  /** In order of the partition. */
  readonly watermarks: readonly PartitionWatermark[]
  /**
   * Live events by how far behind the newest event time of their partition they came; one entry per bound of
   * `LATENESS_BOUNDS_MS` and one more. Of a resumed run: those that its last process read.
   */
  readonly lateness: readonly number[]
  /** Busy time by stage, whole ms (whole, so that sums do not depend on their order). */
  readonly stageMs: Readonly<Record<string, number>>
  /** By feature: what was asked of stores that are far away. */
  readonly stores: Readonly<Record<string, StoreReads>>
}

/** Nothing counted: the unit of merging reports. */
export function emptyPartialReport(): PartialReport {
  return {
    historyRows: 0,
    liveRows: 0,
    historyBytes: 0,
    watermarks: [],
    lateness: new Array(LATENESS_BOUNDS_MS.length + 1).fill(0),
    stageMs: {},
    stores: {},
  }
}

/** What stages have asked of stores since this was called last, by their names. */
export function takeStoreReads(stages: readonly Stage[]): Readonly<Record<string, StoreReads>> {
  const stores = new Map<string, StoreReads>()
  for (const stage of stages) {
    const reads = stage.takeReads?.() ?? null
    if (reads !== null) stores.set(stage.name, reads)
  }
  return Object.fromEntries(stores)
}
