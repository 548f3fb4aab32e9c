/**
 * Cells → versions (C4), row by row, on their way into a version table.
 *
 * `cell`: each column is looked up on its own. Where any of them changes there is a version, with the newest value of
 * each and that value's own time, so that one search finds them all and each has its own age:
 *
 *     n       7@10  ─────────────  8@30                     version of   10        20        30
 *     mean            0.5@20  ───────────  deleted@40                    7@10      7@10      8@30 …
 *                                                                        –         0.5@20    0.5@20
 *
 * `row`: puts of one time are one version, and what it lacks is null. A delete of a column leaves that version, with its
 * time, without the column, from the delete on; once all are deleted the version's time is that of the earliest delete.
 *
 * Versions from before the row is known (see row-history.ts) are not made. Of those before the range of the request only
 * the newest is, and none after it.
 */

import type { VersionChunk } from '../../core/asof/index.ts'
import type { Column, Schema } from '../../core/batch/index.ts'
import { ColumnBuilder } from '../../core/batch/index.ts'
import type { Cells } from '../../hbase/index.ts'
import type { CellColumnJob } from '../../job/index.ts'
import type { BadCells } from './bad-cells.ts'
import { cellColumnType, writeCell } from './cell-value.ts'
import type { HistoryColumn } from './row-history.ts'
import { NO_CELL, RowHistory } from './row-history.ts'

/** A column of the feature: its cell, how values are written, and what its family keeps. */
export type StoredColumn = CellColumnJob & HistoryColumn

/** Version times that lookups can see, ms: the newest before `fromMs`, and all in [fromMs, untilMs]. */
export interface VersionRange {
  readonly fromMs: number
  readonly untilMs: number
}

export interface CellVersionsOptions {
  readonly columns: readonly StoredColumn[]
  readonly version: 'row' | 'cell'
  readonly range: VersionRange
  readonly ticksPerMs: number
  /** `lag` of the feature, ticks: `available` of a version counts it. */
  readonly lag: number
  readonly bad: BadCells
}

/** Versions of some rows. */
export interface TakenVersions {
  /** Value columns; with `version: cell` then as many columns with the time of each value: see `cellSchema`. */
  readonly chunk: VersionChunk
  /** Row of each version, counted from the first of the cells. */
  readonly rows: Int32Array
  /** By row: from when on it is known, ticks; −Infinity: always. */
  readonly knownFrom: Float64Array
}

/** What chunks have: the columns of the feature and, with `version: cell`, the times of their values, in ticks. */
export function cellSchema(columns: readonly StoredColumn[], version: 'row' | 'cell'): Schema {
  const values = columns.map(({ name, type }) => ({ name, type: cellColumnType(type) }))
  if (version === 'row') return values
  return [...values, ...columns.map(({ name }) => ({ name, type: { name: 'float64' as const } }))]
}

/** Makes the versions of all rows of the cells. */
export function versionsOfCells(cells: Cells, options: CellVersionsOptions): TakenVersions {
  return new CellVersions(cells, options).make()
}

const ROWS_FIRST = 256

const NOTHING = 0
const PUT = 1
const LESS = 2

class CellVersions {
  readonly #cells: Cells
  readonly #options: CellVersionsOptions
  readonly #history: RowHistory
  readonly #builders: readonly ColumnBuilder[]
  readonly #times: readonly ColumnBuilder[]
  #time = new Float64Array(ROWS_FIRST)
  /** When each becomes the answer, ms: later than its time where a delete left it so. */
  #at = new Float64Array(ROWS_FIRST)
  #isAtLater = false
  #row = new Int32Array(ROWS_FIRST)
  #deleted = new Uint8Array(ROWS_FIRST)
  #versions = 0
  // State of the row at hand: the value of each column, since when (of a version of puts: since when it is deleted), and
  // the next change to come.
  readonly #cell: Int32Array
  readonly #since: Float64Array
  readonly #next: Int32Array
  readonly #lastBad: Int32Array
  /** With `version: row`: time of the puts, or since when all columns are deleted; −Infinity: neither was seen. */
  #versionTime = -Infinity

  constructor(cells: Cells, options: CellVersionsOptions) {
    const { columns, version } = options
    const builders = cellSchema(columns, version).map(field => new ColumnBuilder(field))
    this.#cells = cells
    this.#options = options
    this.#history = new RowHistory(columns)
    this.#builders = builders.slice(0, columns.length)
    this.#times = builders.slice(columns.length)
    this.#cell = new Int32Array(columns.length)
    this.#since = new Float64Array(columns.length)
    this.#next = new Int32Array(columns.length)
    this.#lastBad = new Int32Array(columns.length).fill(NO_CELL)
  }

  make(): TakenVersions {
    const { rows } = this.#cells
    const { version, ticksPerMs } = this.#options
    const knownFrom = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      this.#history.load(this.#cells, row)
      const from = version === 'cell' ? this.#eachCell(row) : this.#eachRow(row)
      knownFrom[row] = from * ticksPerMs
    }
    const count = this.#versions
    const take = (builder: ColumnBuilder): Column => builder.take(count)
    const chunk = {
      rows: count,
      time: this.#time.slice(0, count),
      sub: null,
      available: this.#isAtLater ? this.#at.slice(0, count) : null,
      availableSub: null,
      deleted: version === 'row' ? this.#deleted.slice(0, count) : null,
      columns: [...this.#builders.map(take), ...this.#times.map(take)],
    }
    return { chunk, rows: this.#row.slice(0, count), knownFrom }
  }

  /** Versions of a row whose columns are on their own; returns from when on it is known. */
  #eachCell(row: number): number {
    const { fromMs, untilMs } = this.#options.range
    const known = this.#begin()
    let pending = -Infinity
    for (let time = this.#nextTime(); time <= untilMs; time = this.#nextTime()) {
      if (time >= fromMs && pending > -Infinity) {
        this.#emit(row, pending)
        pending = -Infinity
      }
      this.#apply(time)
      if (time < known) continue
      if (time < fromMs) pending = time
      else this.#emit(row, time)
    }
    if (pending > -Infinity) this.#emit(row, pending)
    return known
  }

  /** The same of a row whose puts of one time are one version. */
  #eachRow(row: number): number {
    const { fromMs, untilMs } = this.#options.range
    let known = this.#begin()
    // What a delete leaves of a version is only known if that version is.
    let isKnown = known === -Infinity
    if (!isKnown) known = Infinity
    let pending = -Infinity
    for (let time = this.#nextTime(); time < Infinity; time = this.#nextTime()) {
      if (time > untilMs && isKnown) break
      if (time >= fromMs && pending > -Infinity) {
        this.#emit(row, pending)
        pending = -Infinity
      }
      const change = this.#applyRow(time)
      if (!isKnown && change === PUT && time >= this.#knownAll) {
        isKnown = true
        known = time
      }
      if (!isKnown || change === NOTHING || time > untilMs) continue
      if (time < fromMs) pending = time
      else this.#emit(row, time)
    }
    if (pending > -Infinity) this.#emit(row, pending)
    return known
  }

  /** From when on all columns are known. */
  #knownAll = -Infinity

  #begin(): number {
    const { end, knownFrom } = this.#history
    const { version } = this.#options
    this.#versionTime = -Infinity
    let known = -Infinity
    for (let c = 0; c < end.length; c++) {
      this.#cell[c] = NO_CELL
      this.#since[c] = version === 'row' ? -Infinity : Number.NaN
      this.#next[c] = end[c]! - 1
      if (knownFrom[c]! > known) known = knownFrom[c]!
    }
    this.#knownAll = known
    return known
  }

  /** Time of the next change of any column; Infinity: there is none. */
  #nextTime(): number {
    const { start, time } = this.#history
    let least = Infinity
    for (let c = 0; c < start.length; c++) {
      const at = this.#next[c]!
      if (at >= start[c]! && time[at]! < least) least = time[at]!
    }
    return least
  }

  #isNext(c: number, time: number): boolean {
    const at = this.#next[c]!
    return at >= this.#history.start[c]! && this.#history.time[at] === time
  }

  #apply(time: number): void {
    for (let c = 0; c < this.#next.length; c++) {
      if (!this.#isNext(c, time)) continue
      this.#cell[c] = this.#history.cell[this.#next[c]!--]!
      this.#since[c] = time
    }
  }

  /** PUT: the version is what was put; LESS: what deletes leave of the one before; NOTHING: nothing changes. */
  #applyRow(time: number): number {
    const { cell } = this.#history
    let isPut = false
    for (let c = 0; c < this.#next.length; c++)
      if (this.#isNext(c, time) && cell[this.#next[c]!] !== NO_CELL) isPut = true
    let goneFrom = Infinity
    let isChanged = isPut
    for (let c = 0; c < this.#next.length; c++) {
      const before = this.#cell[c]!
      const isNext = this.#isNext(c, time)
      if (isNext) this.#cell[c] = cell[this.#next[c]!--]!
      else if (isPut) this.#cell[c] = NO_CELL
      if (isPut) this.#since[c] = -Infinity
      else if (isNext) this.#since[c] = time
      if (this.#cell[c] !== before) isChanged = true
      goneFrom = Math.min(goneFrom, this.#since[c]!)
    }
    if (isPut) this.#versionTime = time
    else if (goneFrom > this.#versionTime) {
      this.#versionTime = goneFrom
      isChanged = true
    }
    return isPut ? PUT : isChanged ? LESS : NOTHING
  }

  /** Appends what is true of the row from `from` on. */
  #emit(row: number, from: number): void {
    const at = this.#versions
    if (at === this.#time.length) this.#grow()
    const { ticksPerMs, lag, version } = this.#options
    const time = version === 'row' ? this.#versionTime : from
    this.#time[at] = time * ticksPerMs
    this.#at[at] = from * ticksPerMs + lag
    if (from > time) this.#isAtLater = true
    this.#row[at] = row
    let isLeft = 0
    for (let c = 0; c < this.#cell.length; c++) {
      const builder = this.#builders[c]!
      builder.reserveRow(at)
      if (this.#cell[c] === NO_CELL) builder.setNull(at)
      else {
        isLeft = 1
        this.#write(c, builder, at, row)
      }
      const times = this.#times[c]
      if (times === undefined) continue
      times.reserveRow(at)
      times.setValid(at)
      times.float64[at] = this.#since[c]! * ticksPerMs
    }
    this.#deleted[at] = 1 - isLeft
    this.#versions = at + 1
  }

  /** A value that goes on through several versions is counted once where it is bad. */
  #write(c: number, builder: ColumnBuilder, at: number, row: number): void {
    const { bytes, valueFrom, valueTo, time } = this.#cells
    const cell = this.#cell[c]!
    const column = this.#options.columns[c]!
    if (writeCell(column.type, bytes, valueFrom[cell]!, valueTo[cell]!, builder, at)) return
    if (this.#lastBad[c] === cell) return
    this.#lastBad[c] = cell
    this.#options.bad.add({ row, column, timeMs: time[cell]!, bytes: valueTo[cell]! - valueFrom[cell]! })
  }

  #grow(): void {
    const length = 2 * this.#time.length
    this.#time = grown(this.#time, new Float64Array(length))
    this.#at = grown(this.#at, new Float64Array(length))
    this.#row = grown(this.#row, new Int32Array(length))
    this.#deleted = grown(this.#deleted, new Uint8Array(length))
  }
}

function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
