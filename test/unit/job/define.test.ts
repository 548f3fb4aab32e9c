import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HindcastError } from '../../../src/errors.ts'
import { defineJob, type JobInput, loadJob } from '../../../src/job/index.ts'

const INPUT: JobInput = {
  name: 'j',
  streams: {
    s: {
      key: ['k'],
      time: { column: 't', unit: 'ms' },
      history: { files: 'data/*.parquet' },
    },
  },
  limits: { lanes: 2 },
}

function refusal(input: unknown): HindcastError {
  try {
    defineJob(input as JobInput)
  } catch (thrown) {
    return thrown as HindcastError
  }
  throw new Error('was not refused')
}

describe('defineJob', () => {
  it('gives the job that the same file gives', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hindcast-define-'))
    try {
      const file = join(directory, 'job.json')
      writeFileSync(file, JSON.stringify(INPUT))
      expect(defineJob(INPUT, { directory })).toEqual(await loadJob(file))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('takes the working directory for relative paths', () => {
    expect(defineJob(INPUT).output.directory).toBe(resolve('out'))
  })

  it('takes undefined for what is left out', () => {
    const input = { ...INPUT, samples: undefined, features: undefined, output: { slice: undefined } }
    expect(defineJob(input)).toEqual(defineJob(INPUT))
  })

  it('does not change its input', () => {
    const before = structuredClone(INPUT)
    defineJob(INPUT)
    expect(INPUT).toEqual(before)
  })

  it('says the path where there is no file and no line', () => {
    const error = refusal({ ...INPUT, limits: { lanes: 0 } })
    expect(error.code).toBe('job-invalid')
    expect(error.message).toBe('limits.lanes: given 0, expected a whole number from 1 to 64')
    expect(error.where).toEqual({ path: 'limits.lanes' })
  })

  it('tells several problems of a job without a file', () => {
    const error = refusal({ ...INPUT, limits: { lanes: 0, memory: '1' } })
    expect(error.message.split('\n')[0]).toBe('2 problems in the job')
  })

  it.each([
    ['nothing', undefined, /\(job\): missing; expected a job/],
    ['null', null, /given nothing \(null\), expected a job/],
    ['a list', [], /given an empty list, expected a job/],
    ['a Date', { ...INPUT, name: new Date(0) }, /name: given a Date, expected a name/],
    ['a bigint', { ...INPUT, name: 1n }, /name: given 1, expected a name/],
    ['a symbol', { ...INPUT, name: Symbol('x') }, /name: given Symbol\(x\), expected a name/],
  ])('refuses %s', (_what, input, message) => {
    expect(refusal(input).message).toMatch(message)
  })
})
