/**
 * What a run of the plan will read, from metadata alone (C8): units that cannot have an event of the range are not read,
 * and of one that reaches beyond it the rows inside are estimated, as if its events were spread evenly over its time.
 */

import type { Job } from '../job/index.ts'
import type { FileUnit, Plan, StreamPlan } from '../plan/index.ts'
import type { HistoryRange } from './history-range.ts'
import { historyRange } from './history-range.ts'

/** Rows a second of a whole job on one lane, for the estimate only. */
const ROWS_PER_SECOND = 300_000

/** Totals of the histories of all streams. */
export function historyTotals(
  job: Job,
  streams: readonly StreamPlan[],
): Pick<Plan['totals'], 'files' | 'rows' | 'bytes' | 'secondsEstimated'> {
  let files = 0
  let rows = 0
  let bytes = 0
  for (const stream of streams) {
    const range = historyRange(job, job.streams[stream.ordinal]!)
    for (const file of stream.files) {
      const rowsOfFile = file.units.reduce((sum, unit) => sum + unit.rows, 0)
      const read = file.units.filter(unit => shareInRange(unit, range) > 0)
      if (read.length === 0 && file.units.length > 0) continue
      files++
      rows += read.reduce((sum, unit) => sum + Math.ceil(unit.rows * shareInRange(unit, range)), 0)
      const rowsRead = read.reduce((sum, unit) => sum + unit.rows, 0)
      bytes += rowsOfFile === 0 ? file.bytes : Math.round((file.bytes * rowsRead) / rowsOfFile)
    }
  }
  return { files, rows, bytes, secondsEstimated: Math.ceil(rows / ROWS_PER_SECOND) }
}

/** Share of the unit's time that lies in the range, 0…1; 1 where its time is not known. */
export function shareInRange({ timeMinMs, timeMaxMs }: FileUnit, { fromMs, untilMs }: HistoryRange): number {
  if (timeMinMs === null || timeMaxMs === null) return 1
  const first = Math.max(timeMinMs, fromMs)
  const end = Math.min(timeMaxMs + 1, untilMs)
  return Math.max(0, end - first) / (timeMaxMs + 1 - timeMinMs)
}
