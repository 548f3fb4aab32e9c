/**
 * Which rows need not be read, told from metadata: row groups by their statistics and bloom filters, pages by the page
 * index. What is left may still hold rows that nobody wants; what is left out holds none.
 */

import type { TimeUnit } from '../../core/time.ts'
import { located } from '../../errors.ts'
import { corrupt } from '../damage.ts'
import { mightContain, parseBloomHeader } from '../format/bloom-filter.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { Statistics } from '../format/metadata.ts'
import type { BoundValue } from '../format/statistics-value.ts'
import { boundsOf, compareBytes } from '../format/statistics-value.ts'
import { timeBounds } from '../format/time-bounds.ts'
import { XxHash64 } from '../format/xxhash64.ts'
import type { ByteSource } from './byte-source.ts'
import type { PageIndexes } from './page-index.ts'
import { readPageIndexes } from './page-index.ts'
import type { ParquetFile } from './parquet-file.ts'
import type { RowRange } from './plan-read.ts'

/** Times in ms from `fromMs` on and before `untilMs`; `unit` is what a column of numbers counts. */
export interface TimeRange {
  readonly leaf: LeafColumn
  readonly unit: TimeUnit | undefined
  readonly fromMs: number
  readonly untilMs: number
}

/** Bounds of a page or chunk that say nothing keep it. */
export type Keep = (bounds: Pick<Statistics, 'min' | 'max'>) => boolean

/** Keeps what may lie in the range of time. */
export function keepsTimes({ leaf, unit, fromMs, untilMs }: TimeRange): Keep {
  return bounds => {
    const { minMs, maxMs } = timeBounds(leaf, bounds, unit)
    return minMs === null || maxMs === null || (maxMs >= fromMs && minMs < untilMs)
  }
}

/** Keeps what may equal the value: bigint for whole numbers and times in their unit, number for floats, else bytes. */
export function keepsValue(leaf: LeafColumn, value: BoundValue): Keep {
  return bounds => {
    const known = boundsOf(leaf, bounds)
    return known === null || (compare(known.min, value) <= 0 && compare(known.max, value) >= 0)
  }
}

function compare(a: BoundValue, b: BoundValue): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array ? compareBytes(a, b) : 0
  }
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Rows of `rows` (counted in the row group) whose pages `keep` keeps; all of them where there is no page index. Pages
 * with nulls are kept: a null is in no bounds, and whoever reads times wants to know of rows without one.
 */
export async function rowsToRead(
  source: ByteSource,
  file: ParquetFile,
  rowGroup: number,
  leaf: LeafColumn,
  rows: RowRange,
  keep: Keep,
): Promise<readonly RowRange[]> {
  const indexes = await readPageIndexes(source, file, rowGroup, leaf)
  if (indexes === null) return [rows]
  return keptRows(indexes, file.metadata.rowGroups[rowGroup]!.rows, rows, keep)
}

/** The same from indexes that are there. Pure. */
export function keptRows(
  { offsets, columns }: PageIndexes,
  groupRows: number,
  rows: RowRange,
  keep: Keep,
): RowRange[] {
  const ranges: RowRange[] = []
  for (let p = 0; p < offsets.rowFirst.length; p++) {
    const from = Math.max(rows.from, offsets.rowFirst[p]!)
    const to = Math.min(rows.to, offsets.rowFirst[p + 1] ?? groupRows)
    if (from >= to) continue
    const mayHoldNulls = columns.nulls === null || columns.nulls[p] !== 0
    const isKept = mayHoldNulls || keep({ min: columns.mins[p]!, max: columns.maxs[p]! })
    if (!isKept) continue
    const last = ranges.at(-1)
    if (last !== undefined && last.to === from) ranges[ranges.length - 1] = { from: last.from, to }
    else ranges.push({ from, to })
  }
  return ranges
}

/** Bloom filters are a few KiB; a header that claims more than this is wrong. */
const BLOOM_BYTES_MAX = 128 * 1024 * 1024
const BLOOM_HEADER_BYTES = 64

/** Whether a row group may hold the value, by its PLAIN bytes, as far as its bloom filter says; true without one. */
export async function mightHold(
  source: ByteSource,
  file: ParquetFile,
  rowGroup: number,
  leaf: LeafColumn,
  plain: Uint8Array,
): Promise<boolean> {
  const place = file.metadata.rowGroups[rowGroup]!.columns[leaf.index]!.bloomFilter
  if (place === null) return true
  try {
    const { position } = place
    if (position < 4 || position >= source.size) {
      throw corrupt(`a bloom filter lies at ${position}, outside the file`)
    }
    const head = await source.read(position, Math.min(BLOOM_HEADER_BYTES, source.size - position))
    const { headerBytes, bitsetBytes } = parseBloomHeader(head)
    if (bitsetBytes > BLOOM_BYTES_MAX || position + headerBytes + bitsetBytes > source.size) {
      throw corrupt(`a bloom filter of ${bitsetBytes} bytes does not fit the file`)
    }
    const hash = new XxHash64()
    hash.hash(plain, 0, plain.length)
    return mightContain(await source.read(position + headerBytes, bitsetBytes), hash.low, hash.high)
  } catch (thrown) {
    throw located(thrown, { uri: source.uri, rowGroup, column: leaf.name })
  }
}
