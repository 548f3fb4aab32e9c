/**
 * Reads one text file from its beginning, some rows at a time. Every record is either a row or a bad row: rows in =
 * rows out + bad rows, and row numbers are those of the file, bad rows counted.
 */

import type { Schema } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import type { BadRow, DecodedUnit } from '../decoder.ts'
import type { ByteStream } from './byte-stream.ts'
import { LineReader } from './line-reader.ts'
import type { ParseResult, RecordParser } from './record-parser.ts'
import { BAD_QUOTES, MORE, NO_RECORD } from './record-parser.ts'

/** Bytes of a bad row that are shown. */
const TEXT_BYTES = 500
const TEXT = new TextDecoder()

/** Why the synchronous part stopped. */
const DONE = 0
/** It needs more bytes; nothing is at hand. */
const NEEDS_MORE = 1
/** It needs more bytes behind the record at hand. */
const NEEDS_LINE = 2

export class RecordReader {
  readonly #source: ByteStream
  readonly #lines: LineReader
  readonly #parser: RecordParser
  /** Records read so far. */
  #records = 0
  /** Whether the record at hand goes on in the next line. */
  #open = false
  #ended = false

  constructor(source: ByteStream, parser: RecordParser) {
    this.#source = source
    this.#lines = new LineReader(source)
    this.#parser = parser
  }

  /** Passes over records until `row` is the next one, or the file has ended. */
  async skipTo(row: number): Promise<void> {
    if (row === this.#records) return
    this.#parser.select([])
    await this.#readUntil(row, null)
  }

  /** Columns of the rows that follow. */
  select(fields: Schema): void {
    this.#parser.select(fields)
  }

  /** The next `rows` records or, near the end of the file, fewer. */
  async read(rows: number): Promise<DecodedUnit> {
    const first = this.#records
    const bad: BadRow[] = []
    await this.#readUntil(first + rows, bad)
    const batch = this.#parser.take()
    return { batch, fileRow: bad.length === 0 ? null : rowsBetween(first, batch.rows, bad), bad }
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  async #readUntil(row: number, bad: BadRow[] | null): Promise<void> {
    for (let state = this.#run(row, bad); state !== DONE; state = this.#run(row, bad)) {
      if (await this.#lines.more(state === NEEDS_LINE)) continue
      if (state === NEEDS_MORE) return
      this.#ended = true
    }
  }

  /** Parses records in the buffer until `row` is the next one or bytes are missing. */
  #run(row: number, bad: BadRow[] | null): typeof DONE | typeof NEEDS_MORE | typeof NEEDS_LINE {
    const lines = this.#lines
    while (this.#records < row) {
      let result: ParseResult
      if (!this.#open) {
        if (!lines.next()) return NEEDS_MORE
        result = this.#parser.accept(lines, false)
      } else if (lines.extend()) {
        const fits = lines.end - lines.start <= LIMITS.recordBytesMax
        result = fits ? this.#parser.accept(lines, true) : BAD_QUOTES
      } else if (this.#ended || lines.heldBytes > LIMITS.recordBytesMax) result = BAD_QUOTES
      else return NEEDS_LINE
      this.#open = result === MORE
      if (result === MORE || result === NO_RECORD) continue
      if (result !== null) this.#addBad(result, bad)
      this.#records++
    }
    return DONE
  }

  #addBad(result: string | typeof BAD_QUOTES, bad: BadRow[] | null): void {
    // a quote without an end makes its own line bad, not all that follow
    if (result === BAD_QUOTES) {
      this.#lines.rewind()
      this.#ended = false
    }
    if (bad === null) return
    const { bytes, start, end, line } = this.#lines
    const text = TEXT.decode(bytes.subarray(start, Math.min(end, start + TEXT_BYTES)))
    bad.push({
      row: this.#records,
      line,
      reason: result === BAD_QUOTES ? 'has quotes that do not match' : result,
      text: end - start > TEXT_BYTES ? `${text}…` : text,
    })
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
