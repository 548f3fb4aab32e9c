/**
 * The port through which a lane reads the live side of one stream: records already decoded into event columns.
 */

import type { EventBatch } from '../core/batch/index.ts'

/** A record whose value cannot be used. */
export interface BadRecord {
  readonly offset: number
  readonly reason: string
  readonly text: string
}

/** What one read of a partition brought. */
export interface LiveRead {
  /** Good records in offset order, `sourceOffset` set. */
  readonly events: EventBatch
  /** Record timestamp of each event, ticks. */
  readonly timestamp: Float64Array
  readonly bad: readonly BadRecord[]
  /** Position to read from next. */
  readonly offsetNext: number
  /** A successful read has shown that this is the end of the partition. */
  readonly atEnd: boolean
}

export interface LiveReader {
  /** Records from `offset` on; at the end waits up to `waitMs` for more. `offsetMax`: nothing at or behind it. */
  read(request: {
    partition: number
    offset: number
    offsetMax: number
    waitMs: number
    signal: AbortSignal
  }): Promise<LiveRead>
  close(): Promise<void>
}
