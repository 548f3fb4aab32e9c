/**
 * Files that lie: written well by us, then given another footer or other page indexes that say something else.
 */
import type { Batch, Schema } from '../../../../src/core/batch/index.ts'
import type { ColumnChunk, FileMetadata } from '../../../../src/parquet/format/metadata.ts'
import { encodeMetadata } from '../../../../src/parquet/format/write-metadata.ts'
import type { WriteOptions } from '../../../../src/parquet/index.ts'
import {
  batchOf,
  bytesSource,
  MemorySink,
  readParquetFile,
  writeParquet,
} from '../../../../src/parquet/index.ts'

const MAGIC = new TextEncoder().encode('PAR1')

/** A file of the batches, in memory. */
export async function writtenFile(
  schema: Schema,
  batches: readonly Batch[],
  options: WriteOptions = {},
): Promise<Uint8Array> {
  const sink = new MemorySink()
  await writeParquet(sink, schema, batches, options)
  return sink.bytes
}

/** `at` rises by a second a row; `n` counts with a null every seventh row; `s` has few values. */
export const SCHEMA: Schema = [
  { name: 'at', type: { name: 'timestamp', unit: 'ms', utc: true } },
  { name: 'n', type: { name: 'int32' } },
  { name: 's', type: { name: 'utf8' } },
]

export function exampleBatch(rows: number, firstRow = 0): Batch {
  const numbers = Array.from({ length: rows }, (_, i) => firstRow + i)
  return batchOf(SCHEMA, {
    at: numbers.map(i => 1_700_000_000_000 + 1000 * i),
    n: numbers.map(i => (i % 7 === 3 ? null : i)),
    s: numbers.map(i => `s${i % 5}`),
  })
}

/** Two row groups of 200 rows with pages of 50. */
export function exampleFile(options: WriteOptions = {}): Promise<Uint8Array> {
  const batches = [exampleBatch(200), exampleBatch(200, 200)]
  return writtenFile(SCHEMA, batches, { rowGroupRows: 200, pageRows: 50, codec: 'SNAPPY', ...options })
}

/** The file with another footer, and `extra` bytes in front of it, which begin at the position handed in. */
export async function refooted(
  bytes: Uint8Array,
  change: (metadata: FileMetadata, extraAt: number) => FileMetadata,
  extra: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array> {
  const { metadata, dataEnd } = await readParquetFile(bytesSource(bytes))
  const footer = encodeMetadata(change(metadata, dataEnd))
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, footer.length, true)
  return new Uint8Array(Buffer.concat([bytes.subarray(0, dataEnd), extra, footer, length, MAGIC]))
}

/** Changes one column chunk. */
export function withChunk(
  metadata: FileMetadata,
  rowGroup: number,
  column: number,
  change: (chunk: ColumnChunk) => ColumnChunk,
): FileMetadata {
  const rowGroups = metadata.rowGroups.map((group, g) =>
    g !== rowGroup
      ? group
      : { ...group, columns: group.columns.map((chunk, c) => (c === column ? change(chunk) : chunk)) },
  )
  return { ...metadata, rowGroups }
}
