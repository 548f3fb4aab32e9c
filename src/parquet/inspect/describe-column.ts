/**
 * A column of a file in figures, summed over its row groups: from the footer alone.
 */

import { typeText } from '../../core/batch/index.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { CodecName, ColumnChunk, EncodingName, RowGroup } from '../format/metadata.ts'
import type { BoundValue } from '../format/statistics-value.ts'
import { boundsOf } from '../format/statistics-value.ts'
import type { PlainBound } from './bound-value.ts'
import { compareBounds, plainBound } from './bound-value.ts'
import { physicalText } from './describe-schema.ts'

export interface ColumnDescription {
  /** Path with dots. */
  readonly column: string
  /** Our type as text; null for a column that is not read. */
  readonly type: string | null
  readonly physical: string
  readonly codecs: readonly CodecName[]
  /** Of values and levels, in all row groups together. */
  readonly encodings: readonly EncodingName[]
  /** Nulls included; of a nested column, with an entry for an empty list. */
  readonly values: number
  /** Null where a row group does not say it. */
  readonly nulls: number | null
  /** Smallest and largest value; null where a row group does not say them, or has no value. */
  readonly min: PlainBound | null
  readonly max: PlainBound | null
  readonly compressedBytes: number
  readonly uncompressedBytes: number
  /** Column chunks: one a row group. The figures below count those that have the part. */
  readonly chunks: number
  readonly dictionaries: number
  readonly statistics: number
  readonly columnIndexes: number
  readonly offsetIndexes: number
  readonly bloomFilters: number
}

/** The column `leaf` in the row groups `groups`. */
export function describeColumn(leaf: LeafColumn, groups: readonly RowGroup[]): ColumnDescription {
  const chunks = groups.map(group => group.columns[leaf.index]!)
  const sum = (of: (chunk: ColumnChunk) => number): number =>
    chunks.reduce((total, chunk) => total + of(chunk), 0)
  const count = (has: (chunk: ColumnChunk) => boolean): number => chunks.filter(has).length
  const knowsNulls = chunks.every(chunk => (chunk.statistics?.nulls ?? null) !== null)
  return {
    column: leaf.name,
    type: leaf.type === null ? null : typeText(leaf.type),
    physical: physicalText(leaf.physical, leaf.typeLength),
    codecs: [...new Set(chunks.map(chunk => chunk.codec))],
    encodings: [...new Set(chunks.flatMap(chunk => chunk.encodings))],
    values: sum(chunk => chunk.values),
    nulls: knowsNulls ? sum(chunk => chunk.statistics!.nulls!) : leaf.maxDefinition === 0 ? 0 : null,
    ...plainBounds(leaf, chunks),
    compressedBytes: sum(chunk => chunk.compressedBytes),
    uncompressedBytes: sum(chunk => chunk.uncompressedBytes),
    chunks: chunks.length,
    dictionaries: count(hasDictionary),
    statistics: count(chunk => chunk.statistics !== null),
    columnIndexes: count(chunk => chunk.columnIndex !== null),
    offsetIndexes: count(chunk => chunk.offsetIndex !== null),
    bloomFilters: count(chunk => chunk.bloomFilter !== null),
  }
}

/** Some writers do not say where the dictionary is, but name an encoding that needs one. */
function hasDictionary({ dictionaryPagePosition, encodings }: ColumnChunk): boolean {
  return (
    (dictionaryPagePosition !== null && dictionaryPagePosition > 0) ||
    encodings.includes('RLE_DICTIONARY') ||
    encodings.includes('PLAIN_DICTIONARY')
  )
}

function plainBounds(
  leaf: LeafColumn,
  chunks: readonly ColumnChunk[],
): Pick<ColumnDescription, 'min' | 'max'> {
  let min: BoundValue | null = null
  let max: BoundValue | null = null
  for (const { statistics, values } of chunks) {
    if (values === 0 || statistics?.nulls === values) continue
    const bounds = boundsOf(leaf, statistics)
    if (bounds === null) return { min: null, max: null }
    if (min === null || compareBounds(bounds.min, min) < 0) min = bounds.min
    if (max === null || compareBounds(bounds.max, max) > 0) max = bounds.max
  }
  if (min === null || max === null || leaf.type === null) return { min: null, max: null }
  return { min: plainBound(leaf.type, min), max: plainBound(leaf.type, max) }
}
