/**
 * Reader: parquet-wasm, the Rust crate in WebAssembly, through an Arrow stream into apache-arrow's views, as its
 * documentation shows. Text stays bytes and offsets.
 */

import { readFileSync } from 'node:fs'
import { importNpm } from '../../installs/npm-packages.ts'
import type { ColumnChecksum } from '../checksum.ts'
import { bytesOfBitmap, wordsOf } from '../checksum.ts'
import { runReader } from '../reader.ts'

/** Of apache-arrow, what is used. */
interface ArrowData {
  readonly length: number
  readonly offset: number
  readonly nullCount: number
  readonly nullBitmap: Uint8Array | undefined
  readonly values: Int32Array | Float64Array | BigInt64Array | Uint8Array
  readonly valueOffsets: Int32Array | undefined
}
interface ArrowTable {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  getChildAt(column: number): { readonly data: readonly ArrowData[] }
}
/** Of parquet-wasm, what is used. */
interface ReaderOptions {
  readonly batchSize: number
  readonly columns?: readonly string[]
}
interface WasmTable {
  intoIPCStream(): Uint8Array
}
interface Packages {
  readonly parquet: {
    readParquet(bytes: Uint8Array, options: ReaderOptions): WasmTable
    readonly ParquetFile: {
      fromFile(file: Blob): Promise<{ read(options: ReaderOptions): Promise<WasmTable> }>
    }
  }
  readonly arrow: { tableFromIPC(bytes: Uint8Array): ArrowTable }
}

/** The default of 1,024 rows makes it four times as slow. */
const BATCH_ROWS = 65_536

let packages: Packages | null = null

await runReader(async ({ files, columns, entry }, checksums) => {
  packages ??= await importNpm<Packages>(entry!)
  let rows = 0
  for (const path of files) {
    const table = packages.arrow.tableFromIPC((await readTable(packages, path, columns)).intoIPCStream())
    for (const [c, { name }] of table.schema.fields.entries()) {
      for (const data of table.getChildAt(c).data) if (checksums !== null) add(checksums.of(name), data)
    }
    rows += table.numRows
  }
  return rows
})

/** `readParquet` does not know columns, the other way in does; it is a little slower where all are read. */
async function readTable(
  { parquet }: Packages,
  path: string,
  columns: readonly string[] | null,
): Promise<WasmTable> {
  const bytes = readFileSync(path)
  if (columns === null) return parquet.readParquet(bytes, { batchSize: BATCH_ROWS })
  const file = await parquet.ParquetFile.fromFile(new Blob([bytes]))
  return file.read({ batchSize: BATCH_ROWS, columns })
}

function add(checksum: ColumnChecksum, data: ArrowData): void {
  const { length, nullBitmap, nullCount, values, valueOffsets } = data
  const hasNulls = nullCount > 0 && nullBitmap !== undefined && nullBitmap.length > 0
  const valid = hasNulls ? bytesOfBitmap(nullBitmap, data.offset, length) : null
  if (valueOffsets !== undefined) checksum.addText(valueOffsets, values as Uint8Array, length, valid)
  else checksum.addWords(wordsOf(values), values.BYTES_PER_ELEMENT / 4, length, valid)
}
