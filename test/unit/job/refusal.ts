/**
 * Good jobs for tests to break in one place, and the check that a broken one is refused as it should be.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ErrorCode, HindcastError } from '../../../src/errors.ts'
import { loadJob } from '../../../src/job/index.ts'

/** History only. */
export const GOOD = `name: j
streams:
  s:
    key: [k]
    time: { column: t, unit: ms }
    history: { files: "data/*.parquet" }
`

/** History, live and the seam between them. */
export const SEAM = `${GOOD}    live: { log: log }
    seam: { by: time, at: 2001-06-01 }
`

/** Live only: the job declares all columns. */
export const LIVE = `name: j
streams:
  s:
    key: [k]
    time: { column: t, unit: ms }
    live: { log: log }
    columns: { k: utf8, t: int64 }
`

/** With a feature from files. */
export const FEATURE = `${GOOD}features:
  f:
    on: [k]
    from: { files: "f/*.parquet", key: k, time: { column: at, unit: ms }, columns: [v] }
`

/** Two streams of one job: `a` and `s`. */
export const TWO = GOOD.replace('  s:', '  a: { key: k, time: { column: t }, history: { files: x } }\n  s:')

/** A directory for the tests of one file; gone afterwards. */
export function useDirectory(): {
  write(text: string | Uint8Array, name?: string): string
  path(name: string): string
} {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'hindcast-job-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })
  return {
    path: name => join(directory, name),
    write(text, name = 'job.yaml') {
      const file = join(directory, name)
      writeFileSync(file, text)
      return file
    },
  }
}

export async function refusal(loading: Promise<unknown>): Promise<HindcastError> {
  const thrown: unknown = await loading.then(
    () => null,
    error => error,
  )
  if (thrown instanceof HindcastError) return thrown
  throw thrown ?? new Error('was not refused')
}

/** What is wrong, the job, `path:line`, what the message says, and the advice (none if left out). */
export type Refusal = readonly [what: string, job: string, place: string, message: RegExp, advice?: RegExp]

/** Each case is the only problem of its job. */
export function describeRefusals(code: ErrorCode, cases: readonly Refusal[]): void {
  const directory = useDirectory()
  describe(`${code} says path, line, what was given and expected, and what to do`, () => {
    it.each(cases.map(refused => ({ what: refused[0], refused })))('$what', async ({ refused }) => {
      const [, job, place, message, advice = /^$/] = refused
      const uri = directory.write(job)
      const error = await refusal(loadJob(uri, { env: { EMPTY: '' } }))
      expect(error.message).toMatch(message)
      expect(error.advice).toMatch(advice)
      const [path, line] = [place.replace(/:\d+$/, ''), Number(/\d+$/.exec(place)?.[0])]
      expect({ code: error.code, where: error.where }).toEqual({ code, where: { uri, line, path } })
      expect(error.message.startsWith(`${uri}:${line}: ${path}: `)).toBe(true)
    })
  })
}
