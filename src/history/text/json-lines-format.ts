/** JSON lines as a text format. */

import { isBlank, JsonLinesParser } from './json-lines-parser.ts'
import type { LineReader } from './line-reader.ts'
import type { ColumnEvidence, TextFormat } from './text-format.ts'

export function jsonLinesFormat(): TextFormat {
  return {
    name: 'jsonl',
    createParser: () => new JsonLinesParser(),
    createSampler: evidence => new JsonLinesSampler(evidence),
  }
}

const TEXT = new TextDecoder('utf-8', { fatal: true })

class JsonLinesSampler {
  records = 0
  readonly #evidence: ColumnEvidence

  constructor(evidence: ColumnEvidence) {
    this.#evidence = evidence
  }

  visit(lines: LineReader): void {
    if (isBlank(lines.bytes, lines.start, lines.end)) return
    this.records++
    const value = parsed(lines.bytes.subarray(lines.start, lines.end))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const [name, member] of Object.entries(value)) this.#evidence.of(name).addJson(member)
  }
}

/** Undefined where it is no JSON: such a line is a bad row later and says nothing now. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(TEXT.decode(bytes))
  } catch {
    return undefined
  }
}
