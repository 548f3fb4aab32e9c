/** The entry of history/duckdb: decoders on DuckDB. */
export type { DuckDbOptions } from './instance.ts'
export { ParquetDecoder } from './parquet-decoder.ts'
