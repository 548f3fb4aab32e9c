/**
 * A lane is a chain of stages. A stage turns a released batch of one partition into another with more
 * columns; its state per partition can be snapshotted with the checkpoint and restored by any number of lanes.
 */

import type { EventBatch, Field } from '../core/batch/index.ts'

/** What was asked of a store that is far away. */
export interface StoreReads {
  /** Rows asked for. */
  readonly reads: number
  readonly calls: number
  /** Of what came back. */
  readonly bytes: number
  /** That reads waited for their turn under the budget. */
  readonly waitMs: number
  /** Cells that could not be read as the job says. */
  readonly badCells: number
  /** One of them in words: where it is and what is wrong with it; null: there was none. */
  readonly badCell: string | null
  /** Calls by how long they took: counts of the histogram of `features/hbase/latency.ts`. */
  readonly latency: readonly number[]
}

export interface Stage {
  readonly name: string
  /** Columns it appends, in order. */
  readonly adds: readonly Field[]
  /**
   * Told of a batch as soon as the lane has it, before it is processed: the place to fetch ahead. Resolves to
   * what `process` will need. Must not change state.
   */
  prepare(batch: EventBatch): Promise<unknown>
  /** Pure work on columns; called in emission order of the partition. */
  process(batch: EventBatch, prepared: unknown): EventBatch
  /** State of a partition after all batches processed so far; null where there is none. */
  snapshot(partition: number): Uint8Array | null
  restore(partition: number, state: Uint8Array): void
  /** Counters for the report, e.g. hit / absent / expired / unavailable. */
  counters(): Readonly<Record<string, number>>
  /** What it has asked of a store since this was called last; null: of none that has to be asked over a network. */
  takeReads?(): StoreReads | null
  close(): Promise<void>
}
