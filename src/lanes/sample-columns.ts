/**
 * A processed batch of events → a batch of samples under the plan's output schema: event columns by name, joined
 * columns as they come, and the columns the run adds.
 */

import type { Batch, Column, EventBatch, Schema } from '../core/batch/index.ts'
import { fieldIndex, setI64 } from '../core/batch/index.ts'
import { assert } from '../errors.ts'

/** Where each output column comes from: a column of the processed batch, or one made here. */
export type SampleSource = number | 'late' | 'partition' | 'offset' | 'source-offset'

const ADDED: Readonly<Record<string, Exclude<SampleSource, number>>> = {
  _late: 'late',
  _partition: 'partition',
  _offset: 'offset',
  _source_offset: 'source-offset',
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

export interface SamplePlace {
  /** First counted offset of the batch; null: the events' own offsets are `_offset`. */
  readonly offsetFirst: number | null
  readonly late: boolean
}

export function sampleBatch(
  output: Schema,
  sources: readonly SampleSource[],
  events: EventBatch,
  place: SamplePlace,
): Batch {
  const columns = sources.map(source =>
    typeof source === 'number' ? events.columns[source]! : addedColumn(source, events, place),
  )
  return { schema: output, rows: events.rows, columns }
}

function addedColumn(source: Exclude<SampleSource, number>, events: EventBatch, place: SamplePlace): Column {
  switch (source) {
    case 'late':
      return { kind: 'i32', values: new Int32Array(events.rows).fill(place.late ? 1 : 0), valid: null }
    case 'partition':
      return { kind: 'i32', values: new Int32Array(events.rows).fill(events.partition), valid: null }
    case 'offset':
      return place.offsetFirst === null ? ownOffsets(events) : countedOffsets(place.offsetFirst, events.rows)
    case 'source-offset':
      return ownOffsets(events)
  }
}

function countedOffsets(first: number, rows: number): Column {
  const values = new Int32Array(2 * rows)
  for (let i = 0; i < rows; i++) {
    values[2 * i] = (first + i) | 0
    values[2 * i + 1] = Math.floor((first + i) / 4294967296)
  }
  return { kind: 'i64', values, valid: null }
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
