/** A Parquet file as its footer describes it: everything that reading it starts from. */

import { located } from '../../errors.ts'
import { corrupt } from '../damage.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import { leafColumns } from '../format/leaf-columns.ts'
import type { FileMetadata } from '../format/metadata.ts'
import { footerLength, parseMetadata } from '../format/read-metadata.ts'
import type { ByteSource } from './byte-source.ts'

export interface ParquetFile {
  readonly uri: string
  readonly size: number
  readonly metadata: FileMetadata
  /** Leaf columns, in the order of each row group's chunks. */
  readonly leaves: readonly LeafColumn[]
  /** Where the footer begins: no data lie behind it. */
  readonly dataEnd: number
}

/** Footers are read with what lies in front of them: this much at once, so that most take a single read. */
const TAIL_BYTES = 32 * 1024
/** Length and magic at the end. */
const TRAILER_BYTES = 8
const MAGIC = 4

/** Reads and checks the footer. Raises `file-corrupt`, `unsupported` (encrypted) or `limit-passed`, with the file. */
export async function readParquetFile(source: ByteSource): Promise<ParquetFile> {
  try {
    return await readFooter(source)
  } catch (thrown) {
    throw located(thrown, { uri: source.uri })
  }
}

async function readFooter(source: ByteSource): Promise<ParquetFile> {
  const { uri, size } = source
  if (size < MAGIC + TRAILER_BYTES) throw corrupt(`${size} bytes are too few for a Parquet file`)
  const tail = await source.read(Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES))
  const length = footerLength(tail.subarray(-TRAILER_BYTES))
  const dataEnd = size - TRAILER_BYTES - length
  if (dataEnd < MAGIC) throw corrupt(`the footer claims ${length} of the file's ${size} bytes`)
  const inTail = length + TRAILER_BYTES <= tail.length
  const footer = inTail
    ? tail.subarray(tail.length - TRAILER_BYTES - length, tail.length - TRAILER_BYTES)
    : await source.read(dataEnd, length)
  const metadata = parseMetadata(footer)
  return { uri, size, metadata, leaves: leafColumns(metadata.schema), dataEnd }
}

/** Flat columns that can be read, by name; of columns with the same name the first counts. */
export function readableColumns(file: ParquetFile): Map<string, LeafColumn> {
  const columns = new Map<string, LeafColumn>()
  for (const leaf of file.leaves) {
    if (leaf.isFlat && leaf.type !== null && !columns.has(leaf.name)) columns.set(leaf.name, leaf)
  }
  return columns
}
