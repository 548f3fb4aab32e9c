/** What a partition counted besides what the manifest says of its slices; plain data, merged by the run's report. */

import { LATENESS_BOUNDS_MS } from '../core/watermark/index.ts'

export type PartitionState = 'backlog' | 'live' | 'idle' | 'finished'

export interface PartitionWatermark {
  readonly partition: number
  /** Merged watermark, ms; of a finished partition the last finite one; null before the first event. */
  readonly watermarkMs: number | null
  readonly state: PartitionState
}

export interface PartialReport {
  /** Events read of each side, before any of them was found doubled, late or bad. */
  readonly historyRows: number
  readonly liveRows: number
  /** Bytes read of history files; less than they have where columns, row groups or pages were passed over. */
  readonly historyBytes: number
  /** In order of the partition. */
  readonly watermarks: readonly PartitionWatermark[]
  /**
   * Live events by how far behind the newest event time of their partition they came; one entry per bound of
   * `LATENESS_BOUNDS_MS` and one more. Of a resumed run: those that its last process read.
   */
  readonly lateness: readonly number[]
  /** Busy time by stage, whole ms (whole, so that sums do not depend on their order). */
  readonly stageMs: Readonly<Record<string, number>>
}

/** Nothing counted: the unit of merging reports. */
export function emptyPartialReport(): PartialReport {
  return {
    historyRows: 0,
    liveRows: 0,
    historyBytes: 0,
    watermarks: [],
    lateness: new Array(LATENESS_BOUNDS_MS.length + 1).fill(0),
    stageMs: {},
  }
}
