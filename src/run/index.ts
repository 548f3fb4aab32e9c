/** The entry of run/: everything the command line does is a call here first. */
export { checkFiles, type FileCheck, filesError } from './check-files.ts'
export { inspectionWords, inspectRun, inspectRunPage, parquetPage } from './inspect/index.ts'
export type * from './outcome.ts'
export { type PlanOptions, planJob } from './plan-job.ts'
export {
  type ReplayedPartition,
  type ReplayOptions,
  type ReplayOutcome,
  replayHistory,
} from './replay/index.ts'
export type { RunOptions } from './run-options.ts'
export { runPlan } from './run-plan.ts'
export { type StreamedBatch, type StreamOptions, streamPlan } from './stream-plan.ts'
export { verifyRun } from './verify.ts'
