/** The entry of parquet/: bytes ↔ columns. */
export { duckdbType, rowType, SCHEMA_KEY, schemaFromText, schemaText } from './duckdb/column-types.ts'
export { CHUNK_ROWS, ChunkWriter } from './duckdb/vectors-write.ts'
