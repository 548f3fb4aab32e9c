/**
 * The port through which a lane reads the live side of one stream: records already decoded into event columns.
 */

import type { EventBatch } from '../core/batch/index.ts'
import type { ExplainedHole, OffsetRange } from '../core/seam/index.ts'

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
  /** Offsets that were read and hold no record, ascending. */
  readonly holes: readonly ExplainedHole[]
  /** Position to read from next. */
  readonly offsetNext: number
  /** The end of the partition as this read saw it; Infinity where none has shown it of late. */
  readonly endOffset: number
  /** Epoch of the leader that wrote the newest record before `offsetNext`; left out where it is not known. */
  readonly leaderEpoch?: number
  /** A successful read has shown that this is the end of the partition. */
  readonly atEnd: boolean
}

/** What a source says of offsets that no file has. */
export interface Explanation {
  /** Ascending and apart; those of offsets that were not asked for may be among them. */
  readonly holes: readonly ExplainedHole[]
  /** The first offset that is still held: of what is before it nothing can be said. */
  readonly first: number
}

/** What a reader has done since it was opened, over all its partitions. */
export interface LiveCounts {
  readonly records: number
  /** Keys and values, decompressed. */
  readonly bytes: number
  /** Records that cannot be used. */
  readonly bad: number
  /** Time that reads have waited for records, ms; partitions wait side by side, so this may pass faster than the clock. */
  readonly fetchMs: number
  /** Time from records to columns of events, ms. */
  readonly decodeMs: number
}

export interface LiveReader {
  /** Left out where nothing is counted. */
  readonly counts?: LiveCounts
  /**
   * Records from `offset` on; at the end waits up to `waitMs` for more. `offsetMax`: nothing at or behind it.
   * `leaderEpoch`: what the read that ended at `offset` gave; a log that was cut since then is told by it.
   */
  read(request: {
    partition: number
    offset: number
    leaderEpoch?: number
    offsetMax: number
    waitMs: number
    signal: AbortSignal
  }): Promise<LiveRead>
  /**
   * Live of the partition takes over (C3): what the plan pinned is looked at again, and raises `file-changed`,
   * `topic-grown` or `topic-truncated` where it is not the same any more. Resolves with where it begins and ends now.
   */
  handOver(partition: number): Promise<{ readonly first: number; readonly next: number }>
  /** Reads over these ranges, ascending and apart, and says what they hold instead of records. */
  explain(request: {
    partition: number
    ranges: readonly OffsetRange[]
    signal: AbortSignal
  }): Promise<Explanation>
  close(): Promise<void>
}
