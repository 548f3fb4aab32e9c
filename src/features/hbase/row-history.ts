/**
 * What is known of the columns of one row: the cells that a read brought → for each column its changes, and from when on
 * they are all there.
 *
 *     cells of a column    put 9   delete ≤ 7   put 7   put 5   put 3         newest first
 *     kept deletes         9: value, 7: none, 5: value, 3: value              the past of a delete stays readable
 *     no kept deletes      9: value                                           what a delete hides is gone for every time
 *
 * Rules, those of HBase: of puts at one time there is one; a delete of a version hides the put of exactly that time, as
 * if it had never been; a delete of a column or family hides all puts up to its time, that one included (at one time the
 * delete wins).
 *
 * *Untellable*: the server keeps the newest `versionsMax` puts of a column and may have lost what is older. So a column
 * with that many puts is known from the oldest of them on, and nothing older is handed on, though it was seen: between
 * two old cells there may have been others. Hidden puts count where they are seen: they took the place of others.
 */

import { assert } from '../../errors.ts'
import type { Cells } from '../../hbase/index.ts'
import {
  CELL_DELETE_COLUMN,
  CELL_DELETE_FAMILY,
  CELL_DELETE_FAMILY_VERSION,
  CELL_DELETE_VERSION,
  CELL_PUT,
} from '../../hbase/index.ts'

export interface HistoryColumn {
  readonly family: string
  /** Puts of which the server, or the read, keeps no more. */
  readonly versionsMax: number
  readonly keepsDeleted: boolean
}

/** Value of a change that leaves none. */
export const NO_CELL = -1

const FIRST = 64

/** Changes of one row at a time; memory is used again for the next. */
export class RowHistory {
  readonly #columns: readonly HistoryColumn[]
  /** By column: its slot of family deletes, after the slots of columns. */
  readonly #familySlot: Int32Array
  readonly #slotStart: Int32Array
  readonly #slotNext: Int32Array
  #slotCells = new Int32Array(FIRST)
  /** Changes of column c are [start[c], end[c]), the newest first. */
  readonly start: Int32Array
  readonly end: Int32Array
  /** When, ms. */
  time = new Float64Array(FIRST)
  /** The cell that is the value from then on; NO_CELL: none is. */
  cell = new Int32Array(FIRST)
  /** By column: nothing is lost from this change on, ms; −Infinity: nothing at all; Infinity: it cannot be told. */
  readonly knownFrom: Float64Array

  constructor(columns: readonly HistoryColumn[]) {
    const families = [...new Set(columns.map(column => column.family))]
    const slots = columns.length + families.length
    this.#columns = columns
    this.#familySlot = Int32Array.from(columns, each => columns.length + families.indexOf(each.family))
    this.#slotStart = new Int32Array(slots + 1)
    this.#slotNext = new Int32Array(slots)
    this.start = new Int32Array(columns.length)
    this.end = new Int32Array(columns.length)
    this.knownFrom = new Float64Array(columns.length)
  }

  /** Takes row `row` of the cells. */
  load(cells: Cells, row: number): void {
    const from = cells.start[row]!
    const to = cells.start[row + 1]!
    this.#sortBySlot(cells, from, to)
    // A family's deletes may change each of its columns.
    this.#reserve((to - from) * this.#columns.length)
    let at = 0
    for (let c = 0; c < this.#columns.length; c++) {
      this.start[c] = at
      at = this.#loadColumn(cells, c, at)
      this.end[c] = at
    }
  }

  /** Groups cells by column, and deletes of a family by family, in their order. */
  #sortBySlot(cells: Cells, from: number, to: number): void {
    const starts = this.#slotStart
    if (to - from > this.#slotCells.length) this.#slotCells = new Int32Array(2 * (to - from))
    starts.fill(0)
    for (let i = from; i < to; i++) starts[this.#slotOf(cells.column[i]!) + 1]!++
    for (let s = 0; s + 1 < starts.length; s++) {
      starts[s + 1]! += starts[s]!
      this.#slotNext[s] = starts[s]!
    }
    for (let i = from; i < to; i++) {
      const slot = this.#slotOf(cells.column[i]!)
      this.#slotCells[this.#slotNext[slot]!++] = i
    }
  }

  #slotOf(column: number): number {
    return column >= 0 ? column : this.#familySlot[-1 - column]!
  }

  /** Merges a column's cells with the deletes of its family, time by time; returns where the next column begins. */
  #loadColumn(cells: Cells, c: number, first: number): number {
    const { versionsMax, keepsDeleted } = this.#columns[c]!
    const held = this.#slotCells
    const family = this.#familySlot[c]!
    let own = this.#slotStart[c]!
    let other = this.#slotStart[family]!
    const ownEnd = this.#slotStart[c + 1]!
    const otherEnd = this.#slotStart[family + 1]!
    let at = first
    let puts = 0
    let before = Infinity
    this.knownFrom[c] = -Infinity
    while (own < ownEnd || other < otherEnd) {
      const ownTime = own < ownEnd ? cells.time[held[own]!]! : -Infinity
      const otherTime = other < otherEnd ? cells.time[held[other]!]! : -Infinity
      const time = Math.max(ownTime, otherTime)
      assert(time < before, 'cells of a column come newest first')
      before = time
      let put = NO_CELL
      let isDeleted = false
      let isHidden = false
      for (; own < ownEnd && cells.time[held[own]!] === time; own++) {
        const type = cells.type[held[own]!]!
        if (type === CELL_PUT) put = put === NO_CELL ? held[own]! : put
        else if (type === CELL_DELETE_COLUMN) isDeleted = true
        else if (type === CELL_DELETE_VERSION) isHidden = true
      }
      for (; other < otherEnd && cells.time[held[other]!] === time; other++) {
        const type = cells.type[held[other]!]!
        if (type === CELL_DELETE_FAMILY) isDeleted = true
        else if (type === CELL_DELETE_FAMILY_VERSION) isHidden = true
      }
      if (isDeleted && !keepsDeleted) break
      const isValue = put !== NO_CELL && !isDeleted && !isHidden
      if (isValue || isDeleted) {
        this.time[at] = time
        this.cell[at++] = isValue ? put : NO_CELL
      }
      if (put !== NO_CELL) puts++
      if (puts < versionsMax) continue
      this.knownFrom[c] = at > first ? this.time[at - 1]! : Infinity
      break
    }
    return at
  }

  #reserve(changes: number): void {
    if (changes <= this.time.length) return
    this.time = new Float64Array(2 * changes)
    this.cell = new Int32Array(2 * changes)
  }
}
