/** The entry of parquet/: bytes ↔ columns. */
export { duckdbType, rowType, SCHEMA_KEY, schemaFromText, schemaText } from './duckdb/column-types.ts'
export { explained, isConversion, isInvalidated, readError } from './duckdb/duckdb-error.ts'
export type { SessionOptions } from './duckdb/session.ts'
export { Session, sqlList, sqlText } from './duckdb/session.ts'
export type { VectorSink } from './duckdb/vector-sinks.ts'
export { createSink } from './duckdb/vector-sinks.ts'
export { CHUNK_ROWS, ChunkWriter } from './duckdb/vectors-write.ts'
