/** Starts the lanes of a run: who owns what, from which state, and what happens when one dies. */

import type { HindcastError } from '../errors.ts'
import type { PartitionRange } from '../history/index.ts'
import type { FromLane, LaneHandle, LaneSetup } from '../lanes/index.ts'
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
  /** Where the lanes begin. */
  readonly point: Pick<ResumePoint, 'snapshots'>
  readonly budget: MemoryBudget
  readonly notes: StartNotes
  /** Partitions of each lane. */
  readonly owners: readonly PartitionRange[]
  readonly options: RunOptions
  readonly sliceStartMs: number | null
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

/** Has each lane own its partitions from `point` on. */
export function setUpLanes(lanes: readonly LaneHandle[], setups: LaneSetups): void {
  for (const [lane, handle] of lanes.entries()) handle.post({ type: 'start', setup: setupOf(setups, lane) })
}

/** Makes each lane ready to read spans; no partition is owned yet. */
export function setUpSpans(lanes: readonly LaneHandle[], setups: LaneSetups): void {
  for (const [lane, handle] of lanes.entries()) handle.post({ type: 'spans', setup: setupOf(setups, lane) })
}

function setupOf(
  { plan, point, owners, options, budget, notes, ...rest }: LaneSetups,
  lane: number,
): LaneSetup {
  const { first, end } = owners[lane]!
  const { emissionRows } = options
  return {
    lane,
    plan,
    partitionFirst: first,
    partitionEnd: end,
    directory: options.directory,
    sliceStartMs: rest.sliceStartMs,
    snapshots: point.snapshots.slice(first, end),
    liveRanges: notes.liveRanges,
    allowUnprovenSeam: options.allowUnprovenSeam === true,
    lanes: owners.length,
    memory: budget.lane,
    ...(emissionRows === undefined ? {} : { emissionRows }),
  }
}
