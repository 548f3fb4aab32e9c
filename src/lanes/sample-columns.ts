/**
 * A processed batch of events → a batch of samples under the plan's output schema: event columns by name, joined
 * columns as they come, and the columns the run adds.
 */

import type { Batch, Column, EventBatch, Schema } from '../core/batch/index.ts'
import { fieldIndex, setI64 } from '../core/batch/index.ts'
import { assert } from '../errors.ts'

/** Where each output column comes from: a column of the processed batch, or one made here. */
export type SampleSource = number | 'late' | 'partition' | 'offset' | 'source-offset'

/** Column that numbers the samples of a partition, unless events have offsets of their own. */
export const COUNTED_COLUMN = '_offset'

const ADDED: Readonly<Record<string, Exclude<SampleSource, number>>> = {
  _late: 'late',
  _partition: 'partition',
  _offset: 'offset',
  _source_offset: 'source-offset',
}

/** Columns of a sample that the run writes as they come; counted offsets are numbered when a file is sealed. */
export function writtenFields(output: Schema, countsOffsets: boolean): Schema {
  return countsOffsets ? output.filter(field => field.name !== COUNTED_COLUMN) : output
}

/** Resolves the output schema against the schema that leaves the last stage, once per lane. */
export function sampleSources(output: Schema, processed: Schema): readonly SampleSource[] {
  return output.map(field => {
    const index = fieldIndex(processed, field.name)
    if (index >= 0) return index
    const added = Object.hasOwn(ADDED, field.name) ? ADDED[field.name] : undefined
    assert(added !== undefined, `output column ${field.name} comes from nowhere`)
    return added
  })
}

export function sampleBatch(
  output: Schema,
  sources: readonly SampleSource[],
  events: EventBatch,
  late: boolean,
): Batch {
  const columns = sources.map(source =>
    typeof source === 'number' ? events.columns[source]! : addedColumn(source, events, late),
  )
  return { schema: output, rows: events.rows, columns }
}

function addedColumn(source: Exclude<SampleSource, number>, events: EventBatch, late: boolean): Column {
  switch (source) {
    case 'late':
      return { kind: 'i32', values: new Int32Array(events.rows).fill(late ? 1 : 0), valid: null }
    case 'partition':
      return { kind: 'i32', values: new Int32Array(events.rows).fill(events.partition), valid: null }
    case 'offset':
    case 'source-offset':
      return ownOffsets(events)
  }
}

/** Null where an event has none: NaN in a mixed batch, or no offsets at all. */
function ownOffsets(events: EventBatch): Column {
  const values = new Int32Array(2 * events.rows)
  const offsets = events.sourceOffset
  if (offsets === null) return { kind: 'i64', values, valid: new Uint8Array(events.rows) }
  let valid: Uint8Array | null = null
  for (let i = 0; i < events.rows; i++) {
    const offset = offsets[i]!
    if (Number.isNaN(offset)) {
      valid ??= new Uint8Array(events.rows).fill(1)
      valid[i] = 0
    } else {
      setI64(values, i, offset)
    }
  }
  return { kind: 'i64', values, valid }
}
