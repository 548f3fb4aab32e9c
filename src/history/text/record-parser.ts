/**
 * What a text format makes of the lines of its files: the part of reading that differs between CSV and JSON lines.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import type { LineReader } from './line-reader.ts'

/** The record goes on in the next line. */
export const MORE = Symbol('the record goes on')
/** The lines at hand are no record: a header, a blank line. */
export const NO_RECORD = Symbol('no record')

/** Its quotes do not match: only the first of its lines is given up. */
export const BAD_QUOTES = Symbol('quotes do not match')

/** Null: a row has been added. Text: why the record at hand cannot be used. */
export type ParseResult = string | null | typeof MORE | typeof NO_RECORD | typeof BAD_QUOTES

/** Parses one file. */
export interface RecordParser {
  /** Which columns rows are made of from now on; drops rows not yet taken. No columns: records are only told apart. */
  select(fields: Schema): void
  /** Parses the lines at hand; `resume` after `MORE`, with one more line. */
  accept(lines: LineReader, resume: boolean): ParseResult
  /** Rows added since the last `take`. */
  readonly rows: number
  take(): Batch
}
