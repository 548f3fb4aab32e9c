/** Texts as the parts of records: positions, and the lines of late and quarantined events. */

import type { SampleRecords } from './sample-records.ts'

export interface TextRecord {
  readonly key: string | null
  readonly value: string
  readonly timestampMs: number
}

/** One record a text, in order. */
export function textRecords(texts: readonly TextRecord[]): SampleRecords {
  const keys = texts.map(({ key }) => Buffer.from(key ?? ''))
  const values = texts.map(({ value }) => Buffer.from(value))
  return {
    rows: texts.length,
    timestampMs: Float64Array.from(texts, ({ timestampMs }) => timestampMs),
    values: Buffer.concat(values),
    valueOffsets: offsetsOf(values),
    keys: Buffer.concat(keys),
    keyOffsets: offsetsOf(keys),
    keyNull: Uint8Array.from(texts, ({ key }) => (key === null ? 1 : 0)),
  }
}

function offsetsOf(parts: readonly Uint8Array[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1)
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length
  return offsets
}
