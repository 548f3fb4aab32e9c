/** CSV as a text format. */

import type { Schema } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import type { CsvOptions } from './csv-parser.ts'
import { CsvParser } from './csv-parser.ts'
import type { LineReader } from './line-reader.ts'
import { MORE, NO_RECORD } from './record-parser.ts'
import type { ColumnEvidence, TextFormat } from './text-format.ts'

/** How the job says its CSV files are written. */
export interface CsvForm {
  readonly delimiter: string
  readonly header: boolean
  readonly null: string
}

/** `declared` names the columns of files without a header. */
export function csvFormat(form: CsvForm, declared: Schema): TextFormat {
  const delimiter = new TextEncoder().encode(form.delimiter)
  if (delimiter.length !== 1) {
    throw new HindcastError('unsupported', `a CSV delimiter of ${delimiter.length} bytes is not read yet`, {
      advice: 'Use a delimiter of one byte, such as "," ";" "|" or a tab.',
    })
  }
  const options: CsvOptions = {
    delimiter: delimiter[0]!,
    header: form.header,
    nullText: form.null,
    names: declared.map(field => field.name),
  }
  return {
    name: 'csv',
    createParser: () => new CsvParser(options),
    createSampler: evidence => new CsvSampler(new CsvParser(options), evidence),
  }
}

class CsvSampler {
  records = 0
  readonly #parser: CsvParser
  readonly #evidence: ColumnEvidence

  constructor(parser: CsvParser, evidence: ColumnEvidence) {
    this.#parser = parser
    this.#evidence = evidence
    parser.select([])
  }

  visit(lines: LineReader, tail: boolean): void {
    // without the header of its file, the tail says nothing
    if (tail && this.#parser.names === null) return
    const isFirst = this.#parser.names === null
    let result = this.#parser.accept(lines, false)
    while (result === MORE && lines.extend()) result = this.#parser.accept(lines, true)
    if (result === MORE) lines.rewind()
    if (isFirst) this.#addNames(this.#parser.names ?? [])
    if (result !== NO_RECORD) this.records++
    if (result !== null) return
    this.#parser.take()
    const names = this.#parser.names!
    for (let i = 0; i < names.length; i++) {
      if (names.indexOf(names[i]!) === i)
        this.#evidence.of(names[i]!).addText(this.#parser.text(lines.bytes, lines.start, i))
    }
  }
  #addNames(names: readonly string[]): void {
    for (const [i, name] of names.entries()) {
      this.#evidence.of(name)
      if (names.indexOf(name) < i)
        this.#evidence.notes.add(`two columns are called ${name}: the first is read`)
    }
  }
}
