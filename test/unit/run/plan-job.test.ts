/** What planning refuses before it reads a byte of data, and what it says about columns. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineJob, type JobInput, plan } from '../../../src/index.ts'
import { withTempDirectory } from '../../harness/index.ts'

const EVENTS = '{"t":"2024-01-01T00:00:00Z","k":"a","n":1}\n{"t":"2024-01-01T00:00:01Z","k":"b","n":2}\n'
const VERSIONS = '{"key":7,"at":"2024-01-01T00:00:00Z","x":1}\n'

function planOf(directory: string, change: (job: JobInput) => void) {
  writeFileSync(join(directory, 'e.jsonl'), EVENTS)
  writeFileSync(join(directory, 'v.jsonl'), VERSIONS)
  const job: JobInput = {
    name: 'j',
    streams: {
      s: {
        key: ['k'],
        time: { column: 't' },
        columns: { t: 'timestamp[ms, UTC]', k: 'utf8', n: 'int64' },
        history: { files: 'e.jsonl' },
      },
    },
    output: { directory: 'out', slice: '1d' },
  }
  change(job)
  return plan(defineJob(job, { directory }))
}

describe('a plan is refused', () => {
  it.each<[string, string, (job: JobInput) => void]>([
    [
      'order: offset where files carry no offsets',
      'job-invalid',
      job => void Object.assign(job.streams.s!, { order: 'offset' }),
    ],
    [
      'an output column that no file has',
      'column-missing',
      job => void Object.assign(job.output!, { columns: ['nope'] }),
    ],
    [
      'a key that no file has',
      'column-missing',
      job => void Object.assign(job.streams.s!, { key: ['nope'] }),
    ],
    ['no file', 'files-none', job => void Object.assign(job.streams.s!, { history: { files: 'x*.jsonl' } })],
  ])('with %s', (_, code, change) =>
    withTempDirectory(async directory => {
      await expect(planOf(directory, change)).rejects.toMatchObject({ code })
    }),
  )
})
