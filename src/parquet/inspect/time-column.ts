/**
 * Which column tells the time of a row, and what its values count.
 */

import type { TimeUnit } from '../../core/time.ts'
import { HindcastError } from '../../errors.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ParquetFile } from '../read/parquet-file.ts'
import { readableColumns } from '../read/parquet-file.ts'

export interface TimeColumn {
  readonly leaf: LeafColumn
  /** Milliseconds of one of its values; a date is a day. */
  readonly msPerTick: number
}

export const MS_PER_UNIT: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }
const DAY_MS = 86_400_000

/** The first column of timestamps, else of dates; null where there is none. */
export function firstTimeColumn(file: ParquetFile): TimeColumn | null {
  const leaves = [...readableColumns(file).values()]
  const leaf =
    leaves.find(({ type }) => type?.name === 'timestamp') ?? leaves.find(({ type }) => type?.name === 'date')
  return leaf === undefined ? null : timeColumnOf(file, leaf, undefined)
}

/**
 * The column that `text` names: `at`, or `at:ms` for a column of numbers. Raises `column-missing` for a name that the
 * file does not have, and `argument-invalid` for a column that cannot be a time.
 */
export function namedTimeColumn(file: ParquetFile, text: string): TimeColumn {
  const columns = readableColumns(file)
  const whole = columns.get(text)
  if (whole !== undefined) return timeColumnOf(file, whole, undefined)
  const match = /^(.+):(s|ms|us|ns)$/.exec(text)
  const leaf = match === null ? undefined : columns.get(match[1]!)
  if (leaf === undefined) {
    throw new HindcastError('column-missing', `the file has no readable column '${text}'`, {
      where: { uri: file.uri, column: text },
      advice: `Its columns are ${[...columns.keys()].slice(0, 20).join(', ')}.`,
    })
  }
  return timeColumnOf(file, leaf, match![2] as TimeUnit)
}

function timeColumnOf(file: ParquetFile, leaf: LeafColumn, unit: TimeUnit | undefined): TimeColumn {
  switch (leaf.type?.name) {
    case 'timestamp':
      return { leaf, msPerTick: MS_PER_UNIT[leaf.type.unit] }
    case 'date':
      return { leaf, msPerTick: DAY_MS }
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float32':
    case 'float64':
      if (unit !== undefined) return { leaf, msPerTick: MS_PER_UNIT[unit] }
  }
  throw new HindcastError('argument-invalid', `column '${leaf.name}' is no time by itself`, {
    where: { uri: file.uri, column: leaf.name },
    advice: `Name a TIMESTAMP or DATE column, or say what its numbers count: ${leaf.name}:s|ms|us|ns.`,
  })
}
