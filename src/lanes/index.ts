/** The entry of lanes/. */

export { eventTimesOf } from './event-times.ts'
export * from './fault-point.ts'
export { HeldFiles, heldBudget, heldDirectory, parseHeldName } from './held-files.ts'
export { Lane } from './lane.ts'
export * from './lane-handle.ts'
export type * from './lane-parts.ts'
export * from './lane-report.ts'
export type * from './live-count.ts'
export type * from './live-reader.ts'
export type * from './messages.ts'
export { openFeed } from './open-feed.ts'
export type { PartitionFeed } from './partition-feed.ts'
export * from './run-end.ts'
export { COUNTED_COLUMN } from './sample-columns.ts'
export { seamUnproven } from './seam-unproven.ts'
export * from './sha256.ts'
export { emptySlice } from './slice-output.ts'
export {
  decodeOffsetNext,
  heldFilesOf,
  isFreshSnapshot,
  liveCountsOf,
  livePositionsOf,
  withoutDecisions,
} from './snapshot.ts'
export type * from './span-reader.ts'
export type * from './stage.ts'
export { buffersOf, laneRanges, partitionEvents } from './transfer.ts'
