/**
 * A lane is a chain of stages. A stage turns a released batch of one partition into another with more
 * columns; its state per partition can be snapshotted with the checkpoint and restored by any number of lanes.
 */

import type { EventBatch, Field } from '../core/batch/index.ts'

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
  close(): Promise<void>
}
