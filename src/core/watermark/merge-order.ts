/**
 * The order of emission (C1): events of several sources by (time, sub, stream ordinal, place).
 *
 * Sources come in order of stream ordinal, each with its own events already in order, so only heads are compared.
 * A run of one stream is found by galloping and leaves as a view: rows are never copied.
 */

import type { EventBatch } from '../batch/index.ts'
import { sliceEvents } from '../batch/index.ts'
import { compareRows } from './row-order.ts'

/** Where the merge stands in one source. */
interface Cursor {
  readonly batches: readonly EventBatch[]
  batch: number
  row: number
}

/** The events of all sources as runs in order; `sources[i]` are the batches of source i, in order. */
export function mergeSources(sources: readonly (readonly EventBatch[])[]): EventBatch[] {
  const cursors: Cursor[] = []
  for (const batches of sources) {
    const filled = batches.filter(batch => batch.rows > 0)
    if (filled.length > 0) cursors.push({ batches: filled, batch: 0, row: 0 })
  }
  if (cursors.length === 1) return [...cursors[0].batches]
  const out: EventBatch[] = []
  while (cursors.length > 0) {
    const lowest = lowestCursor(cursors, -1)
    const second = lowestCursor(cursors, lowest)
    const cursor = cursors[lowest]
    const batch = cursor.batches[cursor.batch]
    const end = second < 0 ? batch.rows : runEnd(cursor, cursors[second], lowest < second)
    out.push(sliceEvents(batch, cursor.row, end))
    cursor.row = end
    if (end < batch.rows) continue
    cursor.row = 0
    cursor.batch++
    if (cursor.batch === cursor.batches.length) cursors.splice(lowest, 1)
  }
  return out
}

/** The cursor whose next row comes first, `except` left out; −1 if there is none. */
function lowestCursor(cursors: readonly Cursor[], except: number): number {
  let lowest = -1
  for (let i = 0; i < cursors.length; i++) {
    if (i === except) continue
    if (lowest < 0 || compareHeads(cursors[i], cursors[lowest]) < 0) lowest = i
  }
  return lowest
}

function compareHeads(a: Cursor, b: Cursor): number {
  return compareRows(a.batches[a.batch], a.row, b.batches[b.batch], b.row)
}

/** First row of the cursor's batch that comes behind the other's head; equal rows come first if `winsTies`. */
function runEnd(cursor: Cursor, other: Cursor, winsTies: boolean): number {
  const batch = cursor.batches[cursor.batch]
  const otherBatch = other.batches[other.batch]
  const isBehind = (row: number): boolean => {
    const order = compareRows(batch, row, otherBatch, other.row)
    return order > 0 || (order === 0 && !winsTies)
  }
  let low = cursor.row + 1 // the head itself comes first
  let stride = 1
  while (low + stride <= batch.rows && !isBehind(low + stride - 1)) {
    low += stride
    stride *= 2
  }
  let high = Math.min(batch.rows, low + stride - 1)
  while (low < high) {
    const mid = (low + high) >>> 1
    if (isBehind(mid)) high = mid
    else low = mid + 1
  }
  return low
}
