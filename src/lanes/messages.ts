/**
 * Every message between the hub (main thread) and a lane, in one place.
 *
 *     hub ── tables ──►  lane                      as soon as the features are loaded, whatever else has been said
 *     hub ── spans, span, number ──►  lane         each lane reads spans of history, all partitions of them
 *     hub ── start, history, set-aside, history-end, follow, stop ──►  lane        each lane owns partitions
 *     hub ── pace ──►  lane                        at any time: what is sealed goes to somewhere slow
 *     hub ◄── ready, span-read, bad-rows, bad-records, credit, sealed, progress, finished, failed ──  lane
 *
 * Batches travel as transferred buffers; the hub may have LIMITS.laneCredit history messages in flight per lane, and a
 * lane gives one credit back for each that it has worked off.
 */

import type { EventBatch } from '../core/batch/index.ts'
import type { SeamPartition } from '../core/seam/index.ts'
import type { ErrorData } from '../errors.ts'
import type { BadRow, SetAsideOffsets } from '../history/index.ts'
import type { FileUnit, Plan } from '../plan/index.ts'
import type { PartialReport } from './lane-report.ts'
import type { BadRecords, LiveCount } from './live-count.ts'
import type { LiveCounts } from './live-reader.ts'
import type { Span } from './span-reader.ts'

/** What a lane needs to begin; structured-clonable. */
export interface LaneSetup {
  readonly lane: number
  readonly plan: Plan
  /** Partitions the lane owns, ascending and without a hole. */
  readonly partitionFirst: number
  readonly partitionEnd: number
  readonly directory: string
  /** Start of the first slice to write, ms: behind the last sealed slice; null: the slice of the first event. */
  readonly sliceStartMs: number | null
  /** State of each owned partition at the last sealed slice; null at the start. */
  readonly snapshots: readonly (Uint8Array | null)[]
  /** Where live begins and ends, by stream ordinal and partition; noted at the first start. */
  readonly liveRanges: Readonly<Record<number, readonly LiveRange[]>>
  /** A seam that turns out not to be proven does not end the run. */
  readonly allowUnprovenSeam: boolean
  /** Lanes of the run: each takes its part of what all together may ask of a store. */
  readonly lanes: number
  /** Memory of the sink, of all reorder buffers, of what is fetched ahead of features, of open units of a span. */
  readonly memory: LaneMemory
  /** Rows of an emission, where they are not the usual. */
  readonly emissionRows?: number
}

/** Feature tables shared by all lanes, by feature name; what they are is between features/ and itself. */
export type FeatureTables = Readonly<Record<string, unknown>>

/** Bytes. */
export interface LaneMemory {
  readonly sink: number
  readonly reorder: number
  readonly preload: number
  readonly history: number
}

/** What is read of one live partition. */
export interface LiveRange {
  readonly start: number
  /** The live log still held everything from the start of the overlap on. */
  readonly overlapRetained: boolean
  /** End of `stop: caught-up`; null: goes on. */
  readonly stop: number | null
}

export type ToLane =
  /** Once. What needs the stages waits for it; reading does not. */
  | { readonly type: 'tables'; readonly tables: FeatureTables }
  | { readonly type: 'start'; readonly setup: LaneSetup }
  | {
      readonly type: 'history'
      readonly stream: number
      /** Rows of the lane's partitions, partition by partition. */
      readonly events: EventBatch
      /** Owned partitions + 1 entries. */
      readonly starts: Int32Array
      readonly upTo: number
    }
  /** Offsets that files have in rows which are not emitted; comes before other rows of their units. */
  | {
      readonly type: 'set-aside'
      readonly stream: number
      /** Of partitions of the lane. */
      readonly offsets: readonly SetAsideOffsets[]
    }
  | { readonly type: 'history-end'; readonly stream: number }
  /** All partitions that are not idle have sealed the slices in this range, ms: the idle ones are to seal them too. */
  | { readonly type: 'follow'; readonly fromMs: number; readonly upToMs: number }
  /** Before `start`: what is needed to read spans. */
  | { readonly type: 'spans'; readonly setup: LaneSetup }
  | { readonly type: 'span'; readonly span: Span }
  /** First counted offset of each partition in a span. */
  | { readonly type: 'number'; readonly span: number; readonly offsets: readonly number[] }
  /** Whether there is room for more slices: without it lanes wait between two steps, and read nothing. */
  | { readonly type: 'pace'; readonly hasRoom: boolean }
  | { readonly type: 'stop' }

/** How far a lane is with live, and what it took. */
export interface LiveSides {
  readonly positions: readonly LivePosition[]
  /** By stream ordinal, since the lane began. */
  readonly counts: Readonly<Record<number, LiveCounts>>
}

/** Where one partition of a live side is read. */
export interface LivePosition {
  /** Ordinal of the stream. */
  readonly stream: number
  readonly partition: number
  /** Next to be read. */
  readonly offset: number
  /** The end as the last read saw it; null where none has shown it of late. */
  readonly endOffset: number | null
  /** Of what was read, by all runs of the chain. */
  readonly count: LiveCount
}

/** One partition of one sealed slice. */
export interface PartitionSlice {
  readonly partition: number
  readonly rows: number
  /** Content digest (C7); empty where rows is 0. */
  readonly digest: string
  /** Path below the run directory; null where there are no rows. */
  readonly path: string | null
  readonly bytes: number
  /** Rows in `late/`, and rows emitted behind their place. */
  readonly late: number
  readonly quarantined: number
  /** Next `_offset` of the partition. */
  readonly offsetNext: number
  /** How lookups ended, by feature. */
  readonly features: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export type FromLane =
  | { readonly type: 'ready' }
  | { readonly type: 'credit' }
  | {
      readonly type: 'sealed'
      /** The span it belongs to; null: the lane owns the partition. */
      readonly span: number | null
      readonly partition: number
      readonly sliceStartMs: number
      readonly result: PartitionSlice
      /** State right behind the slice. */
      readonly snapshot: Uint8Array
    }
  /** A span has been read to its end: rows of each partition. Its slices are sealed when they are numbered. */
  | {
      readonly type: 'span-read'
      readonly span: number
      readonly rows: readonly number[]
      readonly report: PartialReport
    }
  /** Rows of a unit of history that cannot be used; comes before any slice with other rows of the unit is sealed. */
  | {
      readonly type: 'bad-rows'
      readonly stream: number
      /** Ordinal of the file. */
      readonly file: number
      readonly unit: FileUnit
      readonly bad: readonly BadRow[]
    }
  /** Live records that cannot be used; comes before any slice behind them is sealed. */
  | {
      readonly type: 'bad-records'
      /** Ordinal of the stream. */
      readonly stream: number
      readonly partition: number
      readonly bad: BadRecords
    }
  | {
      readonly type: 'progress'
      readonly rows: number
      /** Merged watermark of each owned partition, ms; null before its first event. */
      readonly watermarksMs: readonly (number | null)[]
      /** Of each partition: it is idle and does not hold others back. */
      readonly idle: readonly boolean[]
      readonly live: boolean
      /** Its live sides; left out where there is none to tell of. */
      readonly liveSides?: LiveSides
    }
  /** Proofs of the seams of a partition as they stand when one of them has failed. */
  | { readonly type: 'seams'; readonly seams: readonly SeamPartition[] }
  | {
      readonly type: 'finished'
      readonly partition: number
      /** It has stopped with what is behind its last sealed slice: no slice after that is complete (C10). */
      readonly held: boolean
      readonly seams: readonly SeamPartition[]
      readonly report: PartialReport
    }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorData }
