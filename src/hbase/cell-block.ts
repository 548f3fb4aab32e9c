/**
 * Cell blocks of region servers → columns of cells. This is the hot path of all reads.
 *
 *     block  := cell*
 *     cell   := length u32, key length u32, value length u32, key, value [, tags]
 *     key    := row length u16, row, family length u8, family, qualifier, time i64, type u8
 *
 * It goes in two steps. When a reply has come, `BlockWalk` steps over as many cells as each row has, checks that all of
 * them lie inside the block, and notes where rows begin. When all replies to a query are there, `decodeCells` writes
 * the columns of all rows in the order of the query, each once, into memory of the right size. Values stay where they are.
 *
 * Invariant: no byte is read before the length in front of it was checked. Per cell no object is made.
 * Speed: 0.2–0.5 µs a cell. Source: KeyValueCodec and KeyValue of Apache HBase 2.6.
 */

import type { Cells } from './cells.ts'
import { CELL_DELETE_FAMILY, CELL_DELETE_FAMILY_VERSION } from './cells.ts'
import { type ColumnIndex, NO_COLUMN } from './column-index.ts'
import { strange } from './proto-bytes.ts'

/** The three lengths, and the fixed parts of a key. */
const LENGTHS = 12
const KEY_FIXED = 2 + 1 + 8 + 1
const TIME_AND_TYPE = 9
const TWO_TO_32 = 2 ** 32

/** Cells of rows that are still bytes: piece p is `count[p]` cells from `bytes[from[p]]` on, and of row `row[p]`. */
export interface CellPieces {
  readonly rows: number
  /** In order of rows; a row may have several, one after another. */
  readonly pieces: number
  readonly row: Int32Array
  readonly from: Int32Array
  readonly count: Int32Array
  readonly bytes: Buffer
}

/** Goes through a block, a row at a time. */
export class BlockWalk {
  readonly #data: Buffer
  /** Where the next row begins. */
  at: number

  constructor(data: Buffer, from: number) {
    this.#data = data
    this.at = from
  }

  get isAtEnd(): boolean {
    return this.at === this.#data.length
  }

  /** Steps over the cells of a row. Raises `reply-invalid`. */
  skip(cells: number): void {
    const data = this.#data
    const end = data.length
    // A cell has more bytes than this: a count that cannot be is not looped over.
    if (cells * (LENGTHS + KEY_FIXED) > end - this.at)
      throw strange(`${cells} cells are claimed in ${end - this.at} bytes`)
    let at = this.at
    for (let i = 0; i < cells; i++) {
      if (end - at < LENGTHS + KEY_FIXED) throw strange('a cell ends too soon')
      const length = data.readUInt32BE(at)
      const keyLength = data.readUInt32BE(at + 4)
      const valueLength = data.readUInt32BE(at + 8)
      if (length > end - at - 4 || keyLength < KEY_FIXED || keyLength + valueLength > length - 8)
        throw strange(
          `a cell has lengths ${length}, ${keyLength} and ${valueLength} where ${end - at - 4} are left`,
        )
      const rowLength = data.readUInt16BE(at + LENGTHS)
      if (rowLength > keyLength - KEY_FIXED)
        throw strange(`a row key has ${rowLength} bytes in a key of ${keyLength}`)
      const familyLength = data[at + LENGTHS + 2 + rowLength]!
      if (familyLength > keyLength - KEY_FIXED - rowLength)
        throw strange(`a family has ${familyLength} bytes in a key of ${keyLength}`)
      at += 4 + length
    }
    this.at = at
  }

  /** Where the row key of the cell at `at` lies, as [from, to). The cell has been stepped over before. */
  rowKey(at: number): [from: number, to: number] {
    const from = at + LENGTHS + 2
    return [from, from + this.#data.readUInt16BE(at + LENGTHS)]
  }
}

/**
 * The columns of all cells. `leaveOut` drops those of columns that were not asked for; else they raise `reply-invalid`.
 * Rows without a piece have no cells.
 */
export function decodeCells(pieces: CellPieces, columns: ColumnIndex, leaveOut: boolean): Cells {
  let cells = 0
  for (let p = 0; p < pieces.pieces; p++) cells += pieces.count[p]!
  const start = new Int32Array(pieces.rows + 1)
  const out: OpenCells = {
    column: new Int32Array(cells),
    time: new Float64Array(cells),
    type: new Uint8Array(cells),
    valueFrom: new Int32Array(cells),
    valueTo: new Int32Array(cells),
  }
  let length = 0
  let row = 0
  for (let p = 0; p < pieces.pieces; p++) {
    while (row < pieces.row[p]!) start[++row] = length
    length = decodePiece(pieces.bytes, pieces.from[p]!, pieces.count[p]!, columns, leaveOut, out, length)
  }
  while (row < pieces.rows) start[++row] = length
  const whole = length === cells
  return {
    rows: pieces.rows,
    start,
    column: whole ? out.column : out.column.subarray(0, length),
    time: whole ? out.time : out.time.subarray(0, length),
    type: whole ? out.type : out.type.subarray(0, length),
    valueFrom: whole ? out.valueFrom : out.valueFrom.subarray(0, length),
    valueTo: whole ? out.valueTo : out.valueTo.subarray(0, length),
    bytes: pieces.bytes,
  }
}

interface OpenCells {
  readonly column: Int32Array
  readonly time: Float64Array
  readonly type: Uint8Array
  readonly valueFrom: Int32Array
  readonly valueTo: Int32Array
}

/** Where the next cell goes. The bytes were checked by a BlockWalk. */
function decodePiece(
  bytes: Buffer,
  from: number,
  count: number,
  columns: ColumnIndex,
  leaveOut: boolean,
  out: OpenCells,
  outFrom: number,
): number {
  let to = outFrom
  let at = from
  // Cells of a column come one after another: the name is looked up when it changes.
  let nameFrom = 0
  let nameLength = -1
  let known = -1
  for (let i = 0; i < count; i++) {
    const length = u32(bytes, at)
    const key = at + LENGTHS
    const keyEnd = key + u32(bytes, at + 4)
    const name = key + 2 + ((bytes[key]! << 8) | bytes[key + 1]!)
    const stamp = keyEnd - TIME_AND_TYPE
    const type = bytes[keyEnd - 1]!
    if (stamp - name !== nameLength || !sameBytes(bytes, nameFrom, name, nameLength)) {
      nameFrom = name
      nameLength = stamp - name
      known = columns.find(bytes, name, stamp)
    }
    const isFamily = type === CELL_DELETE_FAMILY || type === CELL_DELETE_FAMILY_VERSION
    const column = isFamily ? columns.findFamily(bytes, name) : known
    if (column !== NO_COLUMN) {
      const high =
        (bytes[stamp]! << 24) | (bytes[stamp + 1]! << 16) | (bytes[stamp + 2]! << 8) | bytes[stamp + 3]!
      if (high >>> 21 !== 0) throw strange('the time of a cell is below 0 or above 2^53')
      out.column[to] = column
      out.time[to] = high * TWO_TO_32 + u32(bytes, stamp + 4)
      out.type[to] = type
      out.valueFrom[to] = keyEnd
      out.valueTo[to] = keyEnd + u32(bytes, at + 8)
      to++
    } else if (!leaveOut) throw strange('it has a column that was not asked for')
    at += 4 + length
  }
  return to
}

function u32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function sameBytes(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
