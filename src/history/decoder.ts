/**
 * The decoder port: bytes of a file → columns. The order of events is not its business.
 */

import type { Batch, Schema } from '../core/batch/index.ts'
import type { TimeUnit } from '../core/time.ts'
import type { ByteSource } from '../parquet/index.ts'
import type { FileUnit, PinnedFile, UnsupportedColumn } from '../plan/index.ts'

/** Opens a file by its path, wherever it is. */
export type OpenFile = (path: string) => Promise<ByteSource>

/** What a file says of itself. */
export interface FileDescription {
  readonly schema: Schema
  readonly units: readonly FileUnit[]
  /** Columns that are there but cannot be read (nested, intervals …); not in `schema`. */
  readonly unsupported: readonly UnsupportedColumn[]
  /** What the plan should tell people, e.g. that rows are estimated or that times lose digits. */
  readonly notes: readonly string[]
}

/** A row that cannot be used. */
export interface BadRow {
  /** Row in the file, from 0. */
  readonly row: number
  /** Line in the file, from 1, for text formats. */
  readonly line?: number
  readonly reason: string
  /** The row as text, shortened, for people. */
  readonly text: string
}

/**
 * One decoded unit: `batch` has the columns asked for, in that order; bad rows are left out of it, and so may be rows
 * outside the times that were asked for.
 */
export interface DecodedUnit {
  readonly batch: Batch
  /** Row in the file of each row of the batch; null: `unit.rowFirst + i`. */
  readonly fileRow: Float64Array | null
  readonly bad: readonly BadRow[]
  /** Gives the memory of the batch back: nobody looks at it any more. Need not be called. */
  readonly release?: () => void
}

export interface DecodeRequest {
  readonly file: PinnedFile
  readonly unit: FileUnit
  /**
   * Columns to deliver, with the types the stream wants (already widened by the plan). A column that the file
   * does not have comes back as nulls; Hive columns are filled by the caller and never asked for here.
   */
  readonly fields: Schema
  /** Rows of other times are not wanted; which of them come nevertheless is for the decoder to decide. */
  readonly times?: WantedTimes
}

/** Event times of a column, ms: from `fromMs` on, before `untilMs`. */
export interface WantedTimes {
  readonly column: string
  /** What a column of numbers counts. */
  readonly unit: TimeUnit | undefined
  readonly fromMs: number
  readonly untilMs: number
}

/** What a decoder has read. */
export interface DecoderCounters {
  /** Bytes of files, footers and indexes included. */
  bytesRead: number
  /** Rows that were passed over because no page that holds them has wanted times. */
  rowsPruned: number
}

export interface Decoder {
  readonly counters: DecoderCounters
  /**
   * Reads footers or samples only. `timeColumn` is the column whose statistics the units carry; `unit` is needed
   * where it holds numbers.
   */
  describe(path: string, timeColumn: string, unit?: TimeUnit): Promise<FileDescription>
  /** The same for many files at once, in their order: much cheaper than one by one. */
  describeMany(paths: readonly string[], timeColumn: string, unit?: TimeUnit): Promise<FileDescription[]>
  decode(request: DecodeRequest): Promise<DecodedUnit>
  close(): Promise<void>
}
