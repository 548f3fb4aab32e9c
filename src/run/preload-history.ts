/**
 * What history will look up in a store that is far away, fetched once for all lanes before they join: each key is asked
 * for one time, however many batches and lanes need it. Where that would not fit into memory, lanes fetch for their own
 * batches instead; the answers are the same.
 */

import type { KeyBatch, VersionTable } from '../core/asof/index.ts'
import { gatherKeys, sharedMemory, tableBytes } from '../core/asof/index.ts'
import { ticksFromMs } from '../core/time.ts'
import type { Preloaded } from '../features/index.ts'
import { openFeatureStore } from '../features/index.ts'
import type { StoreReads } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { FeaturePlan, Plan } from '../plan/index.ts'
import { historyKeys } from './history-keys.ts'

/** Of the memory of the feature: the rest is what building the table takes beside it. */
const TABLE_SHARE = 0.4
/** Of the memory of the feature, at most so much for finding out which keys there are. */
const KEYS_SHARE = 0.25

export interface PreloadedHistory {
  /** Null where lanes are to fetch for themselves. */
  readonly before: Preloaded | null
  readonly reads: StoreReads | null
}

export async function preloadHistory(
  plan: Plan,
  feature: FeaturePlan,
  bytesMax: number,
  signal: AbortSignal,
): Promise<PreloadedHistory> {
  const wanted = await historyKeys(plan, feature, bytesMax * KEYS_SHARE, signal)
  if (wanted === null || wanted.keys.rows === 0) return { before: null, reads: null }
  const { keys, fromMs, untilMs } = wanted
  // The last moment of a file is known in ms, and its events may be some ticks later.
  const range = { from: boundedTicks(fromMs, plan), until: boundedTicks(untilMs + 1, plan) }
  const store = await openFeatureStore({
    feature,
    timeline: plan.timeline,
    shared: null,
    now: Date.now,
    allocate: sharedMemory,
    signal,
  })
  try {
    const versions = (rows: KeyBatch): Promise<VersionTable> => store.versions({ keys: rows, ...range })
    const table = await wholeTable(keys, bytesMax * TABLE_SHARE, versions)
    return { before: table && { table, ...range }, reads: store.takeReads?.() ?? null }
  } finally {
    await store.close()
  }
}

/** The versions of all keys; null where they will not fit, by those of some keys that lie evenly among them. */
async function wholeTable(
  keys: KeyBatch,
  bytesMax: number,
  versions: (keys: KeyBatch) => Promise<VersionTable>,
): Promise<VersionTable | null> {
  const sampled = Math.min(keys.rows, LIMITS.preloadSampleKeys)
  const rows = Int32Array.from({ length: sampled }, (_, i) => Math.floor((i * keys.rows) / sampled))
  const some = await versions(gatherKeys(keys, rows))
  if ((tableBytes(some) / sampled) * keys.rows > bytesMax) return null
  return sampled === keys.rows ? some : versions(keys)
}

function boundedTicks(ms: number, plan: Plan): number {
  return Number.isFinite(ms) ? ticksFromMs(ms, plan.timeline) : ms
}
