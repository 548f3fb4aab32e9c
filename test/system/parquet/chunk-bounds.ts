/**
 * Bounds of column chunks as Hindcast reads them, held against the values: every value lies within them, and the null
 * count is right. (That a bound is the tightest one is no promise of the format.)
 */
import type { LeafColumn, ParquetFile } from '../../../src/parquet/index.ts'
import { boundsOf } from '../../../src/parquet/index.ts'
import type { Cell } from './cells.ts'

export function boundsComplaints(file: ParquetFile, leaf: LeafColumn, cells: readonly Cell[]): string[] {
  let first = 0
  return file.metadata.rowGroups.flatMap(({ rows, columns }, g) => {
    const part = cells.slice(first, first + rows)
    first += rows
    const { statistics } = columns[leaf.index]!
    const place = `${leaf.name}, row group ${g}`
    const nulls = part.filter(cell => cell === null).length
    const wrongNulls = statistics !== null && statistics.nulls !== null && statistics.nulls !== nulls
    const complaints = wrongNulls ? [`${place}: ${statistics.nulls} nulls claimed, ${nulls} found`] : []
    const bounds = boundsOf(leaf, statistics)
    if (bounds === null) return complaints
    const outside = part.find(
      cell => cell !== null && cell !== 'nan' && !isWithin(keyOf(cell, bounds.min), bounds.min, bounds.max),
    )
    if (outside !== undefined) complaints.push(`${place}: ${outside} lies outside its bounds`)
    return complaints
  })
}

type Key = bigint | number | Uint8Array

/** The value of a cell in the form that a bound has. */
function keyOf(cell: string, like: Key): Key {
  if (like instanceof Uint8Array) return Buffer.from(cell, 'hex')
  if (typeof like === 'number') return Buffer.from(cell, 'hex').readDoubleBE()
  return cell === 'true' ? 1n : cell === 'false' ? 0n : BigInt(cell)
}

function isWithin(value: Key, min: Key, max: Key): boolean {
  if (value instanceof Uint8Array)
    return Buffer.compare(min as Uint8Array, value) <= 0 && Buffer.compare(value, max as Uint8Array) <= 0
  return !(min instanceof Uint8Array) && !(max instanceof Uint8Array) && min <= value && value <= max
}
