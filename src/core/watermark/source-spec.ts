/**
 * What an output partition must know of each of its sources: one source is one (stream, partition), with a history,
 * a live side, or both and a seam between them. All times and durations are ticks.
 */

import type { Ticks } from '../time.ts'

/** What becomes of a late event (C2). */
export type LatePolicy = 'side' | 'fail' | 'emit'

export interface LiveSpec {
  /** Position from which live is read: the first offset wanted. */
  readonly offsetStart: number
  /** How far out of order live may be; 0 where offsets give the order. */
  readonly disorder: Ticks
  readonly late: LatePolicy
  /** A record whose event time lies further than this after its own timestamp is quarantined. */
  readonly maxFuture: Ticks
}

/** C3. */
export type SeamSpec =
  | {
      readonly by: 'time'
      /** T: history is < T, live is ≥ T. */
      readonly at: Ticks
      /** How far before T the two sides are compared. */
      readonly overlap: Ticks
      /** Indexes of the identity columns in the stream's schema; may be empty. */
      readonly identity: readonly number[]
      /** What becomes of an event before T that only live has. */
      readonly beforeSeam: 'side' | 'emit'
    }
  | { readonly by: 'offset' }

interface SourceName {
  /** Rank of the stream's name in byte order (C1). */
  readonly stream: number
  /** The stream's name, for messages. */
  readonly name: string
  /**
   * `offset`: rows leave in order of their offsets, and `time` is the running maximum of their event times (C1): history
   * is offered so, live records are given it as they are judged. Only for a source that is alone. Default `time`.
   */
  readonly order?: 'time' | 'offset'
}

export type SourceSpec = SourceName &
  (
    | { readonly history: true; readonly live: null; readonly seam: null }
    | { readonly history: false; readonly live: LiveSpec; readonly seam: null }
    | { readonly history: true; readonly live: LiveSpec; readonly seam: SeamSpec }
  )
