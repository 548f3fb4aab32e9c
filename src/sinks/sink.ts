/**
 * The sink port: ordered sample batches of one (partition, slice) → one file. The sink makes bytes durable
 * under a temporary name and renames; when a slice counts is decided by the manifest, not here.
 */

import type { Batch, Schema } from '../core/batch/index.ts'

export interface SliceFile {
  /** Path below the run directory, `/`-separated. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** Receives the batches of one (partition, slice) in order. */
export interface SliceWriter {
  /** Takes the batch; it may still be in memory when this returns. Awaiting it is the back-pressure. */
  append(batch: Batch): void | Promise<void>
  /** Rows so far are written but for the ordinal column; nothing more is appended. What waits for `seal` is small. */
  complete(): Promise<void>
  /**
   * Writes what is left, fsyncs and renames; after it the file is durable. Never called for a slice without rows.
   * `ordinalFirst` is the number of the first row, where the sink has an ordinal column.
   */
  seal(ordinalFirst?: number): Promise<SliceFile>
  /** Drops everything and removes temporary files. */
  discard(): Promise<void>
}

export interface SampleSink {
  open(slice: { readonly partition: number; readonly startMs: number; readonly path: string }): SliceWriter
  close(): Promise<void>
}

export interface SinkOptions {
  readonly directory: string
  readonly schema: Schema
  /** Column of the schema that numbers the rows: it is not in the batches, `seal` says where it begins. */
  readonly ordinal?: string | null
  readonly memoryBytes: number
  /** Key-value metadata written into each file, for lineage. */
  readonly metadata: Readonly<Record<string, string>>
}
