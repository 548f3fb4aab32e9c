/**
 * Row groups → units: what is read at once. Pure.
 *
 *     row groups   │▪│▪│▪│▪│▪│██████│████████████████████████████│
 *     units        │ small: one │  as is │  large: equal pieces      │
 *
 * A unit has its price however few its rows (memory of its own, a place in the order), so small neighbours are
 * read together; large ones are cut, so that memory stays bounded whatever the writer did.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { FileUnit } from '../../plan/index.ts'

export interface TimeRange {
  readonly minMs: number | null
  readonly maxMs: number | null
}

export interface UnitGroup {
  readonly rows: number
  /** Bytes of text when decoded, estimated. */
  readonly textBytes: number
  readonly time: TimeRange
}

/** Neighbours are read together up to so many rows. */
const TOGETHER_ROWS_MAX = LIMITS.unitRows / 2
/** Pieces end at a multiple of this, where pages of many writers do. */
const PIECE_STEP = 2048
/** Units of one file: 13 G rows; a footer that claims more is wrong. */
const UNITS_MAX = 100_000

/** Units in file order. `rowBytes` is what a row takes besides its text. Raises `file-corrupt` for absurd row counts. */
export function unitsOf(groups: readonly UnitGroup[], rowBytes: number, path: string): FileUnit[] {
  const units: FileUnit[] = []
  let first = 0
  for (const group of together(groups, path)) {
    const end = first + group.rows
    const step = pieceRows(group.rows)
    for (; first < end; first += step) {
      const rows = Math.min(step, end - first)
      const bytes = Math.round(rows * rowBytes + (group.textBytes * rows) / group.rows)
      const piece = step < group.rows ? { groupRowEnd: end } : {}
      const { minMs, maxMs } = group.time
      units.push({ rowFirst: first, rows, bytes, timeMinMs: minMs, timeMaxMs: maxMs, ...piece })
      if (units.length > UNITS_MAX) throw absurd(path, end)
    }
    first = end
  }
  return units
}

/** Row groups with small neighbours joined; without statistics where one of them has none. */
function together(groups: readonly UnitGroup[], path: string): UnitGroup[] {
  const joined: UnitGroup[] = []
  for (const group of groups) {
    if (!Number.isSafeInteger(group.rows) || group.rows < 0 || group.rows > UNITS_MAX * LIMITS.unitRows) {
      throw absurd(path, group.rows)
    }
    const last = joined.at(-1)
    if (last === undefined || last.rows + group.rows > TOGETHER_ROWS_MAX) joined.push(group)
    else joined[joined.length - 1] = joinedGroup(last, group)
  }
  return joined
}

function joinedGroup(a: UnitGroup, b: UnitGroup): UnitGroup {
  const known =
    a.time.minMs !== null && b.time.minMs !== null && a.time.maxMs !== null && b.time.maxMs !== null
  const time = known
    ? { minMs: Math.min(a.time.minMs!, b.time.minMs!), maxMs: Math.max(a.time.maxMs!, b.time.maxMs!) }
    : { minMs: null, maxMs: null }
  return { rows: a.rows + b.rows, textBytes: a.textBytes + b.textBytes, time }
}

/** Rows of the equal pieces a row group is cut into: whole vectors, at most `unitRows`. */
function pieceRows(rows: number): number {
  const pieces = Math.max(1, Math.ceil(rows / LIMITS.unitRows))
  return Math.max(1, Math.ceil(rows / pieces / PIECE_STEP) * PIECE_STEP)
}

function absurd(path: string, rows: number): HindcastError {
  return new HindcastError('file-corrupt', `the footer claims ${rows} rows`, {
    where: { uri: path },
    advice: 'Fetch or write the file anew, or leave it out of `files:`.',
  })
}
