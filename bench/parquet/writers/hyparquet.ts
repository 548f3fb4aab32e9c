/**
 * Writer: hyparquet-writer, the whole table in one call, with its buffered file writer. Its arrays (BigInt64Array,
 * strings, nulls in plain arrays) are made before the clock starts.
 */

import { constants, zstdCompressSync } from 'node:zlib'
import type { Batch, Column, Field } from '../../../src/core/batch/index.ts'
import { importNpm } from '../../installs/npm-packages.ts'
import type { WriteCodec } from '../writer.ts'
import { runWriter } from '../writer.ts'

/** Of hyparquet-writer, what is used. */
interface ColumnSource {
  readonly name: string
  readonly data: Float64Array | Int32Array | BigInt64Array | readonly unknown[]
  readonly type: 'DOUBLE' | 'INT32' | 'INT64' | 'STRING'
  readonly nullable: boolean
}
interface Packages {
  readonly writer: {
    parquetWriteFile(options: {
      filename: string
      columnData: readonly ColumnSource[]
      codec: 'UNCOMPRESSED' | 'SNAPPY' | 'ZSTD'
      compressors: { ZSTD(bytes: Uint8Array): Uint8Array }
      rowGroupSize: number
    }): void
  }
}

const CODECS = { none: 'UNCOMPRESSED', snappy: 'SNAPPY', zstd: 'ZSTD' } as const satisfies Record<
  WriteCodec,
  string
>
/** The level that we write with. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

await runWriter(async ({ path, codec, entry }, table) => {
  const { writer } = await importNpm<Packages>(entry!)
  const columnData = sourcesOf(table)
  return {
    syncs: false,
    async write() {
      writer.parquetWriteFile({
        filename: path,
        columnData,
        codec: CODECS[codec],
        compressors: { ZSTD: bytes => zstdCompressSync(bytes, ZSTD) },
        rowGroupSize: 1024 * 1024,
      })
    },
  }
})

function sourcesOf(table: Batch): ColumnSource[] {
  return table.schema.map((field, c) => sourceOf(field, table.columns[c]!, table.rows))
}

function sourceOf({ name }: Field, column: Column, rows: number): ColumnSource {
  const { valid } = column
  const nullable = valid !== null
  switch (column.kind) {
    case 'f64': {
      const data = nullable
        ? Array.from(column.values, (value, i) => (valid[i] === 1 ? value : null))
        : column.values
      return { name, data, type: 'DOUBLE', nullable }
    }
    case 'i32':
      return { name, data: column.values, type: 'INT32', nullable }
    case 'i64': {
      const { buffer, byteOffset } = column.values
      return { name, data: new BigInt64Array(buffer, byteOffset, rows), type: 'INT64', nullable }
    }
    case 'bytes': {
      const text = new TextDecoder()
      const { offsets, bytes } = column
      const data = Array.from({ length: rows }, (_, i) =>
        text.decode(bytes.subarray(offsets[i]!, offsets[i + 1]!)),
      )
      return { name, data, type: 'STRING', nullable }
    }
  }
}
