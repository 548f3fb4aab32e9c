/**
 * Reads one text file from its beginning, some rows at a time. Every record is either a row or a bad row: rows in =
 * rows out + bad rows, and row numbers are those of the file, bad rows counted.
 */

import type { Schema } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import type { BadRow, DecodedUnit } from '../decoder.ts'
import type { ByteSource } from './byte-source.ts'
import { LineReader } from './line-reader.ts'
import type { ParseResult, RecordParser } from './record-parser.ts'
import { MORE, NO_RECORD } from './record-parser.ts'

/** Bytes of a bad row that are shown. */
const TEXT_BYTES = 500
const TEXT = new TextDecoder()

export class RecordReader {
  readonly #source: ByteSource
  readonly #lines: LineReader
  readonly #parser: RecordParser
  /** Records read so far. */
  #records = 0

  constructor(source: ByteSource, parser: RecordParser) {
    this.#source = source
    this.#lines = new LineReader(source)
    this.#parser = parser
  }

  /** Passes over records until `row` is the next one, or the file has ended. */
  async skipTo(row: number): Promise<void> {
    this.#parser.select([])
    while (this.#records < row) {
      const result = await this.#nextRecord()
      if (result === null) return
      this.#parser.take()
    }
  }

  /** Columns of the rows that follow. */
  select(fields: Schema): void {
    this.#parser.select(fields)
  }

  /** The next `rows` records or, near the end of the file, fewer. */
  async read(rows: number): Promise<DecodedUnit> {
    const first = this.#records
    const bad: BadRow[] = []
    while (this.#records < first + rows) {
      const line = await this.#nextRecord()
      if (line === null) break
      if (line.reason !== null) {
        bad.push({ row: this.#records - 1, line: line.line, reason: line.reason, text: this.#text() })
      }
    }
    const batch = this.#parser.take()
    return { batch, fileRow: bad.length === 0 ? null : rowsBetween(first, batch.rows, bad), bad }
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  /** Reads one record; null at the end of the file. */
  async #nextRecord(): Promise<{ readonly line: number; readonly reason: string | null } | null> {
    const lines = this.#lines
    for (;;) {
      while (!lines.next()) if (!(await lines.more(false))) return null
      let result = this.#parser.accept(lines, false)
      while (result === MORE) {
        result = (await this.#extended()) ? this.#parser.accept(lines, true) : this.#unclosed()
      }
      if (result === NO_RECORD) continue
      this.#records++
      return { line: lines.line, reason: result }
    }
  }

  /** Adds a line to the record at hand; false where none is left or the record is too long. */
  async #extended(): Promise<boolean> {
    const lines = this.#lines
    while (!lines.extend()) {
      if (lines.heldBytes > LIMITS.recordBytesMax || !(await lines.more(true))) return false
    }
    return lines.end - lines.start <= LIMITS.recordBytesMax
  }

  /** A quote without an end makes its own line bad, not all that follow. */
  #unclosed(): ParseResult {
    this.#lines.rewind()
    return 'has a quote that is not closed'
  }

  #text(): string {
    const { bytes, start, end } = this.#lines
    const text = TEXT.decode(bytes.subarray(start, Math.min(end, start + TEXT_BYTES)))
    return end - start > TEXT_BYTES ? `${text}…` : text
  }
}

/** File rows of the good rows: those from `first` on that are not bad. */
function rowsBetween(first: number, rows: number, bad: readonly BadRow[]): Float64Array {
  const fileRow = new Float64Array(rows)
  let row = first
  let b = 0
  for (let i = 0; i < rows; i++, row++) {
    for (; b < bad.length && bad[b]!.row === row; b++) row++
    fileRow[i] = row
  }
  return fileRow
}
