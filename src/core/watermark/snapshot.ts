/**
 * The state of an output partition between two releases: exactly what a merge needs to go on as if nothing had
 * happened. Structured-clonable; `snapshot-form.ts` makes bytes of it.
 *
 * History that was delivered and not released is not part of it: it is read again from `historyFrom`. Live that was
 * fetched and not consumed is not either: it is read again from each source's `position`. What lies on disk is part of it
 * by name: the files of a `HeldStore` live as long as a snapshot that names them.
 */

import type { EventBatch } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { SeamSnapshot } from './seam-watch.ts'
import type { SourceCounters } from './source-counters.ts'
import type { SourceState } from './source-state.ts'
import type { SpilledForm } from './spilled-run.ts'

export interface SourceSnapshot {
  /** Stream ordinal (C1). */
  readonly stream: number
  readonly state: SourceState
  /** Next live offset to consume; null where there is no live side. */
  readonly position: number | null
  readonly counters: SourceCounters
  /** What the reorder buffer holds on disk, the older run first, and younger than that in memory, in order. */
  readonly spilled: readonly SpilledForm[]
  readonly held: EventBatch | null
  readonly seam: SeamSnapshot | null
}

export interface PartitionSnapshot {
  readonly partition: number
  /** Steps made (see `decisions.ts`). */
  readonly consumed: number
  /** Decisions of the journal that the state has in it. */
  readonly decisions: number
  /** Merged watermark (C2). */
  readonly watermark: Ticks
  /** Everything earlier has been released, and nothing else: history is to be offered again from here. */
  readonly historyFrom: Ticks
  /** In order of stream ordinal. */
  readonly sources: readonly SourceSnapshot[]
}
