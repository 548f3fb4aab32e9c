/** The entry of sinks/: where samples go, and how they are read back. */

export type * from './kafka/index.ts'
export { type KafkaSink, loadKafkaSink } from './load-kafka-sink.ts'
export { createParquetSink, type ParquetSinkOptions } from './parquet-sink.ts'
export { readSamples } from './read-samples.ts'
export type * from './sink.ts'
