/**
 * Order of rows inside a source: (time, sub), ties as they lie. Place is never compared: history comes in order of
 * place, and live in order of offset, which is its place (C1).
 */

import type { EventBatch } from '../batch/index.ts'
import { gatherEvents } from '../batch/index.ts'
import { sortIndex, sortTies } from '../order/index.ts'
import type { Ticks } from '../time.ts'

/** How many rows of a batch in order of time are earlier than `limit`. */
export function rowsBelow(batch: EventBatch, limit: Ticks): number {
  let low = 0
  let high = batch.rows
  while (low < high) {
    const mid = (low + high) >>> 1
    if (batch.time[mid] < limit) low = mid + 1
    else high = mid
  }
  return low
}

/** Compares row i of a with row j of b by (time, sub). */
export function compareRows(a: EventBatch, i: number, b: EventBatch, j: number): number {
  const time = a.time[i] - b.time[j]
  if (time !== 0) return time
  return (a.sub === null ? 0 : a.sub[i]) - (b.sub === null ? 0 : b.sub[j])
}

/** The rows of a batch in order; the batch itself where they are already. */
export function inOrder(batch: EventBatch): EventBatch {
  if (isInOrder(batch)) return batch
  const index = sortIndex(batch.time, null)
  const { sub } = batch
  if (sub !== null) sortTies(batch.time, index, (a, b) => sub[a] - sub[b] || a - b)
  return gatherEvents(batch, index)
}

function isInOrder(batch: EventBatch): boolean {
  const { time, sub, rows } = batch
  let last = Number.NEGATIVE_INFINITY
  for (let i = 0; i < rows; i++) {
    const t = time[i]
    if (t < last || (t === last && sub !== null && sub[i] < sub[i - 1])) return false
    last = t
  }
  return true
}
