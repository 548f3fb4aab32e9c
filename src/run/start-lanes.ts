/** Starts the lanes of a run: who owns what, from which state, and what happens when one dies. */

import type { HindcastError } from '../errors.ts'
import type { PartitionRange } from '../history/index.ts'
import type { FromLane, LaneHandle } from '../lanes/index.ts'
import { startInlineLane, startThreadLane } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import type { Hub } from './hub.ts'
import { createLaneParts } from './lane-parts.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { RunOptions } from './run-options.ts'
import type { ResumePoint } from './run-state.ts'

export interface LaneSetups {
  readonly plan: Plan
  readonly point: ResumePoint
  readonly budget: MemoryBudget
  readonly notes: StartNotes
  /** Partitions of each lane. */
  readonly owners: readonly PartitionRange[]
  readonly options: RunOptions
  readonly sliceStartMs: number | null
  readonly tables: Readonly<Record<string, unknown>>
}

/** Where a worker thread begins: the unbuilt source in a checkout, the built module when installed. */
const LANE_ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './lane-entry.ts' : './lane-entry.js',
  import.meta.url,
)

/** Starts the threads, which load their code while the run gets ready; `setUpLanes` puts them to work. */
export function startLanes(hub: Hub, owners: readonly PartitionRange[], inline: boolean): LaneHandle[] {
  return owners.map((range, lane) => {
    const events = {
      onMessage: (message: FromLane) => hub.receive(lane, message),
      onDeath: (error: HindcastError) => hub.died(lane, error),
    }
    const handle = inline
      ? startInlineLane(lane, createLaneParts, events)
      : startThreadLane(lane, LANE_ENTRY, events)
    hub.addLane(handle, range)
    return handle
  })
}

export function setUpLanes(lanes: readonly LaneHandle[], setup: LaneSetups): void {
  const { plan, point, owners, options } = setup
  for (const [lane, handle] of lanes.entries()) {
    const { first, end } = owners[lane]!
    handle.post({
      type: 'start',
      setup: {
        lane,
        plan,
        partitionFirst: first,
        partitionEnd: end,
        directory: options.directory,
        sliceStartMs: setup.sliceStartMs,
        snapshots: point.snapshots.slice(first, end),
        liveRanges: setup.notes.liveRanges,
        allowUnprovenSeam: options.allowUnprovenSeam === true,
        memory: setup.budget.lane,
        tables: setup.tables,
      },
    })
  }
}
