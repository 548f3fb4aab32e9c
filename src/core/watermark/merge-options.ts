/** What the merge of an output partition is made of, and the check that its parts belong together. */

import { assert } from '../../errors.ts'
import type { Decision } from './decisions.ts'
import type { HeldStore } from './held-store.ts'
import type { PartitionSnapshot } from './snapshot.ts'
import type { SourceSpec } from './source-spec.ts'

export interface PartitionMergeOptions {
  readonly partition: number
  /** In order of stream ordinal; a source is named by its index here. */
  readonly sources: readonly SourceSpec[]
  /** All decisions of this partition since the first start. */
  readonly journal?: readonly Decision[]
  /** Where to go on from. */
  readonly snapshot?: PartitionSnapshot
  /** For what reorder buffers cannot keep in memory (C9); null: they keep everything. */
  readonly store?: HeldStore | null
}

/** Raises `bug`. */
export function checkSources(
  partition: number,
  sources: readonly SourceSpec[],
  snapshot: PartitionSnapshot | undefined,
): void {
  assert(sources.length > 0, 'a partition has at least one source')
  for (let i = 1; i < sources.length; i++) {
    assert(sources[i].stream > sources[i - 1].stream, 'sources come in order of stream ordinal')
  }
  const isAlone = sources.length === 1 || sources.every(source => source.order !== 'offset')
  assert(isAlone, 'a source in order of offset is the only one of its partition')
  if (snapshot === undefined) return
  const streams = snapshot.sources.map(source => source.stream)
  const isSame =
    streams.length === sources.length && streams.every((stream, i) => stream === sources[i].stream)
  assert(snapshot.partition === partition && isSame, 'a snapshot belongs to its partition and sources')
}
