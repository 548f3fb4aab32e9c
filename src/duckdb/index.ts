/** The entry of duckdb/: DuckDB's own columns ↔ ours. */
export { duckdbType, rowType, SCHEMA_KEY, schemaFromText, schemaText } from './column-types.ts'
export { explained, isConversion, isInvalidated, readError } from './duckdb-error.ts'
export type { SessionOptions } from './session.ts'
export { Session, sqlList, sqlText } from './session.ts'
export type { VectorSink } from './vector-sinks.ts'
export { createSink } from './vector-sinks.ts'
export { CHUNK_ROWS, ChunkWriter } from './vectors-write.ts'
