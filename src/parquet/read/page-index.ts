/** Reads the page indexes of a column chunk: where its pages lie, and what values each may have. */

import { located } from '../../errors.ts'
import { corrupt } from '../damage.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ByteRange, ColumnChunk, ColumnIndex, OffsetIndex } from '../format/metadata.ts'
import { parseColumnIndex, parseOffsetIndex } from '../format/page-index.ts'
import type { ByteSource } from './byte-source.ts'
import type { ParquetFile } from './parquet-file.ts'

/** An index has some 20 bytes a page, and its bounds. */
const INDEX_BYTES_MAX = 64 * 1024 * 1024

export interface PageIndexes {
  readonly offsets: OffsetIndex
  readonly columns: ColumnIndex
}

/** Both indexes of a chunk; null where the file does not have both. Raises `file-corrupt` where they disagree. */
export async function readPageIndexes(
  source: ByteSource,
  file: ParquetFile,
  rowGroup: number,
  leaf: LeafColumn,
): Promise<PageIndexes | null> {
  const chunk: ColumnChunk = file.metadata.rowGroups[rowGroup]!.columns[leaf.index]!
  if (chunk.columnIndex === null || chunk.offsetIndex === null) return null
  try {
    const columns = parseColumnIndex(await readIndex(source, chunk.columnIndex))
    const offsets = parseOffsetIndex(await readIndex(source, chunk.offsetIndex))
    if (columns.mins.length !== offsets.positions.length) {
      throw corrupt(`the page index has ${columns.mins.length} bounds for ${offsets.positions.length} pages`)
    }
    return { offsets, columns }
  } catch (thrown) {
    throw located(thrown, { uri: source.uri, rowGroup, column: leaf.name })
  }
}

function readIndex(source: ByteSource, place: ByteRange): Promise<Uint8Array> {
  return source.read(checkIndexPlace(source, place).position, place.length)
}

/** Raises `file-corrupt` for a place outside the file. */
export function checkIndexPlace(source: ByteSource, place: ByteRange): ByteRange {
  const { position, length } = place
  if (position >= 4 && length > 0 && length <= INDEX_BYTES_MAX && position + length <= source.size)
    return place
  throw located(corrupt(`a page index lies at ${position} + ${length}, outside the file`), {
    uri: source.uri,
  })
}
