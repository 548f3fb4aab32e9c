/**
 * Cutting an emission of history into what each lane owns, and the list of buffers to transfer with it.
 *
 * A lane owns neighbouring partitions, and an emission lies partition by partition, so a lane's share is one range of
 * every column. With one lane the emission moves as it is; with several each range is copied once (a buffer can be
 * transferred to one thread only).
 */

import type { Column, EventBatch } from '../core/batch/index.ts'
import { sliceEvents } from '../core/batch/index.ts'

export interface LaneShare {
  readonly events: EventBatch
  /** Owned partitions + 1 entries. */
  readonly starts: Int32Array
  readonly transfer: ArrayBuffer[]
}

/** Which partitions each lane owns: [first, end) of nearly equal length. Lanes without a partition are left out. */
export function laneRanges(partitions: number, lanes: number): { first: number; end: number }[] {
  const used = Math.min(lanes, partitions)
  return Array.from({ length: used }, (_, lane) => ({
    first: Math.floor((lane * partitions) / used),
    end: Math.floor(((lane + 1) * partitions) / used),
  }))
}

export function laneShare(
  events: EventBatch,
  starts: Int32Array,
  range: { first: number; end: number },
): LaneShare {
  const from = starts[range.first]!
  const to = starts[range.end]!
  const shareStarts = new Int32Array(range.end - range.first + 1)
  for (let p = range.first; p <= range.end; p++) shareStarts[p - range.first] = starts[p]! - from
  const whole = from === 0 && to === events.rows
  const share = whole ? events : compactEvents(sliceEvents(events, from, to))
  return { events: share, starts: shareStarts, transfer: buffersOf(share) }
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

/** The same events in buffers of their own. */
function compactEvents(events: EventBatch): EventBatch {
  return {
    ...events,
    columns: events.columns.map(compactColumn),
    time: events.time.slice(),
    sub: events.sub === null ? null : events.sub.slice(),
    sourceOffset: events.sourceOffset === null ? null : events.sourceOffset.slice(),
  }
}

function compactColumn(column: Column): Column {
  const valid = column.valid === null ? null : column.valid.slice()
  switch (column.kind) {
    case 'i32':
    case 'i64':
      return { kind: column.kind, values: column.values.slice(), valid }
    case 'f64':
      return { kind: 'f64', values: column.values.slice(), valid }
    case 'bytes': {
      const first = column.offsets[0]!
      const offsets = column.offsets.slice()
      if (first !== 0) for (let i = 0; i < offsets.length; i++) offsets[i]! -= first
      return {
        kind: 'bytes',
        offsets,
        bytes: column.bytes.slice(first, column.offsets[column.offsets.length - 1]),
        valid,
      }
    }
  }
}

/** Every distinct ArrayBuffer under the events. */
function buffersOf(events: EventBatch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const add = (array: { readonly buffer: ArrayBufferLike } | null): void => {
    if (array !== null && array.buffer instanceof ArrayBuffer) buffers.add(array.buffer)
  }
  add(events.time)
  add(events.sub)
  add(events.sourceOffset)
  for (const column of events.columns) {
    add(column.valid)
    if (column.kind === 'bytes') {
      add(column.offsets)
      add(column.bytes)
    } else {
      add(column.values)
    }
  }
  return [...buffers]
}
