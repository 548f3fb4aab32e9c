/**
 * The columns that decoded records are gathered in, kept from one call to the next, and what is handed out of them.
 *
 * Invariants: `rows` and the two ends only move when a whole batch was decoded (`commit`), so a batch that turns out to
 * be damaged leaves nothing behind; what `take` gives has memory of its own, so it can be sent to another thread.
 */

import type { ExplainedHole } from '../../../core/seam/index.ts'

/** Room at the beginning: what a usual fetch of a partition needs. */
const ROWS_FIRST = 8192
const BYTES_FIRST = 1024 * 1024
/** Room beyond this is given back after each take, so that one huge fetch does not hold its memory for ever. */
const ROWS_KEPT = 1024 * 1024
const BYTES_KEPT = 32 * 1024 * 1024

/** Of the columns beside the bytes. */
const ROW_BYTES = 26
const HOLE_BYTES = 64

/** Columns of decoded records, as in a RecordBatch. */
export interface TakenColumns {
  readonly rows: number
  readonly offset: Float64Array
  readonly timestampMs: Float64Array
  readonly bytes: Uint8Array
  readonly valueOffsets: Int32Array
  readonly valueNull?: Uint8Array
  readonly keyBytes: Uint8Array
  readonly keyOffsets: Int32Array
  readonly keyNull: Uint8Array
  readonly holes: readonly ExplainedHole[]
}

export class RecordColumns {
  rows = 0
  /** Bytes of values and of keys. */
  valueEnd = 0
  keyEnd = 0
  offset = new Float64Array(ROWS_FIRST)
  timestampMs = new Float64Array(ROWS_FIRST)
  valueOffsets = new Int32Array(ROWS_FIRST + 1)
  keyOffsets = new Int32Array(ROWS_FIRST + 1)
  valueNull = new Uint8Array(ROWS_FIRST)
  keyNull = new Uint8Array(ROWS_FIRST)
  bytes = new Uint8Array(BYTES_FIRST)
  keyBytes = new Uint8Array(BYTES_FIRST)
  /** Ascending; those behind `#holesCommitted` belong to the batch in hand. */
  readonly #holes: ExplainedHole[] = []
  #holesCommitted = 0
  #hasNullValue = false

  /** About the memory that `take` will hand out. */
  get sizeBytes(): number {
    return this.valueEnd + this.keyEnd + ROW_BYTES * this.rows + HOLE_BYTES * this.#holes.length
  }

  /** Makes room for so many more rows, and for `bytes` more bytes of values and of keys. */
  reserve(rows: number, bytes: number): void {
    const rowsNeeded = this.rows + rows
    if (rowsNeeded > this.offset.length) this.#growRows(Math.max(rowsNeeded, 2 * this.offset.length))
    if (this.valueEnd + bytes > this.bytes.length)
      this.bytes = grown(
        this.bytes,
        this.valueEnd,
        new Uint8Array(roomFor(this.valueEnd + bytes, this.bytes.length)),
      )
    if (this.keyEnd + bytes > this.keyBytes.length)
      this.keyBytes = grown(
        this.keyBytes,
        this.keyEnd,
        new Uint8Array(roomFor(this.keyEnd + bytes, this.keyBytes.length)),
      )
  }

  /** Offsets of the batch in hand that hold no record. */
  addHole(first: number, last: number, why: ExplainedHole['why']): void {
    this.#holes.push({ first, last, why })
  }

  /** Forgets the batch in hand. */
  rollBack(): void {
    this.#holes.length = this.#holesCommitted
  }

  /** The batch in hand is whole: its rows and holes count. */
  commit(rows: number): void {
    if (rows > this.rows) {
      this.#hasNullValue ||= this.valueNull.subarray(this.rows, rows).includes(1)
      this.rows = rows
      this.valueEnd = this.valueOffsets[rows]
      this.keyEnd = this.keyOffsets[rows]
    }
    this.#holesCommitted = this.#holes.length
  }

  /** What was gathered; then the columns are empty again. */
  take(): TakenColumns {
    const { rows } = this
    const taken = {
      rows,
      offset: this.offset.slice(0, rows),
      timestampMs: this.timestampMs.slice(0, rows),
      bytes: this.bytes.slice(0, this.valueEnd),
      valueOffsets: this.valueOffsets.slice(0, rows + 1),
      ...(this.#hasNullValue ? { valueNull: this.valueNull.slice(0, rows) } : {}),
      keyBytes: this.keyBytes.slice(0, this.keyEnd),
      keyOffsets: this.keyOffsets.slice(0, rows + 1),
      keyNull: this.keyNull.slice(0, rows),
      holes: joined(this.#holes),
    }
    this.rows = this.valueEnd = this.keyEnd = this.#holesCommitted = this.#holes.length = 0
    this.#hasNullValue = false
    if (this.offset.length > ROWS_KEPT) this.#growRows(ROWS_FIRST)
    if (this.bytes.length > BYTES_KEPT) this.bytes = new Uint8Array(BYTES_FIRST)
    if (this.keyBytes.length > BYTES_KEPT) this.keyBytes = new Uint8Array(BYTES_FIRST)
    return taken
  }

  /** New columns for `capacity` rows with the rows there are. */
  #growRows(capacity: number): void {
    const { rows } = this
    this.offset = grown(this.offset, rows, new Float64Array(capacity))
    this.timestampMs = grown(this.timestampMs, rows, new Float64Array(capacity))
    this.valueOffsets = grown(this.valueOffsets, rows + 1, new Int32Array(capacity + 1))
    this.keyOffsets = grown(this.keyOffsets, rows + 1, new Int32Array(capacity + 1))
    this.valueNull = grown(this.valueNull, rows, new Uint8Array(capacity))
    this.keyNull = grown(this.keyNull, rows, new Uint8Array(capacity))
  }
}

function roomFor(bytes: number, now: number): number {
  return Math.max(bytes, 2 * now)
}

function grown<Numbers extends Float64Array | Int32Array | Uint8Array>(
  from: Numbers,
  used: number,
  to: Numbers,
): Numbers {
  to.set(from.subarray(0, used))
  return to
}

/** Neighbours with the same reason are one hole. */
function joined(holes: readonly ExplainedHole[]): ExplainedHole[] {
  const result: ExplainedHole[] = []
  for (const hole of holes) {
    const before = result.at(-1)
    if (before !== undefined && before.last + 1 === hole.first && before.why === hole.why)
      result[result.length - 1] = { ...before, last: hole.last }
    else result.push(hole)
  }
  return result
}
