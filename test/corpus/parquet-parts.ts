/**
 * A Parquet file taken apart into pages, and put together again with every position and size as it must be, so that
 * one part can be changed and nothing else is wrong. The inverse of one another on whole files, but for what lies
 * between the parts (bloom filters, padding).
 */
import type {
  ColumnChunk,
  ColumnIndex,
  FileMetadata,
  PageHeader,
  RowGroup,
} from '../../src/parquet/format/metadata.ts'
import { parsePageHeader } from '../../src/parquet/format/page-header.ts'
import {
  encodeColumnIndex,
  encodeOffsetIndex,
  parseColumnIndex,
} from '../../src/parquet/format/page-index.ts'
import { parseMetadata } from '../../src/parquet/format/read-metadata.ts'
import { encodeMetadata } from '../../src/parquet/format/write-metadata.ts'

/** Header and body of a page as they stand in the file. */
export interface PagePart {
  readonly header: Uint8Array
  readonly body: Uint8Array
  /** What the header says, or said before it was changed. */
  readonly facts: PageHeader
}

export interface ChunkParts {
  readonly pages: readonly PagePart[]
  readonly columnIndex: ColumnIndex | null
}

export interface FileParts {
  readonly metadata: FileMetadata
  /** By row group and column. */
  readonly chunks: readonly (readonly ChunkParts[])[]
}

const MAGIC = Buffer.from('PAR1')
const TRAILER_BYTES = 8

/** The thrift bytes of the footer. */
export function footerOf(file: Uint8Array): Uint8Array {
  const length = new DataView(file.buffer, file.byteOffset + file.length - TRAILER_BYTES).getUint32(0, true)
  return file.subarray(file.length - TRAILER_BYTES - length, file.length - TRAILER_BYTES)
}

/** `data` and behind it a footer with its length. */
export function withFooter(data: Uint8Array, footer: Uint8Array): Uint8Array {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, footer.length, true)
  return concatenated([data, footer, length, MAGIC])
}

export function takeApart(file: Uint8Array): FileParts {
  const metadata = parseMetadata(footerOf(file))
  const chunks = metadata.rowGroups.map(group => group.columns.map(chunk => chunkParts(file, chunk)))
  return { metadata, chunks }
}

/** Where the pages of a chunk begin. */
export function chunkStart({ dictionaryPagePosition, dataPagePosition }: ColumnChunk): number {
  return dictionaryPagePosition === null
    ? dataPagePosition
    : Math.min(dictionaryPagePosition, dataPagePosition)
}

function chunkParts(file: Uint8Array, chunk: ColumnChunk): ChunkParts {
  const pages: PagePart[] = []
  const end = chunkStart(chunk) + chunk.compressedBytes
  for (let at = chunkStart(chunk); at < end; ) {
    const { header: facts, end: bodyAt } = parsePageHeader(file, at, end)
    const body = file.slice(bodyAt, bodyAt + facts.compressedBytes)
    pages.push({ header: file.slice(at, bodyAt), body, facts })
    at = bodyAt + body.length
  }
  const place = chunk.columnIndex
  const columnIndex =
    place === null ? null : parseColumnIndex(file.slice(place.position, place.position + place.length))
  return { pages, columnIndex }
}

/** `changed` may alter the footer's data before they are written. */
export function putTogether(
  { metadata, chunks }: FileParts,
  changed: (metadata: FileMetadata) => FileMetadata = same => same,
): Uint8Array {
  const out: Uint8Array[] = [MAGIC]
  let position = MAGIC.length
  const place = (bytes: Uint8Array): number => {
    out.push(bytes)
    position += bytes.length
    return position - bytes.length
  }
  const placed = chunks.map(group =>
    group.map(({ pages }) => pages.map(({ header, body }) => place(concatenated([header, body])))),
  )
  const rowGroups = metadata.rowGroups.map(
    (group, g): RowGroup => ({
      ...group,
      columns: group.columns.map((chunk, c) => {
        const { pages, columnIndex } = chunks[g]![c]!
        return placedChunk(chunk, pages, placed[g]![c]!, columnIndex, place)
      }),
    }),
  )
  const footer = encodeMetadata(changed({ ...metadata, rowGroups }))
  return withFooter(concatenated(out), footer)
}

function placedChunk(
  chunk: ColumnChunk,
  pages: readonly PagePart[],
  positions: readonly number[],
  columnIndex: ColumnIndex | null,
  place: (bytes: Uint8Array) => number,
): ColumnChunk {
  const [first = 0] = positions
  const hasDictionary = pages[0]?.facts.type === 'dictionary'
  const dataPagePosition = hasDictionary ? (positions[1] ?? first + 1) : first
  const bytes = columnIndex === null ? null : encodeColumnIndex(columnIndex)
  const index = chunk.offsetIndex === null ? null : offsetIndexBytes(pages, positions)
  return {
    ...chunk,
    compressedBytes: pages.reduce((sum, { header, body }) => sum + header.length + body.length, 0),
    dataPagePosition,
    dictionaryPagePosition: hasDictionary ? first : null,
    columnIndex: bytes === null ? null : { position: place(bytes), length: bytes.length },
    offsetIndex: index === null ? null : { position: place(index), length: index.length },
    bloomFilter: null,
  }
}

function offsetIndexBytes(pages: readonly PagePart[], positions: readonly number[]): Uint8Array {
  const data = pages
    .map((page, p) => ({ ...page, position: positions[p]! }))
    .filter(({ facts }) => facts.type === 'data' || facts.type === 'data-v2')
  let row = 0
  const rowFirst = data.map(({ facts }) => {
    row += rowsOf(facts)
    return row - rowsOf(facts)
  })
  return encodeOffsetIndex({
    positions: Float64Array.from(data, ({ position }) => position),
    lengths: Int32Array.from(data, ({ header, body }) => header.length + body.length),
    rowFirst: Float64Array.from(rowFirst),
  })
}

function rowsOf(facts: PageHeader): number {
  return 'encoding' in facts && facts.type !== 'dictionary' ? facts.values : 0
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.concat(parts)
  return new Uint8Array(buffer, byteOffset, byteLength)
}
