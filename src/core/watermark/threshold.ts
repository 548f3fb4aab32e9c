/**
 * Where a journaled decision fell in history: the time below which exactly so many queued rows lie.
 */

import type { Ticks } from '../time.ts'
import { misfit } from './decisions.ts'
import type { MergeSource } from './merge-source.ts'

/**
 * The highest time ≤ `limit` below which at most `rowsMax` rows of history are queued. A decision falls between two
 * releases, and those never part rows of equal time: if `rowsMax` rows are not what lies below some time, the journal
 * belongs to other data (`output-corrupt`).
 */
export function thresholdOf(sources: readonly MergeSource[], limit: Ticks, rowsMax: number): Ticks {
  const reading = sources.filter(source => source.state.kind === 'backlog')
  const rowsBelow = (time: Ticks): number =>
    reading.reduce((rows, source) => rows + source.history.countBelow(time), 0)
  if (rowsBelow(limit) <= rowsMax) return limit
  let low = Math.min(...reading.map(source => source.history.headTime))
  let high = Math.min(limit, Math.max(...reading.map(source => source.history.newest)) + 1)
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2)
    if (rowsBelow(middle) <= rowsMax) low = middle
    else high = middle
  }
  if (rowsBelow(low) !== rowsMax) throw misfit('a decision fell between events of equal time')
  return low
}
