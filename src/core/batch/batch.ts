/**
 * Batches: equal-length columns under a schema, and what travels with events.
 */

import type { Column } from './column.ts'
import { columnBytes } from './column.ts'
import type { Schema } from './schema.ts'

export interface Batch {
  readonly schema: Schema
  readonly rows: number
  readonly columns: readonly Column[]
}

/**
 * A batch of events of one stream and one output partition, with what the runtime knows of each event.
 * History batches are in C1 order; live batches are in offset order until the reorder buffer releases them.
 */
export interface EventBatch extends Batch {
  /** Rank of the stream's name in byte order (C1). */
  readonly stream: number
  readonly partition: number
  /** Event time in ticks of the job's timeline. */
  readonly time: Float64Array
  /** 0…999 ns beyond the tick on a `ns` timeline, else null. */
  readonly sub: Int32Array | null
  /** The topic's or file's own offset; null where the rows have none. */
  readonly sourceOffset: Float64Array | null
}

export function batchBytes(batch: Batch): number {
  let bytes = 0
  for (const column of batch.columns) bytes += columnBytes(column)
  return bytes
}
