/**
 * `hindcast/parquet`: a Parquet core of its own: reading, planning, writing, inspecting and checking flat columns in
 * typed arrays. docs/parquet.md has the tables of what it reads and writes.
 *
 *     path ─► readParquet ─► batches ─► writeParquet ─► path
 *     source ─► readParquetFile ─► planRead ─► RowReader ─► columns
 *     batches ─► ParquetWriter ─► sink
 *     source ─► describeFile, checkFile ─► what is in it, what is wrong with it
 */
export type {
  Batch,
  BytesColumn,
  CodedStrings,
  Column,
  ColumnType,
  F64Column,
  Field,
  I32Column,
  I64Column,
  Memory,
  PhysicalKind,
  PlainValue,
  Schema,
  StringEntries,
  Validity,
} from '../core/batch/index.ts'
export {
  isCoded,
  isWideDecimal,
  physicalKind,
  RecycledMemory,
  rowObject,
  typeFromText,
  typeText,
  valueAt,
  wideDecimalAt,
  wideDecimalBytes,
} from '../core/batch/index.ts'
export { type ErrorCode, type ErrorWhere, HindcastError } from '../errors.ts'
export { batchOf, type GivenValue } from './batch-of.ts'
export { lz4FramesUpTo, snappyDecompress } from './codec/block-kernels.ts'
export type { CompressionName } from './codec/compress.ts'
export type { LeafColumn, ValueForm } from './format/leaf-columns.ts'
export type * from './format/metadata.ts'
export { type Bounds, type BoundValue, boundsOf } from './format/statistics-value.ts'
export { type TimeBounds, timeBounds } from './format/time-bounds.ts'
export { type CheckOptions, type CheckReport, checkFile } from './inspect/check-file.ts'
export type { ColumnDescription } from './inspect/describe-column.ts'
export {
  type DescribeOptions,
  describeFile,
  describeRows,
  type FileDescription,
  type RowGroupDescription,
} from './inspect/describe-file.ts'
export type { SchemaLine } from './inspect/describe-schema.ts'
export type { Disorder, GroupTimes, RowDisorder } from './inspect/disorder.ts'
export type { NotRead, Problem } from './inspect/problem-list.ts'
export type { ByteSource } from './read/byte-source.ts'
export { bytesSource, openFileSource } from './read/byte-source.ts'
export { type Nesting, nestedColumns } from './read/nested-json.ts'
export type { ParquetFile } from './read/parquet-file.ts'
export { readableColumns, readParquetFile } from './read/parquet-file.ts'
export type { ChunkPlan, GroupPlan, ReadPlan, RowRange } from './read/plan-read.ts'
export { planRead } from './read/plan-read.ts'
export type { Keep, TimeRange } from './read/pruning.ts'
export { keepsTimes, keepsValue, mightHold, rowsToRead } from './read/pruning.ts'
export { RowReader } from './read/row-reader.ts'
export { columnsNamed, type ReadOptions, readParquet } from './read-parquet.ts'
export type { ByteSink } from './write/byte-sink.ts'
export { FileSink, MemorySink, TEMPORARY_SUFFIX } from './write/byte-sink.ts'
export { checkColumnNames, ParquetWriter } from './write/parquet-writer.ts'
export type { WriteOptions } from './write/write-options.ts'
export { type Written, writeParquet } from './write-parquet.ts'
