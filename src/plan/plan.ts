/**
 * The plan (C8): pinned data that says exactly what a run will read and write. JSON in, JSON out; a plan is
 * made once and never changed, and a run needs nothing of the job file any more.
 */

import type { Field } from '../core/batch/index.ts'
import type { Timeline, TimeUnit } from '../core/time.ts'
import type { FamilySettings } from '../hbase/index.ts'
import type { FeatureJob, FileFormat, Job } from '../job/index.ts'

export const PLAN_VERSION = 2

/** A file as it was when the plan was made (C8). */
export interface PinnedFile {
  /** Rank of the path in byte order among the files of its history (C1). */
  readonly ordinal: number
  /** Absolute path or URI. */
  readonly path: string
  readonly format: FileFormat
  readonly bytes: number
  readonly mtimeMs: number
  /** Inode or the file system's own id, as text. */
  readonly fileId: string
  /** Of the content, where the job asks for it. */
  readonly checksum?: string
  /** `key=value` folders of the path, in their order. */
  readonly hive: Readonly<Record<string, string>>
  /** From a name like `topic+3+100+199.parquet`: partition and offsets of its rows, one after the other. */
  readonly range?: FileRange
  /** From a name too, where it does not tell the offsets of the rows: their partition. */
  readonly partition?: number
  readonly units: readonly FileUnit[]
}

/** Row r of the file has offset `offsetFirst + r`, or what the job's `offsetColumn` says. */
export interface FileRange {
  readonly partition: number
  readonly offsetFirst: number
  /** Null: not known before it is read, as rows of text are estimated and the name does not tell its end. */
  readonly offsetLast: number | null
}

/**
 * The smallest part of a file that is read at once: a row group of Parquet, a whole file or a byte range of
 * CSV and JSON lines. Rows are counted from `rowFirst` within the file.
 */
export interface FileUnit {
  readonly rowFirst: number
  /** Rows; `estimated` in the notes for formats without a footer. */
  readonly rows: number
  /** Size in memory when decoded, bytes, estimated from metadata. */
  readonly bytes: number
  /** Smallest and largest event time in ms (rounded outward), null where statistics are missing. */
  readonly timeMinMs: number | null
  readonly timeMaxMs: number | null
  /** Row behind the row group's last, where the unit is a piece of a larger row group. */
  readonly groupRowEnd?: number
}

export interface StreamPlan {
  readonly name: string
  readonly ordinal: number
  /** All columns of the stream after merging files, Hive folders and `columns:`, in order. */
  readonly schema: readonly Field[]
  /** The columns a run reads: output, key, time, identity, ties, feature keys; in the order of `schema`. */
  readonly reads: readonly Field[]
  readonly files: readonly PinnedFile[]
  /** Every event has an offset of its topic: it is the place of C1 and `_offset`; else offsets are counted. */
  readonly ownOffsets: boolean
  readonly live: LivePlan | null
}

/** What the plan pinned of the live side. */
export interface LivePlan {
  /** Of an embedded log its own id, of a topic `<cluster id>/<topic id>`. */
  readonly sourceId: string
  readonly partitions: number
  /** First offset still held and next offset to be written (of a topic: its last stable offset), a partition. */
  readonly offsetFirst: readonly number[]
  readonly offsetNext: readonly number[]
  /** Of the leader of each partition; null where there is no such thing. */
  readonly leaderEpochs: readonly (number | null)[]
  /** How long the topic keeps records, ms; null: for ever, or only as many bytes. */
  readonly retentionMs: number | null
  /** For how long, from the plan on, what live begins with is kept, ms; null: for ever. */
  readonly keptMs: number | null
  /** Schema of the values: `sha256:…` of its file, `id:…` of a registry's newest; null where they have none. */
  readonly valuePin: string | null
}

export interface FeaturePlan {
  readonly name: string
  readonly job: FeatureJob
  readonly keyFields: readonly Field[]
  /** Value columns with their types; written as `<feature>__<name>`. */
  readonly fields: readonly Field[]
  /** Columns that a run reads of the files: key, time, `available`, `deleted`, values; empty for a store. */
  readonly reads: readonly Field[]
  /** Units of its version and `available` times: they have a say in the job's timeline. */
  readonly timeUnits: readonly TimeUnit[]
  readonly files: readonly PinnedFile[]
  readonly versions: number
  readonly newestMs: number | null
  readonly pinned: boolean
  /** Of a table in HBase: what its families promise to keep. */
  readonly families?: readonly FamilySettings[]
  /** True: lookups that cannot be told are marked, however many there are (`--allow-unavailable`). */
  readonly allowUnavailable?: boolean
}

/** A UTC time range of the output, `[startMs, endMs)`. */
export interface SlicePlan {
  readonly startMs: number
  readonly endMs: number
}

export interface PlanNote {
  readonly level: 'info' | 'warning'
  readonly about: string
  readonly text: string
}

export interface Plan {
  readonly version: typeof PLAN_VERSION
  /** SHA-256 of the plan without this field, hex. */
  readonly hash: string
  readonly plannedAtMs: number
  readonly job: Job
  readonly timeline: Timeline
  readonly streams: readonly StreamPlan[]
  readonly features: readonly FeaturePlan[]
  /** Of history; live adds slices as time goes on. */
  readonly slices: readonly SlicePlan[]
  /** Columns of a sample, in order, `_partition` and `_offset` included. */
  readonly output: readonly Field[]
  readonly totals: {
    readonly files: number
    readonly rows: number
    readonly bytes: number
    readonly fromMs: number | null
    readonly untilMs: number | null
    readonly secondsEstimated: number
  }
  readonly pinned: boolean
  readonly notes: readonly PlanNote[]
}
