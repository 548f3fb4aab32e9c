/**
 * Cells whose bytes are no value of their column: they are null in the version, so they are counted here, and the first
 * is told in words.
 */

import type { CellColumnJob } from '../../job/index.ts'
import { cellForm } from './cell-value.ts'

export interface BadCell {
  /** Row of the read that brought it. */
  readonly row: number
  readonly column: CellColumnJob
  readonly timeMs: number
  readonly bytes: number
}

export class BadCells {
  readonly #table: string
  #count = 0
  #first: string | null = null
  /** Names a row of the read at hand. */
  rowText: (row: number) => string = String

  constructor(table: string) {
    this.#table = table
  }

  get count(): number {
    return this.#count
  }

  /** Table, row, column, time and what is wrong with the first; null: there is none. */
  get first(): string | null {
    return this.#first
  }

  add({ row, column, timeMs, bytes }: BadCell): void {
    this.#count++
    if (this.#first !== null) return
    const cell = `${column.family}:${column.qualifier}`
    const wrong =
      cellForm(column.type) === 'UTF-8'
        ? `are not UTF-8`
        : `are not the ${cellForm(column.type)} of ${column.type}`
    this.#first = `table ${this.#table}, row ${this.rowText(row)}, cell ${cell} at ${timeMs} ms: ${bytes} bytes ${wrong}`
  }
}
