/**
 * The feature store port: which versions does it take to answer lookups of these keys in this time range?
 * The as-of decision itself (C4) is made by `core/asof`, the same for every store.
 */

import type { KeyBatch, VersionTable } from '../core/asof/index.ts'
import type { Ticks } from '../core/time.ts'
import type { StoreReads } from '../lanes/index.ts'

export interface VersionRequest {
  /** Distinct keys; null keys are passed over. */
  readonly keys: KeyBatch
  /** Event times that will be looked up lie in [from, until]. */
  readonly from: Ticks
  readonly until: Ticks
}

export interface FeatureStore {
  /** Everything the store has, where that is in memory: then nothing needs to be fetched. */
  readonly whole: VersionTable | null
  /**
   * All versions that can decide a lookup of the keys in the range: those inside it, and back to the newest
   * eligible one before it. The table knows every key that was asked for, also those without versions, and says
   * itself for which times it is complete ("can you still tell?").
   */
  versions(request: VersionRequest): Promise<VersionTable>
  /** What it has been asked since this was called last; absent: nothing is asked over a network. */
  takeReads?(): StoreReads
  close(): Promise<void>
}
