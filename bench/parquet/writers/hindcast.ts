/** Writer: our own, batch by batch, row groups of 1 Mi rows, encodings of its choice. */

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import type { ByteSink, CompressionName } from '../../../src/parquet/index.ts'
import { FileSink, ParquetWriter } from '../../../src/parquet/index.ts'
import { cutTable, WRITE_SCHEMA } from '../write-data.ts'
import type { WriteCodec } from '../writer.ts'
import { runWriter } from '../writer.ts'

const CODECS: Readonly<Record<WriteCodec, CompressionName>> = {
  none: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  zstd: 'ZSTD',
}

await runWriter(async ({ path, codec, batchRows }, table) => {
  const batches = cutTable(table, batchRows)
  return {
    syncs: true,
    async write(sync) {
      const sink = sync ? new FileSink(path) : await openPlainFile(path)
      const writer = new ParquetWriter(sink, WRITE_SCHEMA, { codec: CODECS[codec] })
      for (const batch of batches) await writer.append(batch)
      await writer.close()
    },
  }
})

/** A file like those of the other writers: in place, not durable. */
async function openPlainFile(path: string): Promise<ByteSink> {
  const file: FileHandle = await open(path, 'w')
  return {
    async write(parts) {
      for (let first = 0; first < parts.length; first += 1000) {
        const some = parts.slice(first, first + 1000)
        const wanted = some.reduce((sum, part) => sum + part.length, 0)
        const { bytesWritten } = await file.writev(some)
        if (bytesWritten !== wanted) throw new Error(`wrote ${bytesWritten} of ${wanted} bytes`)
      }
    },
    close: () => file.close(),
    discard: () => file.close(),
  }
}
