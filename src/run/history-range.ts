/** What of its files a history is to give, by event time: bounds of the job, the seam, and where the run stops. */

import type { Job, StreamJob } from '../job/index.ts'
import { stopInstantMs } from '../lanes/index.ts'

/** From inclusive, until exclusive, ms; ±∞ where nothing bounds it. */
export interface HistoryRange {
  readonly fromMs: number
  readonly untilMs: number
}

export function historyRange(job: Job, { history, seam }: StreamJob): HistoryRange {
  const fromMs = history?.fromMs ?? Number.NEGATIVE_INFINITY
  const untilMs = history?.untilMs ?? Number.POSITIVE_INFINITY
  // A seam by offset needs every offset of the files, whatever its time.
  if (seam?.by === 'offset') return { fromMs, untilMs }
  return { fromMs, untilMs: Math.min(untilMs, seam?.atMs ?? untilMs, stopInstantMs(job) ?? untilMs) }
}
