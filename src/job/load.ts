/**
 * Job file → job. The file is YAML or JSON; relative paths in it are relative to its own folder.
 */

import { readFile, stat } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { HindcastError, wrapError } from '../errors.ts'
import { checkJob } from './check.ts'
import type { Job } from './job.ts'
import { parseJobText } from './source.ts'

const JOB_BYTES_MAX = 4 * 1024 * 1024
const SCRIPTS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs', '.cjs'])

export interface LoadOptions {
  /** What `${env:NAME}` reads; default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Loads and checks a job file. Throws `job-unreadable` (missing, not UTF-8, not YAML), `job-invalid`,
 * `unsupported` or `secret-missing`; every problem of the file is told at once, with its line.
 */
export async function loadJob(file: string, options: LoadOptions = {}): Promise<Job> {
  const { value, lineOf } = parseJobText(await readJobText(file), file)
  return checkJob(value, {
    uri: file,
    lineOf,
    env: options.env ?? process.env,
    directory: dirname(resolve(file)),
  })
}

async function readJobText(file: string): Promise<string> {
  const where = { uri: file }
  if (SCRIPTS.has(extname(file).toLowerCase())) {
    const advice = 'Run TypeScript jobs from a program: import { defineJob, plan, run } from "hindcast".'
    throw new HindcastError('job-unreadable', `${file} is a program; a job file is YAML or JSON`, {
      where,
      advice,
    })
  }
  let bytes: Uint8Array
  try {
    const size = (await stat(file)).size
    if (size > JOB_BYTES_MAX) {
      throw new HindcastError(
        'job-unreadable',
        `${file} has ${size} bytes; a job file has at most ${JOB_BYTES_MAX}`,
        {
          where,
          advice: 'Is this the job file, or its data?',
        },
      )
    }
    bytes = await readFile(file)
  } catch (thrown) {
    const advice = 'Check the path: it is relative to the folder you are in.'
    throw wrapError(thrown, 'job-unreadable', `the job file ${file} cannot be read`, { where, advice })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new HindcastError('job-unreadable', `${file} is not UTF-8 text`, {
      where,
      cause,
      advice: 'Save it as UTF-8.',
    })
  }
}
