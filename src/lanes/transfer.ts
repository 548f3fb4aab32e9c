/**
 * Who owns which partitions, the part of one partition in a lane's share of an emission, and the buffers to transfer
 * with it. A lane owns neighbouring partitions, so its share is one set of columns that history scatters into directly.
 */

import type { EventBatch } from '../core/batch/index.ts'
import { CodedStrings, isCoded, sliceEvents } from '../core/batch/index.ts'

/** Which partitions each lane owns: [first, end) of nearly equal length. Lanes without a partition are left out. */
export function laneRanges(partitions: number, lanes: number): { first: number; end: number }[] {
  const used = Math.min(lanes, partitions)
  return Array.from({ length: used }, (_, lane) => ({
    first: Math.floor((lane * partitions) / used),
    end: Math.floor(((lane + 1) * partitions) / used),
  }))
}

/** The part of one partition, as views. */
export function partitionEvents(
  events: EventBatch,
  starts: Int32Array,
  index: number,
  partition: number,
): EventBatch {
  return { ...sliceEvents(events, starts[index]!, starts[index + 1]!), partition }
}

/** Events as they came out of another thread, where an object keeps its members and loses its class. */
export function received(events: EventBatch): EventBatch {
  const columns = events.columns.map(column => {
    if (isCoded(column) || !('codes' in column)) return column
    const { codes, entries, valid } = column as CodedStrings
    return new CodedStrings(codes, entries, valid)
  })
  return { ...events, columns }
}

/** Every distinct ArrayBuffer under the events but those of dictionaries, which several lanes get. */
export function buffersOf(events: EventBatch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const add = (array: { readonly buffer: ArrayBufferLike } | null): void => {
    if (array !== null && array.buffer instanceof ArrayBuffer) buffers.add(array.buffer)
  }
  add(events.time)
  add(events.sub)
  add(events.sourceOffset)
  for (const column of events.columns) {
    add(column.valid)
    if (isCoded(column)) add(column.codes)
    else if (column.kind === 'bytes') {
      add(column.offsets)
      add(column.bytes)
    } else {
      add(column.values)
    }
  }
  return [...buffers]
}
