/**
 * What to read, as data: footer in → stretches of the file and columns to decode out. Pure: planning reads nothing.
 *
 *     row groups     0          1          2
 *     rows wanted         ├──────────────┤
 *     group plans    from…to  all        from…to      each: one chunk a column, and what to fetch at once
 */

import { located } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, unsupported } from '../damage.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ByteRange, ColumnChunk, OffsetIndex, RowGroup } from '../format/metadata.ts'
import type { ParquetFile } from './parquet-file.ts'

/** Rows [from, to). */
export interface RowRange {
  readonly from: number
  readonly to: number
}

export interface ChunkPlan {
  readonly leaf: LeafColumn
  readonly chunk: ColumnChunk
  /** The chunk's bytes in the file, dictionary included. */
  readonly range: ByteRange
}

/** Columns of one row group. Rows are counted in the row group. */
export interface GroupPlan {
  readonly rowGroup: number
  /** Row of the file that the row group begins with. */
  readonly rowFirst: number
  /** Rows of the row group. */
  readonly rows: number
  /** Rows wanted, ascending, without overlap. */
  readonly wanted: readonly RowRange[]
  readonly columns: readonly ChunkPlan[]
}

export interface ReadPlan {
  readonly groups: readonly GroupPlan[]
  /** Rows that will be delivered. */
  readonly rows: number
}

/** Chunks that lie no further apart are fetched with one read. */
const GAP_MAX = 64 * 1024
/** Bytes of one read. */
const FETCH_MAX = 64 * 1024 * 1024

/** Plans the columns `leaves` for rows of the file; `wanted` narrows rows of a row group down (see pruning.ts). */
export function planRead(
  file: ParquetFile,
  leaves: readonly LeafColumn[],
  rows: RowRange = { from: 0, to: file.metadata.rows },
  wanted: (rowGroup: number, rows: RowRange) => readonly RowRange[] = (_, range) => [range],
): ReadPlan {
  const groups: GroupPlan[] = []
  let first = 0
  let total = 0
  for (let g = 0; g < file.metadata.rowGroups.length && first < rows.to; g++) {
    const group = file.metadata.rowGroups[g]!
    const range = { from: Math.max(0, rows.from - first), to: Math.min(group.rows, rows.to - first) }
    if (range.from < range.to) {
      const ranges = wanted(g, range)
      for (const { from, to } of ranges) total += to - from
      const columns = leaves.map(leaf => chunkPlan(file, g, leaf))
      if (ranges.length > 0) {
        groups.push({ rowGroup: g, rowFirst: first, rows: group.rows, wanted: ranges, columns })
      }
    }
    first += group.rows
  }
  return { groups, rows: total }
}

/** Where the chunk lies. Raises `file-corrupt` for a place outside the file, `unsupported` for what is not read. */
export function chunkPlan(file: ParquetFile, rowGroup: number, leaf: LeafColumn): ChunkPlan {
  const group = file.metadata.rowGroups[rowGroup]!
  try {
    const chunk = group.columns[leaf.index]!
    return { leaf, chunk, range: chunkRange(chunk, group, leaf, file.dataEnd) }
  } catch (thrown) {
    throw located(thrown, { uri: file.uri, rowGroup, column: leaf.name })
  }
}

function chunkRange(chunk: ColumnChunk, group: RowGroup, leaf: LeafColumn, dataEnd: number): ByteRange {
  if (chunk.encrypted) throw unsupported('the column is encrypted')
  if (chunk.filePath !== null) throw unsupported('the column lies in another file')
  if (chunk.physical !== leaf.physical) {
    throw corrupt(`the column chunk is ${chunk.physical}, the schema says ${leaf.physical}`)
  }
  if (leaf.maxRepetition === 0 && chunk.values !== group.rows) {
    throw corrupt(`the column chunk has ${chunk.values} values in a row group of ${group.rows} rows`)
  }
  const dictionary = chunk.dictionaryPagePosition
  const position =
    dictionary !== null && dictionary > 0 && dictionary < chunk.dataPagePosition
      ? dictionary
      : chunk.dataPagePosition
  const length = chunk.compressedBytes
  if (position < 4 || length < 0 || position + length > dataEnd) {
    throw corrupt(
      `the column chunk lies at ${position} + ${length}, outside the file's ${dataEnd} bytes of data`,
    )
  }
  return { position, length }
}

/** Stretches to fetch so that every chunk is read: neighbours are joined. Ranges must be sorted by position. */
export function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    const end = range.position + range.length
    if (
      last !== undefined &&
      range.position - (last.position + last.length) <= GAP_MAX &&
      end - last.position <= FETCH_MAX
    ) {
      joined[joined.length - 1] = {
        position: last.position,
        length: Math.max(last.length, end - last.position),
      }
    } else joined.push(range)
  }
  return joined
}

/**
 * Bytes of a chunk that hold the wanted rows: the dictionary page, if there is one, and the pages that overlap them.
 * Without an offset index all of it. Raises `file-corrupt` where the index does not describe the chunk.
 */
export function pageRanges(
  { range }: ChunkPlan,
  index: OffsetIndex,
  rows: number,
  wanted: readonly RowRange[],
): ByteRange[] {
  const pages = index.positions.length
  checkIndex(index, range, rows)
  const ranges: ByteRange[] = []
  const firstPage = index.positions[0]!
  if (firstPage > range.position) {
    ranges.push({ position: range.position, length: firstPage - range.position })
  }
  let w = 0
  for (let p = 0; p < pages; p++) {
    const from = index.rowFirst[p]!
    const to = p + 1 < pages ? index.rowFirst[p + 1]! : rows
    while (w < wanted.length && wanted[w]!.to <= from) w++
    if (w === wanted.length) break
    if (wanted[w]!.from < to) ranges.push({ position: index.positions[p]!, length: index.lengths[p]! })
  }
  return ranges
}

function checkIndex(index: OffsetIndex, range: ByteRange, rows: number): void {
  let end = range.position
  let row = -1
  for (let p = 0; p < index.positions.length; p++) {
    const position = index.positions[p]!
    const first = index.rowFirst[p]!
    if (position < end || index.lengths[p]! <= 0 || first <= row || first >= Math.max(1, rows)) {
      throw corrupt(`the offset index is out of order at page ${p}`)
    }
    end = position + index.lengths[p]!
    row = first
  }
  if (index.positions.length === 0 || index.rowFirst[0] !== 0 || end > range.position + range.length) {
    throw corrupt('the offset index does not cover its column chunk')
  }
}

/** Whether a chunk is small enough to be fetched whole. */
export function fitsOneFetch(range: ByteRange): boolean {
  return range.length <= Math.min(FETCH_MAX, LIMITS.parquetPageBytesMax)
}
