/** Hindcast from TypeScript: what the command line does, as calls. */
export type { Batch, Column, ColumnType, EventBatch, Field, Schema } from './core/batch/index.ts'
export { rowObject, valueAt } from './core/batch/index.ts'
export { type ErrorCode, type ErrorKind, type ErrorWhere, ERROR_CATALOGUE, exitCodeOf, HindcastError } from './errors.ts'
export { defineJob, type DefineOptions, type Job, type JobInput, jobJsonSchema, loadJob, type LoadOptions } from './job/index.ts'
export { type Plan, parsePlan } from './plan/index.ts'
export {
  inspectRun as inspect,
  inspectRunPage as inspectPage,
  planJob as plan,
  type PlanOptions,
  type RunInspection,
  type RunOptions,
  type RunOutcome,
  type RunProgress,
  runPlan as run,
  type StreamedBatch,
  type StreamOptions,
  streamPlan as stream,
  type VerifyOutcome,
  verifyRun as verify,
} from './run/index.ts'
