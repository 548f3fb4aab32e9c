/** Hindcast from TypeScript: what the command line does, as calls. */
export type { Batch, Column, ColumnType, EventBatch, Field, Schema } from './core/batch/index.ts'
export { rowObject, valueAt } from './core/batch/index.ts'
export {
  ERROR_CATALOGUE,
  type ErrorCode,
  type ErrorKind,
  type ErrorWhere,
  exitCodeOf,
  HindcastError,
} from './errors.ts'
export {
  type DefineOptions,
  defineJob,
  type Job,
  type JobInput,
  jobJsonSchema,
  type LoadOptions,
  loadJob,
} from './job/index.ts'
export { type Plan, parsePlan } from './plan/index.ts'
export {
  inspectRun as inspect,
  inspectRunPage as inspectPage,
  type PlanOptions,
  planJob as plan,
  type ReplayOptions,
  type ReplayOutcome,
  type RunInspection,
  type RunOptions,
  type RunOutcome,
  type RunProgress,
  replayHistory as replay,
  runPlan as run,
  type StreamedBatch,
  type StreamOptions,
  streamPlan as stream,
  type VerifyOutcome,
  verifyRun as verify,
} from './run/index.ts'
