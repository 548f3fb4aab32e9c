/** How many rows to ask for at once, learned from what the rows of a table brought before. */

/** Weight of the newest reply in what is expected of the next. */
const NEWEST_SHARE = 0.3

export interface RowBounds {
  /** Rows, when nothing is known of their length. */
  readonly rowsFirst: number
  readonly rowsMax: number
  /** What all rows asked for at once should bring, bytes; a single row may bring more. */
  readonly bytes: number
}

/** Bytes that a row of one table brings, as far as seen. */
export class RowBytes {
  readonly #bounds: RowBounds
  #bytes: number | null = null

  constructor(bounds: RowBounds) {
    this.#bounds = bounds
  }

  /** Rows to ask for next. */
  get rows(): number {
    const { rowsFirst, rowsMax, bytes } = this.#bounds
    if (this.#bytes === null) return Math.min(rowsMax, rowsFirst)
    return Math.max(1, Math.min(rowsMax, Math.floor(bytes / this.#bytes)))
  }

  saw(bytes: number, rows: number): void {
    const ofRow = Math.max(1, bytes / rows)
    // What is longer than expected counts at once, what is shorter bit by bit.
    const before = this.#bytes ?? ofRow
    this.#bytes = ofRow > before ? ofRow : before + NEWEST_SHARE * (ofRow - before)
  }

  /** So many rows brought more than a reply may have: the next are half of them at most. */
  tooLong(rows: number): void {
    this.#bytes = Math.max(this.#bytes ?? 0, this.#bounds.bytes / Math.max(1, Math.floor(rows / 2)))
  }
}
