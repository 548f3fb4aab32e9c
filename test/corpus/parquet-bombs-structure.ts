/** Bombs in footers and page headers: counts and places that are not so; with the code that each must give. */
import type { ColumnChunk, FileMetadata, SchemaElement } from '../../src/parquet/format/metadata.ts'
import { encodeMetadata } from '../../src/parquet/format/write-metadata.ts'
import type { Bomb } from './parquet-bomb.ts'
import { TEXT } from './parquet-bomb.ts'
import type { MadeColumn } from './parquet-made.ts'
import { column, dataFacts, dictionaryFacts, madeFile, madePage, madeParts } from './parquet-made.ts'
import { footerOf, putTogether, withFooter } from './parquet-parts.ts'
import { withLength } from './parquet-seeds-handmade.ts'
import type { Tree } from './parquet-thrift-tree.ts'
import { encodeTree, parseTree } from './parquet-thrift-tree.ts'

const NUMBER = column('v', 'INT64')
const ROWS = 100
const PAGE = madePage(dataFacts(ROWS), new Uint8Array(8 * ROWS).fill(7))
const DATA = new Uint8Array(Buffer.from('PAR1'))

function plainFile(): Uint8Array {
  return madeFile([{ element: NUMBER, pages: [PAGE, PAGE, PAGE] }], 3 * ROWS)
}

/** The plain file with another chunk, or another footer. */
function withChunk(change: (chunk: ColumnChunk, file: Uint8Array) => Partial<ColumnChunk>): Uint8Array {
  const made: MadeColumn = { element: NUMBER, pages: [PAGE, PAGE, PAGE] }
  const whole = madeFile([made], 3 * ROWS)
  return putTogether(madeParts([made], 3 * ROWS), metadata =>
    mapChunks(metadata, chunk => ({ ...chunk, ...change(chunk, whole) })),
  )
}

function mapChunks(metadata: FileMetadata, change: (chunk: ColumnChunk) => ColumnChunk): FileMetadata {
  const rowGroups = metadata.rowGroups.map(group => ({ ...group, columns: group.columns.map(change) }))
  return { ...metadata, rowGroups }
}

function withTrailer(length: number): Uint8Array {
  const file = plainFile().slice()
  new DataView(file.buffer).setUint32(file.length - 8, length, true)
  return file
}

type Struct = Extract<Tree, { kind: 'struct' }>

function withTree(change: (footer: Struct) => Tree): Uint8Array {
  const file = plainFile()
  const footer = footerOf(file)
  const tree = change(parseTree(footer).tree as Struct)
  return withFooter(file.subarray(0, file.length - footer.length - 8), encodeTree(tree))
}

/** A file of nothing but a footer. */
function footerOnly(metadata: Partial<FileMetadata>): Uint8Array {
  const root: SchemaElement = { ...NUMBER, name: 'root', physical: null, repetition: null }
  return withFooter(
    DATA,
    encodeMetadata({
      version: 2,
      schema: [root],
      rows: 0,
      rowGroups: [],
      keyValues: [],
      createdBy: null,
      ...metadata,
    }),
  )
}

function deepSchema(depth: number): readonly SchemaElement[] {
  const group: SchemaElement = { ...NUMBER, name: 'g', physical: null, children: 1 }
  return [...Array.from({ length: depth }, () => group), NUMBER]
}

function nested(depth: number): Tree {
  let tree: Tree = { kind: 'struct', fields: [] }
  for (let i = 0; i < depth; i++) tree = { kind: 'list', wire: 9, element: wire(tree), items: [tree] }
  return tree
}

const wire = (tree: Tree): number => (tree.kind === 'struct' ? 12 : 9)

function emptyGroups(count: number): Uint8Array {
  const chunk = { ...parsedChunk(), values: 0, compressedBytes: 0 }
  const group = { rows: 0, uncompressedBytes: 0, columns: [chunk], sorting: [] }
  const schema = [{ ...NUMBER, name: 'root', physical: null, repetition: null, children: 1 }, NUMBER]
  return footerOnly({ schema, rowGroups: Array.from({ length: count }, () => group) })
}

function parsedChunk(): ColumnChunk {
  return madeParts([{ element: NUMBER, pages: [PAGE] }], ROWS).metadata.rowGroups[0]!.columns[0]!
}

export const FOOTER_BOMBS: readonly Bomb[] = [
  { name: 'a footer of 2^32 - 1 bytes', make: () => withTrailer(2 ** 32 - 1), code: 'limit-passed' },
  { name: 'a footer longer than the file', make: () => withTrailer(100_000), code: 'file-corrupt' },
  { name: 'a footer of no bytes', make: () => withTrailer(0), code: 'file-corrupt' },
  {
    name: 'a footer that begins in the data',
    make: () => withTrailer(plainFile().length - 100),
    code: 'file-corrupt',
  },
  {
    name: 'a chunk before the file',
    make: () => withChunk(() => ({ dataPagePosition: 0 })),
    code: 'file-corrupt',
  },
  {
    name: 'a chunk in the footer',
    make: () => withChunk((_, file) => ({ dataPagePosition: file.length - 100, compressedBytes: 90 })),
    code: 'file-corrupt',
  },
  {
    name: 'a chunk behind the file',
    make: () => withChunk(() => ({ dataPagePosition: 2 ** 52 })),
    code: 'file-corrupt',
  },
  {
    name: 'a chunk of 2^53 - 1 bytes',
    make: () => withChunk(() => ({ compressedBytes: 2 ** 53 - 1 })),
    code: 'file-corrupt',
  },
  {
    name: 'a chunk that begins within a page',
    make: () => withChunk(chunk => ({ dataPagePosition: chunk.dataPagePosition + 9 })),
    code: 'file-corrupt',
  },
  {
    name: '2^31 rows of which 300 are there',
    make: () => putTogether(madeParts([{ element: NUMBER, pages: [PAGE, PAGE, PAGE] }], 2 ** 31)),
    code: 'file-corrupt',
  },
  {
    name: '2^53 - 1 rows of which 300 are there',
    make: () => putTogether(madeParts([{ element: TEXT, pages: [PAGE] }], 2 ** 53 - 1)),
    code: 'file-corrupt',
  },
  { name: 'two schemas, the second with more columns', make: twoSchemas, code: 'file-corrupt' },
  {
    name: 'a schema of depth 10^6',
    make: () => footerOnly({ schema: deepSchema(1e6) }),
    code: 'limit-passed',
  },
  {
    name: 'a schema of depth 10^4',
    make: () => footerOnly({ schema: deepSchema(1e4) }),
    code: 'limit-passed',
  },
  { name: '10^6 + 1 row groups', make: () => emptyGroups(1e6 + 1), code: 'limit-passed' },
  {
    name: 'a list of 2^31 - 1 row groups',
    make: () => withTree(footer => claim(footer, 4, 2 ** 31 - 1)),
    code: 'file-corrupt',
  },
  {
    name: 'a list of 2^31 - 1 columns',
    make: () => withTree(footer => claim(footer, 2, 2 ** 31 - 1)),
    code: 'file-corrupt',
  },
  {
    name: 'lists in lists, 10^3 levels',
    make: () =>
      withTree(footer => ({ ...footer, fields: [{ id: 99, value: nested(1000) }, ...footer.fields] })),
    code: 'file-corrupt',
  },
  { name: 'chunks that share their pages', make: () => overlapping(0), code: null },
  { name: 'chunks that overlap by half', make: () => overlapping(40), code: 'file-corrupt' },
]

function claim(footer: Struct, id: number, claimed: number): Tree {
  const fields = footer.fields.map(field => {
    if (field.id !== id || field.value.kind !== 'list') return field
    return { id, value: { ...field.value, claimed } }
  })
  return { ...footer, fields }
}

function twoSchemas(): Uint8Array {
  const other = parseTree(
    footerOf(
      madeFile(
        ['a', 'b'].map(name => ({ element: column(name, 'INT64'), pages: [PAGE] })),
        ROWS,
      ),
    ),
  )
  const schema = (other.tree as Struct).fields.find(field => field.id === 2)!
  return withTree(footer => ({ ...footer, fields: [...footer.fields, schema] }))
}

function overlapping(by: number): Uint8Array {
  const columns = ['a', 'b'].map(name => ({ element: column(name, 'INT64'), pages: [PAGE, PAGE] }))
  return putTogether(madeParts(columns, 2 * ROWS), metadata => {
    const [first] = metadata.rowGroups[0]!.columns
    return mapChunks(metadata, chunk => ({
      ...chunk,
      dataPagePosition: first!.dataPagePosition + (chunk.path[0] === 'b' ? by : 0),
    }))
  })
}

/** As many pages of one row. */
function manyPages(count: number, isIndexed: boolean): Uint8Array {
  const page = madePage(dataFacts(1), new Uint8Array(8))
  return madeFile([{ element: NUMBER, pages: Array.from({ length: count }, () => page), isIndexed }], count)
}

function emptyPages(): Uint8Array {
  const page = madePage(dataFacts(0), new Uint8Array(0))
  return madeFile([{ element: NUMBER, pages: Array.from({ length: 100_000 }, () => page) }], 1)
}

/** `count` columns, each of them one page of 16 million nulls in some 30 bytes. */
function wideNulls(count: number): Uint8Array {
  const rows = 16 * 1024 * 1024
  const levels = withLength(Uint8Array.of(0x80, 0x80, 0x80, 0x10, 0))
  const columns = Array.from({ length: count }, (_, c) => ({
    element: { ...column(`c${c}`, 'INT64'), repetition: 'OPTIONAL' as const },
    pages: [madePage(dataFacts(rows), levels)],
  }))
  return madeFile(columns, rows)
}

export const HEADER_BOMBS: readonly Bomb[] = [
  {
    name: 'an offset index of 100,000 pages',
    make: () => manyPages(100_000, true),
    code: null,
    isPart: true,
  },
  { name: '10^5 pages of 0 rows', make: emptyPages, code: 'file-corrupt' },
  { name: '100,000 pages of 1 row', make: () => manyPages(100_000, false), code: null },
  {
    name: 'page headers that are zeros',
    make: () => withZeros(1_000_000),
    code: 'file-corrupt',
  },
  {
    name: 'a header that does not end',
    make: () => withHeader(new Uint8Array(1_000_000).fill(0x15)),
    code: 'file-corrupt',
  },
  {
    name: 'a header with statistics of 1 MB',
    make: () => {
      const text = new Uint8Array(1_000_000)
      const statistics = {
        min: text,
        max: text,
        minIsExact: true,
        maxIsExact: true,
        nulls: 0,
        distinct: null,
      }
      const page = madePage({ ...dataFacts(1), statistics } as ReturnType<typeof dataFacts>, withLength(text))
      return madeFile([{ element: TEXT, pages: [page] }], 1)
    },
    code: null,
  },
  {
    name: 'a dictionary that is data in its place',
    make: () =>
      madeFile([{ element: NUMBER, pages: [madePage(dictionaryFacts(1), new Uint8Array(8)), PAGE] }], ROWS),
    code: null,
  },
]

/** What takes the memory that is declared for it: in a process of their own. */
export const MEMORY_BOMBS: readonly Bomb[] = [
  { name: '300 columns of 16 million nulls each', make: () => wideNulls(300), code: 'limit-passed' },
  { name: '10^6 row groups of 0 rows', make: () => emptyGroups(1e6), code: null },
]

function withHeader(header: Uint8Array): Uint8Array {
  return madeFile([{ element: NUMBER, pages: [{ ...PAGE, header }] }], ROWS)
}

function withZeros(length: number): Uint8Array {
  return withHeader(new Uint8Array(length))
}
