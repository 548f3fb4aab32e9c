/** Progress of a run, twice a second: for `onProgress`, and as the event-time progress of the report. */

import type { Plan } from '../plan/index.ts'
import type { Hub } from './hub.ts'
import type { ManifestSlice } from './manifest.ts'
import type { RunProgress } from './outcome.ts'
import type { ProgressPoint } from './report.ts'
import { PROGRESS_PARTITIONS_MAX, withProgressPoint } from './report.ts'

const INTERVAL_MS = 500

export class ProgressMeter {
  readonly #plan: Plan
  readonly #hub: Hub
  readonly #onProgress: ((progress: RunProgress) => void) | undefined
  readonly #rowsBefore: number
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #points: readonly ProgressPoint[] = []

  /** `sealed`: slices of earlier processes of this run, which count as progress already made. */
  constructor(
    plan: Plan,
    hub: Hub,
    onProgress: ((progress: RunProgress) => void) | undefined,
    sealed: readonly ManifestSlice[],
  ) {
    this.#plan = plan
    this.#hub = hub
    this.#onProgress = onProgress
    this.#rowsBefore = sealed.reduce(
      (sum, slice) => sum + slice.partitions.reduce((rows, part) => rows + part.rows, 0),
      0,
    )
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS)
    this.#timer.unref()
  }

  get points(): readonly ProgressPoint[] {
    return this.#points
  }

  /** Takes a last point and ends. */
  stop(): void {
    this.#tick()
    clearInterval(this.#timer)
  }

  #tick(): void {
    const seconds = (performance.now() - this.#startedMs) / 1000
    const rows = this.#rowsBefore + this.#hub.rows
    const watermarkMs = this.#hub.watermarkMs
    const partitionsMs = this.#hub.watermarksMs
    const few = partitionsMs.length <= PROGRESS_PARTITIONS_MAX
    this.#points = withProgressPoint(this.#points, {
      seconds,
      rows,
      watermarkMs,
      ...(few ? { partitionsMs } : {}),
    })
    const rowsPerSecond = seconds > 0 ? this.#hub.rows / seconds : 0
    const rowsTotal = this.#plan.totals.rows
    const live = this.#hub.live
    const left = rowsTotal - rows
    this.#onProgress?.({
      rows,
      rowsTotal,
      watermarkMs,
      rowsPerSecond,
      secondsLeft: live || seconds < 1 || rowsPerSecond === 0 || left < 0 ? null : left / rowsPerSecond,
      phase: live ? 'live' : rows >= rowsTotal ? 'sealing' : 'history',
    })
  }
}
