/**
 * Pieces of a scan → whole rows. The row at the end of a piece stays until it is known to be whole; its earlier cells may
 * be in earlier pieces.
 *
 * Invariant: rows are handed out once, whole, in order of strictly rising keys; anything else is `reply-invalid`.
 */

import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { BlockWalk, decodeCells } from './cell-block.ts'
import type { ScannedRows } from './cells.ts'
import type { ColumnIndex } from './column-index.ts'
import { strange } from './proto-bytes.ts'
import type { ScannedPiece } from './region-scan.ts'

/** Cells of one row in one reply. */
interface Piece {
  readonly frame: Buffer
  readonly from: number
  readonly count: number
}

interface Row {
  readonly key: Buffer
  readonly pieces: Piece[]
}

export class RowAssembly {
  readonly #columns: ColumnIndex
  readonly #leaveOut: boolean
  #rows: Row[] = []
  #isOpen = false
  #lastKey: Buffer | null = null

  constructor(columns: ColumnIndex, leaveOut: boolean) {
    this.#columns = columns
    this.#leaveOut = leaveOut
  }

  /** Key of the last row that was handed out; null: none was. */
  get lastKey(): Buffer | null {
    return this.#lastKey
  }

  /** Raises `reply-invalid`; `limit-passed` for a row that is longer than can be held. */
  add({ reply, scan }: ScannedPiece): void {
    const { frame } = reply
    const walk = new BlockWalk(frame, reply.cellsFrom)
    for (let i = 0; i < scan.cells.length; i++) {
      const count = scan.cells[i]!
      if (count === 0) continue
      const from = walk.at
      walk.skip(count)
      const [keyFrom, keyTo] = walk.rowKey(from)
      this.#addPiece(frame.subarray(keyFrom, keyTo), { frame, from, count })
      this.#isOpen = scan.partial[i] === 1
    }
    if (!walk.isAtEnd) throw strange('it has more cells than its rows')
    if (this.#isOpen) this.#boundOpen()
  }

  /** All rows that are whole, and at the end of a region the last one, too; null: there are none. */
  take(isRegionEnd: boolean): ScannedRows | null {
    const keep = this.#isOpen && !isRegionEnd ? 1 : 0
    const whole = this.#rows.splice(0, this.#rows.length - keep)
    if (keep === 0) this.#isOpen = false
    if (whole.length === 0) return null
    this.#lastKey = Buffer.from(whole.at(-1)!.key)
    return this.#decoded(whole)
  }

  /** Forgets what was not handed out: the scan starts again behind `lastKey`. */
  drop(): void {
    this.#rows = []
    this.#isOpen = false
  }

  #addPiece(key: Buffer, piece: Piece): void {
    const last = this.#rows.at(-1)
    const order = last === undefined ? -1 : Buffer.compare(last.key, key)
    if (last !== undefined && order === 0 && this.#isOpen) {
      last.pieces.push(piece)
      return
    }
    const before = last?.key ?? this.#lastKey
    if (before !== null && before !== undefined && Buffer.compare(before, key) >= 0)
      throw strange('its rows are not in order')
    this.#rows.push({ key, pieces: [piece] })
  }

  #boundOpen(): void {
    const { key, pieces } = this.#rows.at(-1)!
    let bytes = 0
    for (const { frame } of pieces) bytes += frame.length
    if (bytes <= LIMITS.hbaseAnswerBytesMax) return
    const text = key.toString('latin1').slice(0, 100)
    throw new HindcastError(
      'limit-passed',
      `row ${JSON.stringify(text)} has more than ${LIMITS.hbaseAnswerBytesMax} bytes (limit hbaseAnswerBytesMax)`,
      { advice: 'Ask for fewer versions or columns, or for a shorter range of time.' },
    )
  }

  #decoded(rows: readonly Row[]): ScannedRows {
    const bases = new Map<Buffer, number>()
    let bytes = 0
    let pieces = 0
    let keyBytes = 0
    for (const row of rows) {
      keyBytes += row.key.length
      for (const { frame } of row.pieces) {
        pieces++
        if (bases.has(frame)) continue
        bases.set(frame, bytes)
        bytes += frame.length
      }
    }
    const lines = {
      row: new Int32Array(pieces),
      from: new Int32Array(pieces),
      count: new Int32Array(pieces),
    }
    const keys = {
      rows: rows.length,
      offsets: new Int32Array(rows.length + 1),
      bytes: Buffer.alloc(keyBytes),
    }
    let p = 0
    for (let r = 0; r < rows.length; r++) {
      const { key, pieces: ofRow } = rows[r]!
      keys.bytes.set(key, keys.offsets[r]!)
      keys.offsets[r + 1] = keys.offsets[r]! + key.length
      for (const { frame, from, count } of ofRow) {
        lines.row[p] = r
        lines.from[p] = bases.get(frame)! + from
        lines.count[p++] = count
      }
    }
    const frames = [...bases.keys()]
    const joined = frames.length === 1 ? frames[0]! : Buffer.concat(frames, bytes)
    const cellPieces = { rows: rows.length, pieces, ...lines, bytes: joined }
    return { keys, cells: decodeCells(cellPieces, this.#columns, this.#leaveOut) }
  }
}
