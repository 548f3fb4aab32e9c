/**
 * The job: what the user asks for, after defaults, with units resolved (ms, bytes, rows) and relative paths
 * made absolute. `schema.ts` turns user input into this; nothing else in the code sees raw input.
 */

import type { ColumnType } from '../core/batch/index.ts'
import type { Timeline, TimeUnit } from '../core/time.ts'
import type { HbaseSource } from './hbase-job.ts'
import type { KafkaJob } from './kafka-job.ts'
import type { KafkaOutputJob } from './kafka-output.ts'

export type { Timeline }

export interface TimeColumn {
  readonly column: string
  /** Unit of a numeric column; absent for TIMESTAMP and DATE columns, which carry their own. */
  readonly unit?: TimeUnit
}

export type Partitioner = 'murmur2' | 'crc32' | 'fnv1a' | 'column'
export type KeyEncoding = 'text' | 'int32' | 'int64' | 'json'
export type LatePolicy = 'side' | 'fail' | 'emit'
export type FileFormat = 'parquet' | 'csv' | 'jsonl'

/** How a file system that is read over the network is reached. */
export interface RemoteAccess {
  /** User that HDFS is told (simple authentication). */
  readonly user?: string
  /** Hosts, `host:port` or suffixes that a NameNode may send the reader to, beside its own. */
  readonly dataNodes?: readonly string[]
  /** Files of HDFS are pinned by their checksums, too. */
  readonly checksums?: boolean
  /** Path of a PEM file with the certificates that TLS trusts. */
  readonly ca?: string
  /** Address of what speaks S3; absent: AWS. */
  readonly endpoint?: string
  readonly region?: string
  /** Whether S3 is told the bucket in the path rather than in the host name. */
  readonly pathStyle?: boolean
}

export interface HistoryJob {
  /** Paths or globs, absolute or URIs. */
  readonly files: readonly string[]
  /** Absent: all files are local. */
  readonly access?: RemoteAccess
  /** Absent: told from each file's name. */
  readonly format?: FileFormat
  readonly csv: { readonly delimiter: string; readonly header: boolean; readonly null: string }
  /** Bounds on event time, ms; from inclusive, until exclusive. With a seam by time, until is the seam (C3). */
  readonly fromMs?: number
  readonly untilMs?: number
  readonly badRows: 'quarantine' | 'fail'
  /** Columns that hold the topic's partition and offset, where files carry them as columns. */
  readonly partitionColumn?: string
  readonly offsetColumn?: string
}

export type StopJob =
  | { readonly kind: 'caught-up'; readonly hold: boolean }
  | { readonly kind: 'never' }
  | { readonly kind: 'instant'; readonly atMs: number }

/** Where the live side of a stream is. */
export type LivePlace =
  | { readonly kind: 'log'; readonly directory: string }
  | ({ readonly kind: 'kafka' } & KafkaJob)

export interface LiveJob {
  readonly place: LivePlace
  /** ms; absent: a partition is never idle. */
  readonly idleAfterMs?: number
  readonly stop: StopJob
  /** The topic is copied into the run's directory from the first minute on, and read from there. */
  readonly spool: boolean
}

export type SeamJob =
  | {
      readonly by: 'time'
      readonly atMs: number
      readonly overlapMs: number
      /** Offset to read live from, per partition; absent: told from record timestamps. */
      readonly scanFrom?: 'earliest' | Readonly<Record<string, number>>
      readonly beforeSeam: 'side' | 'emit'
    }
  | { readonly by: 'offset' }

export interface StreamJob {
  readonly name: string
  readonly key: readonly string[]
  readonly keyEncoding: KeyEncoding
  readonly partitioner: Partitioner
  readonly time: TimeColumn
  readonly partitions: number
  readonly disorderMs: number
  readonly identity: readonly string[]
  readonly tieBreak: readonly string[]
  readonly order: 'time' | 'offset'
  readonly late: LatePolicy
  readonly maxFutureMs: number
  /** Declared columns; empty where files tell. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[]
  readonly history?: HistoryJob
  readonly live?: LiveJob
  readonly seam?: SeamJob
}

export type FeatureSource =
  | {
      readonly kind: 'files'
      readonly files: readonly string[]
      /** Absent: all files are local. */
      readonly access?: RemoteAccess
      readonly format?: FileFormat
      readonly key: readonly string[]
      readonly time: TimeColumn
      readonly columns: readonly string[]
      /** Column that says when a version became readable (C4 `available`). */
      readonly available?: TimeColumn
      /** Boolean column: true marks a version that deletes the value. */
      readonly deleted?: string
    }
  | {
      readonly kind: 'store'
      readonly store: string
      readonly table: string
      /** Absent: all columns of the table. */
      readonly columns?: readonly string[]
    }
  | HbaseSource

export interface FeatureJob {
  readonly name: string
  readonly from: FeatureSource
  /** Event columns that give the key, in the order of the feature's key columns. */
  readonly on: readonly string[]
  readonly boundary: 'exclusive' | 'inclusive'
  readonly lagMs: number
  /** Absent: versions never expire. */
  readonly maxAgeMs?: number
  /** Live lookups past `completeThrough`: wait so long, then `unavailable` unless `beyond` is stale. */
  readonly waitMs: number
  readonly beyond: 'unavailable' | 'stale'
  /** Share of lookups that may end `unavailable`; absent: none. */
  readonly maxUnavailable: number
}

export interface OutputJob {
  /** Directory of the run, on this machine. */
  readonly directory: string
  /** Where the run's directory is copied to, slice by slice; absent: nowhere. */
  readonly publish?: { readonly uri: string; readonly access: RemoteAccess }
  /** The topic that samples are sent to; absent: they are files. */
  readonly kafka?: KafkaOutputJob
  readonly format: 'parquet'
  readonly sliceMs: number
  /** Event columns to write, in this order; null: all. */
  readonly columns: readonly string[] | null
}

export interface LimitsJob {
  readonly memoryBytes: number
  readonly lanes: number
  /** Share of rows, 0…1. */
  readonly quarantineShare: number
}

export interface Job {
  readonly name: string
  /** Name of the stream whose events become samples. */
  readonly samples: string
  /** In byte order of their names: the index is the stream ordinal of C1. */
  readonly streams: readonly StreamJob[]
  /** In the order of the job file: the order of the joined columns. */
  readonly features: readonly FeatureJob[]
  readonly output: OutputJob
  readonly limits: LimitsJob
}
