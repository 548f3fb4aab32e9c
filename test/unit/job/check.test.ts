/** Whatever is handed in as a job: a job comes out, or an error that tells places in the job. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HindcastError } from '../../../src/errors.ts'
import { defineJob, type JobInput } from '../../../src/job/index.ts'
import { parseJobText, setOwn } from '../../../src/job/source.ts'
import { cases } from '../../property/cases.ts'
import { FEATURE, SEAM } from './refusal.ts'

const CODES = ['job-invalid', 'unsupported', 'secret-missing']

/** The code of the refusal, or null where the job is good; anything else that is thrown fails the test. */
function check(input: unknown): string | null {
  try {
    defineJob(input as JobInput)
    return null
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(HindcastError)
    const { code, message, where } = thrown as HindcastError
    expect(CODES).toContain(code)
    expect(message).not.toMatch(/Invalid input|undefined|\[object/)
    expect(where.path).toBeTypeOf('string')
    return code
  }
}

/** All paths of plain data, the root left out. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsOf(inner).map(path => [key, ...path]),
  ])
}

function withValue(value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown {
  if (key === undefined) return put
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  setOwn(copy, key, withValue((value as Record<string, unknown>)[key], rest, put))
  return copy
}

const GOOD_JOBS = [SEAM, FEATURE].map(text => parse(text) as object)
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    '',
    '5',
    '5m',
    '${env:NOPE}',
    '${',
    's3://b/k',
    '__proto__',
    '2001-02-30',
    'all',
    -1,
    1e300,
  ),
)

describe('checkJob', () => {
  it('takes a job with one odd value for good or refuses it, and is never surprised', () => {
    const mutation = fc
      .constantFrom(...GOOD_JOBS)
      .chain(job => fc.tuple(fc.constant(job), fc.constantFrom(...pathsOf(job)), odd))
    const seen = new Map<string | null, number>()
    fc.assert(
      fc.property(mutation, ([job, path, value]) => {
        const code = check(withValue(job, path, value))
        seen.set(code, (seen.get(code) ?? 0) + 1)
      }),
      cases(),
    )
    // The property is empty unless it has seen both ends.
    expect(seen.get(null)).toBeGreaterThan(0)
    expect(seen.get('job-invalid')).toBeGreaterThan(0)
  })

  it('refuses a job with one unknown key, wherever it is', () => {
    const mutation = fc
      .constantFrom(...GOOD_JOBS)
      .chain(job => fc.tuple(fc.constant(job), fc.constantFrom([], ...mappingsOf(job)), fc.string()))
    fc.assert(
      fc.property(mutation, ([job, path, key]) => {
        expect(check(withValue(job, [...path, `?${key}`], 1))).toBe('job-invalid')
      }),
      cases(),
    )
  })

  it('refuses any value that is no job', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(check(value)).toBe('job-invalid')
      }),
      cases(),
    )
  })
})

/** Paths of the mappings whose keys are fixed: `streams` and `features` name their entries freely. */
function mappingsOf(job: object): string[][] {
  return pathsOf(job).filter(path => {
    const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], job)
    return typeof value === 'object' && !Array.isArray(value) && path.length > 1
  })
}

describe('parseJobText', () => {
  it('reads any text or refuses it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'a',
            ':',
            ' ',
            '\n',
            '- ',
            '{',
            '}',
            '[',
            ']',
            '&x',
            '*x',
            '|',
            '>',
            '"',
            '#',
            '!',
            '\t',
            '?',
          ),
        )
        .map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, source => {
        try {
          parseJobText(source, 'job.yaml')
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'HindcastError', code: 'job-unreadable' })
        }
      }),
      cases(),
    )
  })
})
