/** The port between a text format and the decoder that reads its files. */

import type { Field, Schema } from '../../core/batch/index.ts'
import type { UnsupportedColumn } from '../../plan/index.ts'
import type { RecordParser } from './record-parser.ts'
import type { SampleVisitor } from './text-sample.ts'
import { TypeEvidence } from './type-evidence.ts'

export interface TextFormat {
  readonly name: 'csv' | 'jsonl'
  createParser(): RecordParser
  /** Visits the lines of one file's sample, and adds what their values say to `evidence`. */
  createSampler(evidence: ColumnEvidence): SampleVisitor & { readonly records: number }
}

/** Evidence by column name, in the order of first sight; shared by all files of a history. */
export class ColumnEvidence {
  /** What is worth a note in the plan. */
  readonly notes = new Set<string>()
  readonly #columns = new Map<string, TypeEvidence>()

  of(name: string): TypeEvidence {
    const known = this.#columns.get(name)
    if (known !== undefined) return known
    const evidence = new TypeEvidence()
    this.#columns.set(name, evidence)
    return evidence
  }

  /** Columns as the job declares them, else as the values say; `textIfUnknown`: what says nothing is text. */
  schema(
    declared: Schema,
    textIfUnknown: boolean,
  ): { readonly schema: Schema; readonly unsupported: UnsupportedColumn[] } {
    const types = new Map(declared.map(field => [field.name, field.type]))
    const schema: Field[] = []
    const unsupported: UnsupportedColumn[] = []
    for (const [name, evidence] of this.#columns) {
      const type = types.get(name) ?? evidence.decide()
      if (typeof type !== 'string') schema.push({ name, type })
      else if (textIfUnknown) schema.push({ name, type: { name: 'utf8' } })
      else unsupported.push({ name, type })
    }
    return { schema, unsupported }
  }

  /** Names whose type was told from values. */
  sniffed(declared: Schema): string[] {
    const known = new Set(declared.map(field => field.name))
    return [...this.#columns.keys()].filter(name => !known.has(name))
  }
}
