/**
 * Reader: our own, in batches of columns whose memory is used again. Text stays what it is in the file: codes and a
 * dictionary, or bytes and offsets; it is spelt out for checksums only.
 */

import type { Column } from '../../../src/core/batch/index.ts'
import { RecycledMemory } from '../../../src/core/batch/index.ts'
import type { LeafColumn } from '../../../src/parquet/index.ts'
import {
  openFileSource,
  planRead,
  RowReader,
  readableColumns,
  readParquetFile,
} from '../../../src/parquet/index.ts'
import type { FileChecksums } from '../checksum.ts'
import { wordsOf } from '../checksum.ts'
import { runReader } from '../reader.ts'

/** A row group at a time: a page that is cut is copied once more. */
const BATCH_ROWS = 131_072
/** Memory of a batch, used again for the next. */
const MEMORY_BYTES = 256 * 1024 * 1024

await runReader(async ({ files, columns }, checksums) => {
  let rows = 0
  const memory = new RecycledMemory(MEMORY_BYTES)
  for (const path of files) {
    const source = await openFileSource(path)
    const file = await readParquetFile(source)
    const readable = readableColumns(file)
    const leaves = columns === null ? [...readable.values()] : columns.map(name => readable.get(name)!)
    const reader = new RowReader(source, planRead(file, leaves), leaves, memory)
    while (reader.rowsLeft > 0) {
      const batch = Math.min(BATCH_ROWS, reader.rowsLeft)
      const read = await reader.read(batch)
      if (checksums !== null) add(checksums, leaves, read, batch)
      for (const column of read) memory.giveColumn(column)
      rows += batch
    }
    await reader.close()
  }
  return rows
})

function add(
  checksums: FileChecksums,
  leaves: readonly LeafColumn[],
  columns: readonly Column[],
  rows: number,
): void {
  for (const [c, column] of columns.entries()) {
    const checksum = checksums.of(leaves[c]!.name)
    if (column.kind === 'bytes') checksum.addText(column.offsets, column.bytes, rows, column.valid)
    else checksum.addWords(wordsOf(column.values), column.kind === 'i32' ? 1 : 2, rows, column.valid)
  }
}
