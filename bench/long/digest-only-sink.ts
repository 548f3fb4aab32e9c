/**
 * Stands in for the Parquet sink (see ports.ts): takes samples and writes none. Their digests are made by the lane as
 * ever and go into the manifest.
 */

import type { ParquetSinkOptions, SampleSink } from '../../src/sinks/index.ts'

export function createParquetSink(_options: ParquetSinkOptions): SampleSink {
  return {
    open({ path }) {
      let rows = 0
      return {
        append(batch) {
          rows += batch.rows
        },
        complete: async () => {},
        seal: async () => ({ path, rows, bytes: 0 }),
        discard: async () => {},
      }
    },
    close: async () => {},
  }
}
