/** How a Parquet file is written: what may be chosen, and what is chosen where nothing is said. */

import type { CompressionName } from '../codec/compress.ts'

export interface WriteOptions {
  /** Default `SNAPPY`. */
  readonly codec?: CompressionName
  /** `plain`: no DELTA encodings, for readers that only know the oldest ones. Default `auto`. */
  readonly encodings?: 'auto' | 'plain'
  /** Rows of a row group; fewer where memory is short. Default 1,048,576. */
  readonly rowGroupRows?: number
  /** Rows of a page; pages are closed earlier at `pageBytes`. Default 32,768. */
  readonly pageRows?: number
  /** Uncompressed bytes at which a page is closed; a single longer value makes a longer page. Default 1 MiB. */
  readonly pageBytes?: number
  /**
   * Name of an int64 column of the schema that numbers the rows and is not in the batches: its chunks are written last,
   * from the number that `close` is told. Default null: there is none.
   */
  readonly ordinal?: string | null
  /** Key-value metadata, e.g. lineage. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Name of the writing program in the footer. */
  readonly createdBy?: string
}

export type ResolvedWriteOptions = Required<WriteOptions>

export function resolveWriteOptions(options: WriteOptions): ResolvedWriteOptions {
  return {
    codec: options.codec ?? 'SNAPPY',
    encodings: options.encodings ?? 'auto',
    rowGroupRows: options.rowGroupRows ?? 1024 * 1024,
    pageRows: options.pageRows ?? 32 * 1024,
    pageBytes: options.pageBytes ?? 1024 * 1024,
    ordinal: options.ordinal ?? null,
    metadata: options.metadata ?? {},
    createdBy: options.createdBy ?? 'hindcast',
  }
}
