/** The entry of sinks/: where samples go, and how they are read back. */

export { createParquetSink, type ParquetSinkOptions } from './parquet-duckdb.ts'
export { openSampleReader, readSamples, type SampleReader } from './read-samples.ts'
export type * from './sink.ts'
