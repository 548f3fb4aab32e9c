/**
 * Lines of `late/` and `quarantine/`: one JSON object a row, with where it came from and why it is there.
 */

import type { EventBatch } from '../core/batch/index.ts'
import { rowObject } from '../core/batch/index.ts'
import type { Timeline } from '../core/time.ts'
import { isoOfMs, msFromTicks } from '../core/time.ts'
import type { BadRecord } from './live-reader.ts'

export interface SideEvents {
  readonly stream: string
  /** Of the live side; null: it is no topic. */
  readonly topic: string | null
  readonly reason: string
  readonly events: EventBatch
  /** Merged watermark each row was judged against, ticks. */
  readonly watermark: Float64Array
}

/** A line for each event that was set aside. */
export function sideLines(side: SideEvents, timeline: Timeline): string[] {
  const { events, stream, topic, reason, watermark } = side
  return Array.from({ length: events.rows }, (_, row) => {
    const timeMs = msFromTicks(events.time[row]!, timeline)
    const line = {
      reason,
      stream,
      ...(topic === null ? {} : { topic }),
      partition: events.partition,
      offset: events.sourceOffset?.[row] ?? null,
      time: isoOfMs(timeMs),
      timeMs,
      watermarkMs: Number.isFinite(watermark[row]) ? msFromTicks(watermark[row]!, timeline) : null,
      row: rowObject(events, row),
    }
    return JSON.stringify(line)
  })
}

/** The line of a live record whose value could not be used. */
export function badRecordLine(
  record: BadRecord,
  { stream, topic, partition }: Pick<SideEvents, 'stream' | 'topic'> & { readonly partition: number },
): string {
  return JSON.stringify({
    reason: record.reason,
    stream,
    ...(topic === null ? {} : { topic }),
    partition,
    offset: record.offset,
    text: record.text,
  })
}
