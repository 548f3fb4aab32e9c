/** What a caller may say about one execution of a plan. */

import type { MetricsPlace } from './metrics/index.ts'
import type { RunProgress } from './outcome.ts'

export interface RunOptions {
  readonly directory: string
  /** Directory of the run to go on from (C10). */
  readonly after?: string
  readonly signal?: AbortSignal
  readonly allowUnprovenSeam?: boolean
  /** Overrides `limits.lanes`; never visible in the output. */
  readonly lanes?: number
  /** Lanes in this thread instead of workers: for tests and tight embedding. */
  readonly inline?: boolean
  /** Rows of an emission of history: never visible in the output. */
  readonly emissionRows?: number
  /**
   * Rows of a span of history that a lane reads by itself, 0 for none: never visible in the output. Where it is not
   * said, spans are used where they pay.
   */
  readonly spanRows?: number
  /** Size at which segments of a copy of a topic (`live.spool`) are closed, bytes; default: that of limits.ts. */
  readonly spoolSegmentBytes?: number
  /** Where metrics are served while the run goes; left out: nowhere. */
  readonly metrics?: MetricsPlace
  readonly onProgress?: (progress: RunProgress) => void
}
