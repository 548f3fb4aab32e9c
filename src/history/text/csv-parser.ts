/**
 * CSV records → rows of typed columns. Blank lines are no records; a record with another number of fields than the
 * header, or with a value that its column's type does not hold, is a bad row.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { ColumnBuilder, TextColumn, typeText } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import { CsvRecord, DOUBLED, OPEN, PLAIN, STRAY, TOO_MANY, undouble } from './csv-record.ts'
import type { LineReader } from './line-reader.ts'
import type { ParseResult, RecordParser } from './record-parser.ts'
import { BAD_QUOTES, MORE, NO_RECORD } from './record-parser.ts'

export interface CsvOptions {
  /** One byte. */
  readonly delimiter: number
  /** Whether the first record names the columns. */
  readonly header: boolean
  /** Text that stands for null where it is not quoted. */
  readonly nullText: string
  /** Names of the columns where there is no header, in their order; further ones are `column0`, `column1` … by place. */
  readonly names: readonly string[]
}

const UTF8 = new TextEncoder()
const TEXT = new TextDecoder()
const EXCERPT_BYTES = 40

export class CsvParser implements RecordParser {
  rows = 0
  /** Names of the file's columns; null until the header has been seen. */
  names: readonly string[] | null = null
  /** The record last accepted. */
  readonly record: CsvRecord
  readonly #options: CsvOptions
  readonly #nullBytes: Uint8Array
  #fields: Schema = []
  #columns: readonly TextColumn[] = []
  /** Place of each wanted column in the file, -1 where it has none. */
  #places = new Int32Array(0)
  #scratch = new Uint8Array(256)

  constructor(options: CsvOptions) {
    this.#options = options
    this.record = new CsvRecord(options.delimiter)
    this.#nullBytes = UTF8.encode(options.nullText)
  }

  select(fields: Schema): void {
    this.#fields = fields
    this.#columns = fields.map(field => new TextColumn(new ColumnBuilder(field)))
    this.rows = 0
    this.#place()
  }

  accept(lines: LineReader, resume: boolean): ParseResult {
    if (lines.end === lines.start) return NO_RECORD
    if (lines.tooLong) return `is longer than ${LIMITS.recordBytesMax} bytes`
    const state = this.record.split(lines.bytes, lines.start, lines.end, resume)
    if (state === OPEN) return MORE
    if (state === STRAY) return BAD_QUOTES
    if (state === TOO_MANY) return `has more than ${LIMITS.columnsMax} fields`
    if (this.names === null) {
      this.names = this.#namesFrom(lines)
      this.#place()
      if (this.#options.header) return NO_RECORD
    }
    const { fields } = this.record
    if (fields !== this.names.length) return `has ${fields} fields, not ${this.names.length}`
    return this.#addRow(lines.bytes, lines.start)
  }

  take(): Batch {
    const rows = this.rows
    this.rows = 0
    return { schema: this.#fields, rows, columns: this.#columns.map(column => column.builder.take(rows)) }
  }

  /** Field `i` of the record at hand as text; null where it stands for null. */
  text(bytes: Uint8Array, from: number, i: number): string | null {
    const { start, end, form } = this.record
    const [first, last] = [from + start[i]!, from + end[i]!]
    if (form[i] === PLAIN && this.#isNull(bytes, first, last)) return null
    const text = TEXT.decode(bytes.subarray(first, last))
    return form[i] === DOUBLED ? text.replaceAll('""', '"') : text
  }

  #addRow(bytes: Uint8Array, from: number): string | null {
    const { start, end, form } = this.record
    const row = this.rows
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c]!
      const i = this.#places[c]!
      column.builder.reserveRow(row)
      if (i < 0 || (form[i] === PLAIN && this.#isNull(bytes, from + start[i]!, from + end[i]!))) {
        column.builder.setNull(row)
        continue
      }
      const reason = this.#write(column, row, bytes, from, i)
      if (reason !== null) return this.#reason(c, reason, this.text(bytes, from, i) ?? '')
    }
    this.rows = row + 1
    return null
  }

  #write(column: TextColumn, row: number, bytes: Uint8Array, from: number, i: number): string | null {
    const first = from + this.record.start[i]!
    const last = from + this.record.end[i]!
    if (this.record.form[i] !== DOUBLED) return column.write(row, bytes, first, last)
    if (this.#scratch.length < last - first) this.#scratch = new Uint8Array(2 * (last - first))
    return column.write(row, this.#scratch, 0, undouble(bytes, first, last, this.#scratch))
  }

  #isNull(bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#nullBytes
    if (end - start !== text.length) return false
    for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
    return true
  }

  #namesFrom(lines: LineReader): readonly string[] {
    return Array.from({ length: this.record.fields }, (_, i) => {
      if (this.#options.header) return this.text(lines.bytes, lines.start, i) ?? ''
      return this.#options.names[i] ?? `column${i}`
    })
  }

  #place(): void {
    this.#places = Int32Array.from(this.#fields, field => this.names?.indexOf(field.name) ?? -1)
  }

  #reason(c: number, reason: string, text: string): string {
    const { name, type } = this.#fields[c]!
    const excerpt = text.length > EXCERPT_BYTES ? `${text.slice(0, EXCERPT_BYTES)}…` : text
    return `column "${name}" (${typeText(type)}) ${reason}: ${excerpt}`
  }
}
