/** Bombs in page indexes: pages that are elsewhere, of other rows, of other numbers; with the code that each must give. */
import type { ColumnIndex, OffsetIndex } from '../../src/parquet/format/metadata.ts'
import { encodeColumnIndex, encodeOffsetIndex } from '../../src/parquet/format/page-index.ts'
import type { Bomb } from './parquet-bomb.ts'
import { column, dataFacts, madeFile, madePage } from './parquet-made.ts'
import { concatenated, footerOf, withFooter } from './parquet-parts.ts'
import type { Tree } from './parquet-thrift-tree.ts'
import { encodeTree, parseTree } from './parquet-thrift-tree.ts'

const NUMBER = column('v', 'INT64')
const ROWS = 100
const PAGE = madePage(dataFacts(ROWS), new Uint8Array(8 * ROWS).fill(7))

const PAGE_BYTES = PAGE.header.length + PAGE.body.length
const OFFSETS: OffsetIndex = {
  positions: Float64Array.of(4, 4 + PAGE_BYTES, 4 + 2 * PAGE_BYTES),
  lengths: new Int32Array(3).fill(PAGE_BYTES),
  rowFirst: Float64Array.of(0, 100, 200),
}
const SEVENS = new Uint8Array(8).fill(7)
const COLUMNS: ColumnIndex = {
  nullPages: new Uint8Array(3),
  mins: [SEVENS, SEVENS, SEVENS],
  maxs: [SEVENS, SEVENS, SEVENS],
  order: 'ASCENDING',
  nulls: new Float64Array(3),
}

/** A file of three pages with the indexes as they should be, or not. */
function withIndex(
  change: (index: OffsetIndex) => OffsetIndex,
  columns = encodeColumnIndex(COLUMNS),
): Uint8Array {
  const file = madeFile([{ element: NUMBER, pages: [PAGE, PAGE, PAGE], isIndexed: true }], 3 * ROWS)
  const footer = footerOf(file)
  const offsets = encodeOffsetIndex(change(OFFSETS))
  const data = concatenated([file.subarray(0, file.length - footer.length - 8), offsets, columns])
  const places = new Map([
    [4, data.length - columns.length - offsets.length],
    [5, offsets.length],
    [6, data.length - columns.length],
    [7, columns.length],
  ])
  return withFooter(data, encodeTree(inChunks(parseTree(footer).tree, places)))
}

/** The same with a column index of which one list (field `id`) is changed. */
function withColumns(id: number, change: (list: ListTree) => ListTree): Uint8Array {
  const { tree } = parseTree(encodeColumnIndex(COLUMNS))
  if (tree.kind !== 'struct') throw new Error('a column index is a struct')
  const fields = tree.fields.map(field =>
    field.id === id && field.value.kind === 'list' ? { id, value: change(field.value) } : field,
  )
  return withIndex(index => index, encodeTree({ kind: 'struct', fields }))
}

type ListTree = Extract<Tree, { kind: 'list' }>

/** The footer with other whole numbers as fields of its column chunks. */
function inChunks(footer: Tree, numbers: ReadonlyMap<number, number>): Tree {
  const below = (tree: Tree, path: readonly number[]): Tree => {
    if (tree.kind === 'list') return { ...tree, items: tree.items.map(item => below(item, path)) }
    if (tree.kind !== 'struct') return tree
    const [id, ...rest] = path
    if (id !== undefined) {
      const fields = tree.fields.map(field =>
        field.id === id ? { id, value: below(field.value, rest) } : field,
      )
      return { kind: 'struct', fields }
    }
    const kept = tree.fields.filter(field => !numbers.has(field.id))
    const added = [...numbers].map(([id, value]) => ({
      id,
      value: { kind: 'int', wire: 6, value: BigInt(value) } as const,
    }))
    return { kind: 'struct', fields: [...kept, ...added] }
  }
  return below(footer, [4, 1])
}

const cut = <Values extends Float64Array | Int32Array>(values: Values, from: number, to?: number): Values =>
  values.slice(from, to) as Values

/** All are read whole without a look at the index, so these are read from row 40 on. */
export const INDEX_BOMBS: readonly Bomb[] = [
  {
    name: 'a column index with bounds for fewer pages',
    make: () => withColumns(2, list => ({ ...list, items: list.items.slice(1) })),
    code: 'file-corrupt',
    isPruned: true,
  },
  {
    name: 'a column index of other pages than the offset index',
    make: () =>
      withIndex(({ positions, lengths, rowFirst }) => ({
        positions: cut(positions, 0, 2),
        lengths: cut(lengths, 0, 2),
        rowFirst: cut(rowFirst, 0, 2),
      })),
    code: 'file-corrupt',
    isPruned: true,
  },
  {
    name: 'a column index of 2^31 - 1 pages',
    make: () => withColumns(1, list => ({ ...list, claimed: 2 ** 31 - 1 })),
    code: 'file-corrupt',
    isPruned: true,
  },
  {
    name: 'a column index with negative counts',
    make: () =>
      withColumns(5, list => ({
        ...list,
        items: list.items.map(() => ({ kind: 'int', wire: 6, value: -5n })),
      })),
    code: 'file-corrupt',
    isPruned: true,
  },
  {
    name: 'an offset index as it should be',
    make: () => withIndex(index => index),
    code: null,
    isPart: true,
  },
  {
    name: 'an offset index with another number of rows',
    make: () => withIndex(index => ({ ...index, rowFirst: Float64Array.of(0, 90, 200) })),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index with places within pages',
    make: () => withIndex(index => ({ ...index, positions: index.positions.map((at, p) => at + 3 * p) })),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index without the first page',
    make: () =>
      withIndex(({ positions, lengths }) => ({
        positions: cut(positions, 1),
        lengths: cut(lengths, 1),
        rowFirst: Float64Array.of(0, 100),
      })),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index with pages of 2^31 - 1 bytes',
    make: () => withIndex(index => ({ ...index, lengths: index.lengths.map(() => 2 ** 31 - 1) })),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index with pages beyond the file',
    make: () => withIndex(index => ({ ...index, positions: index.positions.map(at => at + 1e6) })),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index without pages',
    make: () =>
      withIndex(() => ({
        positions: new Float64Array(0),
        lengths: new Int32Array(0),
        rowFirst: new Float64Array(0),
      })),
    code: null,
    isPart: true,
  },
  {
    name: 'an offset index beyond the file',
    make: () =>
      inFooter(
        new Map([
          [4, 2 ** 40],
          [5, 100],
        ]),
      ),
    code: 'file-corrupt',
    isPart: true,
  },
  {
    name: 'an offset index of 2^31 - 1 bytes',
    make: () => inFooter(new Map([[5, 2 ** 31 - 1]])),
    code: 'file-corrupt',
    isPart: true,
  },
]

function inFooter(numbers: ReadonlyMap<number, number>): Uint8Array {
  const file = madeFile([{ element: NUMBER, pages: [PAGE, PAGE, PAGE], isIndexed: true }], 3 * ROWS)
  const footer = footerOf(file)
  return withFooter(
    file.subarray(0, file.length - footer.length - 8),
    encodeTree(inChunks(parseTree(footer).tree, numbers)),
  )
}
