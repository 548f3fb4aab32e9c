/**
 * Reader: hyparquet's column API with the decompressors of its companion package. No strings are made of text: its
 * bytes are handed through.
 */

import type { Compressors, DecodedArray, FileMetaData } from 'hyparquet'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { importNpm } from '../../installs/npm-packages.ts'
import type { ColumnChecksum, FileChecksums } from '../checksum.ts'
import { wordsOf } from '../checksum.ts'
import { runReader } from '../reader.ts'

interface Chunk {
  readonly columnName: string
  readonly columnData: DecodedArray
  readonly rowStart: number
}

let compressors: Compressors | null = null

await runReader(async ({ files, columns, entry }, checksums) => {
  compressors ??= (await importNpm<{ codecs: { compressors: Compressors } }>(entry!)).codecs.compressors
  let rows = 0
  for (const path of files) {
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    const chunks: Chunk[] = []
    await parquetRead({
      file,
      metadata,
      compressors,
      ...(columns === null ? {} : { columns: [...columns] }),
      parsers: { stringFromBytes: (bytes: Uint8Array) => bytes },
      onChunk: chunk => {
        if (checksums !== null) chunks.push(chunk)
      },
    })
    if (checksums !== null) add(checksums, metadata, chunks)
    rows += Number(metadata.num_rows)
  }
  return rows
})

/** Chunks come as they are ready. */
function add(checksums: FileChecksums, metadata: FileMetaData, chunks: Chunk[]): void {
  chunks.sort((a, b) => a.rowStart - b.rowStart)
  for (const { columnName, columnData } of chunks) {
    const type = metadata.schema.find(element => element.name === columnName)?.type
    addColumn(checksums.of(columnName), Array.from(columnData), type)
  }
}

function addColumn(checksum: ColumnChecksum, values: unknown[], type: string | undefined): void {
  const rows = values.length
  const valid = Uint8Array.from(values, value => (value === null || value === undefined ? 0 : 1))
  if (type === 'INT32') {
    const words = Int32Array.from(values as number[], value => value ?? 0)
    checksum.addWords(words, 1, rows, valid)
  } else if (type === 'INT64') {
    const bits = BigInt64Array.from(values as bigint[], value => value ?? 0n)
    checksum.addWords(wordsOf(bits), 2, rows, valid)
  } else if (type === 'DOUBLE') {
    const bits = Float64Array.from(values as number[], value => value ?? 0)
    checksum.addWords(wordsOf(bits), 2, rows, valid)
  } else {
    checksum.addText(...arenaOf(values as (Uint8Array | null)[]), rows, valid)
  }
}

function arenaOf(values: readonly (Uint8Array | null | undefined)[]): [Int32Array, Uint8Array] {
  const offsets = new Int32Array(values.length + 1)
  for (const [i, value] of values.entries()) offsets[i + 1] = offsets[i]! + (value?.length ?? 0)
  const bytes = new Uint8Array(offsets[values.length]!)
  for (const [i, value] of values.entries()) if (value) bytes.set(value, offsets[i]!)
  return [offsets, bytes]
}
