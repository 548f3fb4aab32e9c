/**
 * A job in TypeScript: the same shape as the job file, typed, and checked at once.
 */

import { resolve } from 'node:path'
import { checkJob } from './check.ts'
import type { Job } from './job.ts'
import type { JobInput } from './schema.ts'

export interface DefineOptions {
  /** Relative paths are below it; default: the working directory of the process. */
  readonly directory?: string
}

/** Throws `job-invalid`, `unsupported` or `secret-missing`, with the path of every problem. */
export function defineJob(input: JobInput, options: DefineOptions = {}): Job {
  return checkJob(input, {
    lineOf: () => undefined,
    env: process.env,
    directory: resolve(options.directory ?? '.'),
  })
}
