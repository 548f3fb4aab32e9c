/**
 * Plain data → job, or one error with all that is wrong with it:
 *
 *   input ─► secrets ─► parts not built yet ─► shape (zod) ─► defaults, units, rules between parts ─► Job
 */

import { HindcastError } from '../errors.ts'
import type { Job } from './job.ts'
import { errorOfProblems, type JobPath, type JobPlace, ProblemList } from './problem.ts'
import { addZodIssues } from './problem-zod.ts'
import { resolveJob } from './resolve.ts'
import { type JobInput, jobSchema } from './schema.ts'
import { type SecretSources, withSecrets } from './secrets.ts'
import { valueAt } from './source.ts'
import { addUnsupported } from './unsupported.ts'

export interface CheckOptions extends SecretSources {
  /** Name of the file for messages; absent for a job defined in TypeScript. */
  readonly uri?: string
  readonly lineOf: (path: JobPath) => number | undefined
}

/** Throws `job-invalid`, `unsupported` or `secret-missing`. */
export function checkJob(raw: unknown, options: CheckOptions): Job {
  refusePlan(raw, options)
  const place: JobPlace = {
    ...(options.uri === undefined ? {} : { uri: options.uri }),
    lineOf: options.lineOf,
    givenAt: path => valueAt(raw, path),
  }
  const list = new ProblemList(place)
  const tree = withSecrets(raw, options, list)
  addUnsupported(tree, list)
  const toldAlready = list.problems.map(problem => problem.path)
  const shape = jobSchema.safeParse(tree)
  if (!shape.success) addZodIssues(shape.error.issues, { list, place, skip: toldAlready })
  // The schema changes nothing, so the tree itself is the input; it also has what zod leaves out (`__proto__`).
  const job = shape.success ? resolveJob(tree as JobInput, options.directory, list) : null
  if (list.problems.length > 0 || job === null) throw errorOfProblems(list.problems, place)
  return job
}

/** A plan handed in as a job would give a screen of unknown keys. */
function refusePlan(raw: unknown, { uri }: CheckOptions): void {
  if (valueAt(raw, ['plannedAtMs']) === undefined || valueAt(raw, ['hash']) === undefined) return
  throw new HindcastError('job-invalid', `${uri ?? 'the job'} is a plan, not a job`, {
    where: uri === undefined ? {} : { uri },
    advice: `Run it with: hindcast run --plan ${uri ?? 'FILE'}`,
  })
}
