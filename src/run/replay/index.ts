/** The entry of run/replay. */
export { type ReplayedPartition, type ReplayOptions, type ReplayOutcome, replayHistory } from './replay.ts'
