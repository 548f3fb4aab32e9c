/** A span of history that a lane reads by itself, and the port it reads it through. */

import type { EventBatch } from '../core/batch/index.ts'
import type { Ticks } from '../core/time.ts'

/** Whole slices, ms: from inclusive, until exclusive. */
export interface Span {
  /** Its place among the spans of the run. */
  readonly index: number
  readonly fromMs: number
  readonly untilMs: number
}

/** The next events of all partitions; everything earlier than `upTo` has come with it. */
export interface SpanEmission {
  /** Rows partition by partition, in C1 order within each. */
  readonly events: EventBatch
  /** Partitions + 1 entries. */
  readonly starts: Int32Array
  readonly upTo: Ticks
  /** Gives the memory of the events back: nobody looks at them any more. */
  readonly release: () => void
}

export interface SpanReader {
  /** Null at the end of the span. */
  next(): Promise<SpanEmission | null>
  close(): Promise<void>
}
