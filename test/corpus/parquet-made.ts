/** Parquet files made by hand, page by page, for what our writer does not write and for what no writer should. */
import { crc32 } from 'node:zlib'
import type { CompressionName } from '../../src/parquet/codec/compress.ts'
import { compress } from '../../src/parquet/codec/compress.ts'
import type {
  ColumnChunk,
  EncodingName,
  PageHeader,
  PhysicalType,
  SchemaElement,
} from '../../src/parquet/format/metadata.ts'
import { encodePageHeader } from '../../src/parquet/format/page-header.ts'
import type { PagePart } from './parquet-parts.ts'
import { concatenated, putTogether } from './parquet-parts.ts'

type SizeMember = 'uncompressedBytes' | 'compressedBytes' | 'crc'
type WithoutSizes<Header> = Header extends unknown ? Omit<Header, SizeMember> : never
/** A page header but for what follows from the body. */
export type PageFacts = WithoutSizes<Exclude<PageHeader, { type: 'other' }>>

export interface BodyOptions {
  readonly codec?: CompressionName
  /** Levels of a v2 page, which are not compressed. */
  readonly levels?: Uint8Array
  /** Whether the header has the body's checksum. */
  readonly crc?: boolean
  /** What the header claims the body to be when decompressed. */
  readonly size?: number
}

/** A page of `plain`, compressed. */
export function madePage(facts: PageFacts, plain: Uint8Array, options: BodyOptions = {}): PagePart {
  const { codec = 'UNCOMPRESSED', levels = new Uint8Array(0), crc = false } = options
  const isPlain = facts.type === 'data-v2' && !facts.isCompressed
  const packed = isPlain || codec === 'UNCOMPRESSED' ? plain : compress(codec, plain).slice()
  return pageOf(facts, concatenated([levels, packed]), options.size ?? levels.length + plain.length, crc)
}

/** A page whose body is as it is given. */
export function pageOf(facts: PageFacts, body: Uint8Array, size: number, crc: boolean): PagePart {
  const header: PageHeader = {
    ...facts,
    uncompressedBytes: size,
    compressedBytes: body.length,
    crc: crc ? crc32(body) : null,
  }
  return { header: encodePageHeader(header).slice(), body, facts: header }
}

/** A v1 page of `values` rows. */
export function dataFacts(values: number, encoding: EncodingName = 'PLAIN'): PageFacts {
  return {
    type: 'data',
    values,
    encoding,
    definitionEncoding: 'RLE',
    repetitionEncoding: 'RLE',
    statistics: null,
  }
}

export function dictionaryFacts(values: number): PageFacts {
  return { type: 'dictionary', values, encoding: 'PLAIN' }
}

/** A v2 page of `values` rows with `definitionBytes` of levels. */
export function dataFactsV2(
  values: number,
  encoding: EncodingName,
  { nulls = 0, definitionBytes = 0 }: { readonly nulls?: number; readonly definitionBytes?: number } = {},
): PageFacts {
  return {
    type: 'data-v2',
    values,
    nulls,
    rows: values,
    encoding,
    definitionBytes,
    repetitionBytes: 0,
    isCompressed: true,
    statistics: null,
  }
}

export function column(
  name: string,
  physical: PhysicalType,
  more: Partial<SchemaElement> = {},
): SchemaElement {
  return { ...NODE, name, physical, repetition: 'REQUIRED', ...more }
}

const NODE: SchemaElement = {
  name: 'root',
  physical: null,
  typeLength: null,
  repetition: null,
  children: 0,
  converted: null,
  scale: null,
  precision: null,
  fieldId: null,
  logical: null,
}

export interface MadeColumn {
  readonly element: SchemaElement
  readonly codec?: ColumnChunk['codec']
  readonly pages: readonly PagePart[]
  /** Whether there is an offset index. Default false. */
  readonly isIndexed?: boolean
}

/** A file of one row group. */
export function madeFile(columns: readonly MadeColumn[], rows: number): Uint8Array {
  return putTogether(madeParts(columns, rows))
}

/** The same in parts, to be changed before they are put together. */
export function madeParts(columns: readonly MadeColumn[], rows: number): Parameters<typeof putTogether>[0] {
  const chunks = columns.map(made => chunkOf(made, rows))
  const uncompressedBytes = columns.reduce((sum, { pages }) => sum + uncompressedOf(pages), 0)
  const root = { ...NODE, children: columns.length }
  return {
    metadata: {
      version: 2,
      schema: [root, ...columns.map(({ element }) => element)],
      rows,
      rowGroups: [{ rows, uncompressedBytes, columns: chunks, sorting: [] }],
      keyValues: [],
      createdBy: null,
    },
    chunks: [columns.map(({ pages }) => ({ pages, columnIndex: null }))],
  }
}

function chunkOf(made: MadeColumn, rows: number): ColumnChunk {
  const { element, codec = 'UNCOMPRESSED', pages, isIndexed = false } = made
  return {
    filePath: null,
    encrypted: false,
    physical: element.physical!,
    path: [element.name],
    encodings: encodingsOf(pages),
    codec,
    values: rows,
    uncompressedBytes: uncompressedOf(pages),
    compressedBytes: 1, // this and the positions are for `putTogether`
    dataPagePosition: 4,
    dictionaryPagePosition: null,
    statistics: null,
    columnIndex: null,
    offsetIndex: isIndexed ? { position: 4, length: 1 } : null,
    bloomFilter: null,
  }
}

function uncompressedOf(pages: readonly PagePart[]): number {
  return pages.reduce((sum, { header, facts }) => sum + header.length + facts.uncompressedBytes, 0)
}

function encodingsOf(pages: readonly PagePart[]): EncodingName[] {
  const encodings = new Set<EncodingName>(['RLE'])
  for (const { facts } of pages) if (facts.type !== 'other') encodings.add(facts.encoding)
  return [...encodings]
}
