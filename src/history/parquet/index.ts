/** The decoder of Parquet files. */
export { ParquetDecoder } from './parquet-decoder.ts'
