/**
 * The versions of many rows: gets in `Multi` calls, and their replies put together in the order of the query.
 *
 * Replies are kept as they came; cells become columns once, when the last reply is there. One reply is not even copied.
 * How many rows a call takes is learned from what the rows of a table brought before.
 */

import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { decodeCells } from './cell-block.ts'
import type { Cells, RowKeys, VersionsQuery } from './cells.ts'
import { ColumnIndex } from './column-index.ts'
import { type Actions, GetActions } from './multi-messages.ts'
import type { MultiWork } from './multi-run.ts'
import type { RowBytes } from './row-bytes.ts'
import type { Reply } from './rpc-frames.ts'

export class VersionsRead implements MultiWork {
  readonly table: string
  readonly actions: Actions
  readonly #query: VersionsQuery
  readonly #rowBytes: RowBytes
  readonly #keys: Buffer
  readonly #frames: Buffer[] = []
  #bytes = 0
  /** For each row of the query. */
  readonly #frameOf: Int32Array
  readonly #fromOf: Int32Array
  readonly #countOf: Int32Array

  constructor(query: VersionsQuery, rowBytes: RowBytes) {
    this.table = query.table
    this.#query = query
    this.#rowBytes = rowBytes
    const { rows, bytes } = query.rows
    this.#keys = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#frameOf = new Int32Array(rows)
    this.#fromOf = new Int32Array(rows)
    this.#countOf = new Int32Array(rows)
    this.actions = new GetActions(query, item => this.row(item))
  }

  row(item: number): Uint8Array {
    const { offsets } = this.#query.rows
    return this.#keys.subarray(offsets[item]!, offsets[item + 1]!)
  }

  callItems(): number {
    return this.#rowBytes.rows
  }

  replied({ frame }: Reply, items: number): void {
    this.#rowBytes.saw(frame.length, items)
    this.#bytes += frame.length
    if (this.#bytes > LIMITS.hbaseAnswerBytesMax)
      throw this.#tooMuch(LIMITS.hbaseAnswerBytesMax, 'hbaseAnswerBytesMax')
    this.#frames.push(frame)
  }

  answered(item: number, from: number, count: number): void {
    this.#frameOf[item] = this.#frames.length - 1
    this.#fromOf[item] = from
    this.#countOf[item] = count
  }

  tooLong(items: number): boolean {
    if (items === 1) return false
    this.#rowBytes.tooLong(items)
    return true
  }

  /** The answer, when all rows have theirs. Raises `reply-invalid`. */
  cells(): Cells {
    const { rows } = this.#query.rows
    const bases: number[] = []
    let base = 0
    for (const frame of this.#frames) {
      bases.push(base)
      base += frame.length
    }
    const bytes = this.#frames.length === 1 ? this.#frames[0]! : Buffer.concat(this.#frames, base)
    const row = new Int32Array(rows)
    const from = new Int32Array(rows)
    const count = new Int32Array(rows)
    let pieces = 0
    for (let r = 0; r < rows; r++) {
      if (this.#countOf[r] === 0) continue
      row[pieces] = r
      from[pieces] = bases[this.#frameOf[r]!]! + this.#fromOf[r]!
      count[pieces] = this.#countOf[r]!
      pieces++
    }
    const { columns, raw } = this.#query
    return decodeCells({ rows, pieces, row, from, count, bytes }, new ColumnIndex(columns), raw)
  }

  #tooMuch(limit: number, name: string): HindcastError {
    return new HindcastError(
      'limit-passed',
      `table ${this.table}: ${this.#query.rows.rows} rows have more than ${limit} bytes (limit ${name})`,
      { advice: 'Ask for fewer rows at once, for fewer versions, or for a shorter range of time.' },
    )
  }
}

/** Rows in order of their keys, as byte strings. */
export function rowsInOrder(keys: RowKeys): Int32Array {
  const bytes = Buffer.from(keys.bytes.buffer, keys.bytes.byteOffset, keys.bytes.length)
  const { offsets, rows } = keys
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  const compare = (a: number, b: number) =>
    bytes.compare(bytes, offsets[b]!, offsets[b + 1]!, offsets[a]!, offsets[a + 1]!)
  let isSorted = true
  for (let i = 1; i < rows && isSorted; i++) isSorted = compare(i - 1, i) <= 0
  return isSorted ? order : order.sort(compare)
}
