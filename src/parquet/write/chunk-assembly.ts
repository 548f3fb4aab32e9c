/** Pages of a finished column → its bytes, its footer entry and its page index. */

import type { CompressionName } from '../codec/compress.ts'
import type {
  ColumnChunk,
  ColumnIndex,
  EncodingName,
  OffsetIndex,
  SchemaElement,
} from '../format/metadata.ts'
import type { Bounds } from './column-values.ts'
import type { EncodedPage } from './page-encoder.ts'

export interface ChunkPage {
  readonly page: EncodedPage
  readonly encoding: EncodingName
  readonly bounds: Bounds | null
  readonly nulls: number
  /** Whether every row of it is null. */
  readonly isNull: boolean
}

/** A column of a row group that is done. */
export interface FinishedChunk {
  readonly element: SchemaElement
  readonly codec: CompressionName
  readonly dictionary: EncodedPage | null
  readonly pages: readonly ChunkPage[]
  readonly bounds: Bounds | null
  readonly nulls: number
}

/** A chunk with its place in the file. */
export interface PlacedChunk {
  readonly chunk: ColumnChunk
  readonly offsetIndex: OffsetIndex
  /** Null where a page has values but no bounds: an index may not be half. */
  readonly columnIndex: ColumnIndex | null
}

/** Describes a chunk whose first byte is written at `position`. */
export function placeChunk(finished: FinishedChunk, position: number): PlacedChunk {
  const { element, dictionary, pages, bounds } = finished
  const dataPosition = position + (dictionary?.bytes.length ?? 0)
  const offsetIndex = offsetIndexOf(pages, dataPosition)
  const compressed = pages.reduce((sum, { page }) => sum + page.bytes.length, dataPosition - position)
  const uncompressed = pages.reduce(
    (sum, { page }) => sum + page.uncompressedBytes,
    dictionary?.uncompressedBytes ?? 0,
  )
  const chunk: ColumnChunk = {
    filePath: null,
    encrypted: false,
    physical: element.physical!,
    path: [element.name],
    encodings: encodingsOf(pages, dictionary !== null),
    codec: finished.codec,
    values: pages.reduce((sum, { page }) => sum + page.rows, 0),
    uncompressedBytes: uncompressed,
    compressedBytes: compressed,
    dataPagePosition: dataPosition,
    dictionaryPagePosition: dictionary === null ? null : position,
    statistics: {
      min: bounds?.min ?? null,
      max: bounds?.max ?? null,
      minIsExact: bounds?.minIsExact ?? true,
      maxIsExact: bounds?.maxIsExact ?? true,
      nulls: finished.nulls,
      distinct: null,
    },
    columnIndex: null,
    offsetIndex: null,
    bloomFilter: null,
  }
  return { chunk, offsetIndex, columnIndex: columnIndexOf(pages) }
}

function offsetIndexOf(pages: readonly ChunkPage[], dataPosition: number): OffsetIndex {
  const positions = new Float64Array(pages.length)
  const lengths = new Int32Array(pages.length)
  const rowFirst = new Float64Array(pages.length)
  let position = dataPosition
  let row = 0
  pages.forEach(({ page }, p) => {
    positions[p] = position
    lengths[p] = page.bytes.length
    rowFirst[p] = row
    position += page.bytes.length
    row += page.rows
  })
  return { positions, lengths, rowFirst }
}

const NOTHING = new Uint8Array(0)

function columnIndexOf(pages: readonly ChunkPage[]): ColumnIndex | null {
  if (pages.some(({ bounds, isNull }) => bounds === null && !isNull)) return null
  return {
    nullPages: Uint8Array.from(pages, ({ isNull }) => (isNull ? 1 : 0)),
    mins: pages.map(({ bounds }) => bounds?.min ?? NOTHING),
    maxs: pages.map(({ bounds }) => bounds?.max ?? NOTHING),
    order: 'UNORDERED',
    nulls: Float64Array.from(pages, ({ nulls }) => nulls),
  }
}

/** Encodings of a chunk, that of the levels included. */
function encodingsOf(pages: readonly ChunkPage[], hasDictionary: boolean): EncodingName[] {
  const encodings = new Set<EncodingName>(['RLE'])
  if (hasDictionary) encodings.add('PLAIN')
  for (const { encoding } of pages) encodings.add(encoding)
  return [...encodings]
}
