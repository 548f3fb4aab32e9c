/** What opening a history takes, and what it counts while it is read. */

import type { Schema } from '../core/batch/index.ts'
import type { Ticks, Timeline } from '../core/time.ts'
import type { StreamJob } from '../job/index.ts'
import type { FileUnit, PinnedFile, StreamPlan } from '../plan/index.ts'
import type { BadRow, Decoder } from './decoder.ts'
import type { PartitionRange } from './frontier.ts'
import type { SetAsideOffsets } from './unit-run.ts'

export interface HistoryCounters {
  rowsRead: number
  rowsBad: number
  nullKeys: number
  units: number
  unitsPruned: number
  spilledBytes: number
}

export interface HistoryOptions {
  readonly stream: StreamJob
  readonly plan: StreamPlan
  /** Columns the run needs, in the order of the stream's schema. */
  readonly schema: Schema
  readonly timeline: Timeline
  /** Latest believable time and bounds of the read, ticks; from inclusive, until exclusive. */
  readonly latest: Ticks
  readonly from: Ticks
  readonly until: Ticks
  readonly decoder: Decoder
  /** Raises `file-changed` if the file is not what was pinned. */
  readonly checkFile: (file: PinnedFile) => Promise<void>
  readonly quarantine: (file: PinnedFile, unit: FileUnit, bad: readonly BadRow[]) => Promise<void>
  /** Told of offsets in rows that are not emitted, before any row of their unit leaves; for a seam by offset. */
  readonly setAside?: (offsets: readonly SetAsideOffsets[]) => void
  /** Memory for open units; beyond it units are spilled. */
  readonly memoryBytes: number
  /** Folder for sorted blocks, made when needed and removed by `close`. */
  readonly spillDirectory: string
  readonly rowsMax?: number
  /** Emissions lie in memory that is used again once they are released; else whoever gets one may keep it. */
  readonly recycles?: boolean
  /** Who gets which partitions of an emission. */
  readonly owners: readonly PartitionRange[]
}
