/** JSON lines → rows of typed columns: one object a line, blank lines are no records. */

import type { Batch, JsonRows, Schema } from '../../core/batch/index.ts'
import { createJsonRows } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import type { LineReader } from './line-reader.ts'
import type { ParseResult, RecordParser } from './record-parser.ts'
import { NO_RECORD } from './record-parser.ts'

export class JsonLinesParser implements RecordParser {
  #rows: JsonRows | null = null

  get rows(): number {
    return this.#rows?.rows ?? 0
  }

  select(fields: Schema): void {
    this.#rows = fields.length === 0 ? null : createJsonRows(fields)
  }

  accept(lines: LineReader): ParseResult {
    const { bytes, start, end } = lines
    if (isBlank(bytes, start, end)) return NO_RECORD
    if (lines.tooLong) return `is longer than ${LIMITS.recordBytesMax} bytes`
    return this.#rows === null ? null : this.#rows.pushBytes(bytes, start, end)
  }

  take(): Batch {
    return this.#rows?.take() ?? { schema: [], rows: 0, columns: [] }
  }
}

/** Whether a line holds nothing but spaces and tabs. */
export function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (bytes[p] !== 0x20 && bytes[p] !== 0x09) return false
  return true
}
