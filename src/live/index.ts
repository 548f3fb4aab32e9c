/** The entry of live/: topics and logs read by position, and what their values become. */
export { createValueDecoder, type DecodedValues, type ValueDecoder } from './decode-values.ts'
export * from './embedded-log/index.ts'
export type { LiveSource, RecordBatch } from './source.ts'
