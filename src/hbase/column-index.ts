/** The columns of a query, found by the bytes of their names as cells carry them: family length, family, qualifier. */

import type { CellColumn } from './cells.ts'

/** Where a name is none of the query's. Family deletes are −1 − column, so that it cannot be one of these. */
export const NO_COLUMN = -0x8000_0000

/** Columns of a query with their names as bytes. */
export class ColumnIndex {
  /** Family length, family, qualifier. */
  readonly #names: readonly Buffer[]
  /** Family length, family → −1 − (first column of the family). */
  readonly #families: readonly { readonly name: Buffer; readonly marker: number }[]

  constructor(columns: readonly CellColumn[]) {
    const families = columns.map(({ family }) => Buffer.from(family))
    this.#names = columns.map(({ qualifier }, i) =>
      Buffer.concat([Buffer.of(families[i]!.length), families[i]!, Buffer.from(qualifier)]),
    )
    this.#families = columns.flatMap(({ family }, i) =>
      columns.findIndex(column => column.family === family) === i
        ? [{ name: Buffer.concat([Buffer.of(families[i]!.length), families[i]!]), marker: -1 - i }]
        : [],
    )
  }

  /** Index of the column whose name is `bytes[from … to)`, or NO_COLUMN. */
  find(bytes: Buffer, from: number, to: number): number {
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!
      if (name.length === to - from && name.compare(bytes, from, to) === 0) return i
    }
    return NO_COLUMN
  }

  /** Marker of the family whose length and name begin at `from`, or NO_COLUMN. */
  findFamily(bytes: Buffer, from: number): number {
    const to = from + 1 + bytes[from]!
    for (const { name, marker } of this.#families) {
      if (name.length === to - from && name.compare(bytes, from, to) === 0) return marker
    }
    return NO_COLUMN
  }
}
