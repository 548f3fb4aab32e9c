/**
 * Events under their own times, where the merge has ordered them by others (C1 `order: offset`): a partition leaves by
 * the running maximum of event time, but a version is looked up as of the event's own.
 *
 * The time column is among the columns of every event, so own times are worked out from it when they are asked for
 * (about 3 ns a row), and nothing more than the time that orders goes through the merge, its buffers and its snapshots.
 */

import type { EventBatch } from '../core/batch/index.ts'
import { fieldIndex } from '../core/batch/index.ts'
import { eventTimes } from '../core/order/index.ts'
import type { Plan } from '../plan/index.ts'

export type TimesOf = (events: EventBatch) => EventBatch

/** For the stream of this name; with `order: time` the events are returned as they are. */
export function eventTimesOf(plan: Plan, stream: string): TimesOf {
  const { ordinal, reads } = plan.streams.find(({ name }) => name === stream)!
  const { order, time } = plan.job.streams[ordinal]!
  if (order === 'time') return events => events
  const index = fieldIndex(reads, time.column)
  const spec = {
    column: time.column,
    type: reads[index]!.type,
    unit: time.unit,
    timeline: plan.timeline,
    latest: Number.MAX_SAFE_INTEGER,
  }
  return events => {
    const own = eventTimes(events.columns[index]!, spec) // rows of bad time did not come so far
    return { ...events, time: own.time, sub: own.sub }
  }
}
