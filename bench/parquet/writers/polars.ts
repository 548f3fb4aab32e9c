/**
 * Writer: nodejs-polars, one thread. What is timed is the making of a DataFrame from typed arrays and its writing; or,
 * where a second argument says `ready`, the writing alone. JavaScript strings are made before.
 */

import type { Batch, Column } from '../../../src/core/batch/index.ts'
import { importNpm } from '../../installs/npm-packages.ts'
import type { WriteCodec } from '../writer.ts'
import { runWriter } from '../writer.ts'

/** Of nodejs-polars, what is used. */
interface DataFrame {
  writeParquet(path: string, options: { compression: string }): void
}
interface Polars {
  Series(name: string, values: Values): unknown
  DataFrame(series: readonly unknown[]): DataFrame
}
type Values = Float64Array | Int32Array | BigInt64Array | readonly (number | string | null)[]

const CODECS = { none: 'uncompressed', snappy: 'snappy', zstd: 'zstd' } as const satisfies Record<
  WriteCodec,
  string
>

await runWriter(async ({ path, codec, entry }, table) => {
  const { polars } = await importNpm<{ polars: { default: Polars } }>(entry!)
  const pl = polars.default
  const values = valuesOf(table)
  const build = () => pl.DataFrame(values.map(([name, data]) => pl.Series(name, data)))
  const ready = process.argv[3] === 'ready' ? build() : null
  return {
    syncs: false,
    async write() {
      const frame = ready ?? build()
      frame.writeParquet(path, { compression: CODECS[codec] })
    },
  }
})

function valuesOf(table: Batch): [string, Values][] {
  return table.schema.map(({ name }, c) => [name, valuesOfColumn(table.columns[c]!, table.rows)])
}

function valuesOfColumn(column: Column, rows: number): Values {
  const { valid } = column
  switch (column.kind) {
    case 'f64':
      return valid === null
        ? column.values
        : Array.from(column.values, (value, i) => (valid[i] === 1 ? value : null))
    case 'i32':
      return column.values
    case 'i64':
      return new BigInt64Array(column.values.buffer, column.values.byteOffset, rows)
    case 'bytes': {
      const text = new TextDecoder()
      const { offsets, bytes } = column
      return Array.from({ length: rows }, (_, i) => text.decode(bytes.subarray(offsets[i]!, offsets[i + 1]!)))
    }
  }
}
