/**
 * `hindcast/parquet`: a Parquet core of its own: reading, planning and writing flat columns in typed arrays.
 *
 *     source ─► readParquetFile ─► planRead ─► RowReader ─► columns
 *     batches ─► ParquetWriter ─► sink
 */
export type { CompressionName } from './codec/compress.ts'
export type { LeafColumn } from './format/leaf-columns.ts'
export type * from './format/metadata.ts'
export { boundsOf } from './format/statistics-value.ts'
export { timeBounds } from './format/time-bounds.ts'
export type { ByteSource } from './read/byte-source.ts'
export { bytesSource, openFileSource } from './read/byte-source.ts'
export type { ParquetFile } from './read/parquet-file.ts'
export { readableColumns, readParquetFile } from './read/parquet-file.ts'
export type { ChunkPlan, GroupPlan, ReadPlan, RowRange } from './read/plan-read.ts'
export { planRead } from './read/plan-read.ts'
export type { Keep, TimeRange } from './read/pruning.ts'
export { keepsTimes, keepsValue, mightHold, rowsToRead } from './read/pruning.ts'
export { RowReader } from './read/row-reader.ts'
export type { ByteSink } from './write/byte-sink.ts'
export { FileSink, MemorySink, TEMPORARY_SUFFIX } from './write/byte-sink.ts'
export { checkColumnNames, ParquetWriter } from './write/parquet-writer.ts'
export type { WriteOptions } from './write/write-options.ts'
