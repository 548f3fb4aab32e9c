/** The entry of job/: the job as the rest of the code sees it, and the two ways to make one. */
export { type DefineOptions, defineJob } from './define.ts'
export * from './job.ts'
export { type LoadOptions, loadJob } from './load.ts'
export { nearest } from './nearest.ts'
export { type JobInput, jobJsonSchema } from './schema.ts'
export type { FeatureInput } from './schema-feature.ts'
export type { StreamInput } from './schema-stream.ts'
export { byteCount, durationMs, durationText, instantMs, shareOf } from './units.ts'
