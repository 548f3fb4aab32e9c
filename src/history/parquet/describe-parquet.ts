/** What a Parquet file says of itself, from its footer alone: columns, units, time ranges. */

import type { TimeUnit } from '../../core/time.ts'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { LeafColumn, ParquetFile, RowGroup } from '../../parquet/index.ts'
import { readableColumns, timeBounds } from '../../parquet/index.ts'
import type { UnsupportedColumn } from '../../plan/index.ts'
import type { FileDescription } from '../decoder.ts'
import { rowBytes } from '../row-bytes.ts'
import type { UnitGroup } from './parquet-units.ts'
import { unitsOf } from './parquet-units.ts'

const NO_RANGE = { minMs: null, maxMs: null }

/** `unit` is that of a time column of numbers. Raises `limit-passed` where the file has too many columns. */
export function describeParquet(
  file: ParquetFile,
  timeColumn: string,
  unit: TimeUnit | undefined,
): FileDescription {
  const columns = readableColumns(file)
  checkWidth(file)
  const schema = [...columns].map(([name, leaf]) => ({ name, type: leaf.type! }))
  const time = columns.get(timeColumn)
  const text = [...columns.values()].filter(
    leaf => leaf.physical === 'BYTE_ARRAY' || leaf.physical === 'FIXED_LEN_BYTE_ARRAY',
  )
  const groups = file.metadata.rowGroups.map((group): UnitGroup => {
    const statistics = time === undefined ? null : group.columns[time.index]!.statistics
    const range = time === undefined || statistics === null ? NO_RANGE : timeBounds(time, statistics, unit)
    return { rows: group.rows, textBytes: textBytes(group, text), time: range }
  })
  return {
    schema,
    units: unitsOf(groups, rowBytes(schema), file.uri),
    unsupported: foreignColumns(file, columns),
    notes: notesOf(file),
  }
}

function checkWidth(file: ParquetFile): void {
  const width = (file.leaves.at(-1)?.topLevel ?? -1) + 1
  if (width <= LIMITS.columnsMax) return
  throw new HindcastError(
    'limit-passed',
    `the file has ${width} columns, columnsMax is ${LIMITS.columnsMax}`,
    {
      where: { uri: file.uri },
      advice: 'Write the file anew with the columns that are needed.',
    },
  )
}

/**
 * Bytes of text when decoded, estimated: text of a dictionary is repeated then, so the lengths of the smallest and the
 * largest value count as well.
 */
function textBytes(group: RowGroup, leaves: readonly LeafColumn[]): number {
  let bytes = 0
  for (const leaf of leaves) {
    const chunk = group.columns[leaf.index]!
    const bounds = chunk.statistics
    const length = ((bounds?.min?.length ?? 0) + (bounds?.max?.length ?? 0)) / 2
    bytes += Math.max(chunk.uncompressedBytes, chunk.values * length)
  }
  return bytes
}

/** Columns that are there but not read, one for each at the top level. */
function foreignColumns(file: ParquetFile, columns: ReadonlyMap<string, LeafColumn>): UnsupportedColumn[] {
  const foreign = new Map<string, UnsupportedColumn>()
  for (const leaf of file.leaves) {
    const name = leaf.path[0]!
    if (leaf.foreign === null || columns.has(name) || foreign.has(name)) continue
    foreign.set(name, { name, type: leaf.foreign })
  }
  return [...foreign.values()]
}

function notesOf(file: ParquetFile): string[] {
  const notes: string[] = []
  const seen = new Map<string, number>()
  for (const { path, topLevel } of file.leaves) {
    const name = path[0]!
    const first = seen.get(name)
    if (first === undefined) seen.set(name, topLevel)
    else if (first !== topLevel) notes.push(`two columns are called ${name}: the first is read`)
  }
  return [...new Set(notes)]
}
