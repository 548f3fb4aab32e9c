/** Starts the lanes of a run: who owns what, from which state, and what happens when one dies. */

import type { HindcastError } from '../errors.ts'
import type { FromLane, LaneHandle, LaneSetup } from '../lanes/index.ts'
import { laneRanges, startInlineLane, startThreadLane } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import type { Hub } from './hub.ts'
import { createLaneParts } from './lane-parts.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { RunOptions } from './run-plan.ts'
import type { ResumePoint } from './run-state.ts'

export interface LanesWanted {
  readonly plan: Plan
  readonly point: ResumePoint
  readonly hub: Hub
  readonly budget: MemoryBudget
  readonly notes: StartNotes
  readonly lanesWanted: number
  readonly options: RunOptions
  readonly sliceStartMs: number | null
  readonly tables: Readonly<Record<string, unknown>>
}

/** Where a worker thread begins: the unbuilt source in a checkout, the built module when installed. */
const LANE_ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './lane-entry.ts' : './lane-entry.js',
  import.meta.url,
)

export async function startLanes(wanted: LanesWanted): Promise<LaneHandle[]> {
  const { plan, point, hub, options } = wanted
  const partitions = plan.job.streams.find(stream => stream.name === plan.job.samples)!.partitions
  const ranges = laneRanges(partitions, wanted.lanesWanted)
  const lanes: LaneHandle[] = []
  for (const [lane, range] of ranges.entries()) {
    const events = {
      onMessage: (message: FromLane) => hub.receive(lane, message),
      onDeath: (error: HindcastError) => hub.died(lane, error),
    }
    const handle = options.inline
      ? startInlineLane(lane, createLaneParts, events)
      : startThreadLane(lane, LANE_ENTRY, events)
    lanes.push(handle)
    hub.addLane(handle, range)
    const setup: LaneSetup = {
      lane,
      plan,
      partitionFirst: range.first,
      partitionEnd: range.end,
      directory: options.directory,
      sliceStartMs: wanted.sliceStartMs,
      snapshots: point.snapshots.slice(range.first, range.end),
      liveRanges: wanted.notes.liveRanges,
      allowUnprovenSeam: options.allowUnprovenSeam === true,
      memoryBytes: wanted.budget.laneBytes,
      tables: wanted.tables,
    }
    handle.post({ type: 'start', setup })
  }
  return lanes
}
