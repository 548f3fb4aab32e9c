import { describe, expect, it } from 'vitest'
import { errorText, whereText } from '../../../src/cli/print-error.ts'
import { HindcastError, wrapError } from '../../../src/errors.ts'

const quiet = { verbose: false }

describe('errorText', () => {
  it('says what, where, why and what to do', () => {
    const error = new HindcastError('file-corrupt', 'the footer does not end in PAR1', {
      where: { uri: 'data/a.parquet', rowGroup: 3, column: 'delay', row: 17 },
      advice: 'Fetch the file again, then plan again.',
    })
    expect(errorText(error, quiet)).toBe(
      [
        'error file-corrupt: the footer does not end in PAR1',
        '  where       data/a.parquet, row group 3, column delay, row 17',
        '  why         A file is truncated or damaged: magic, checksum, codec or structure do not hold.',
        '  what to do  Fetch the file again, then plan again.',
        '',
      ].join('\n'),
    )
  })

  it('shows what a name from a file would do to the terminal', () => {
    const error = new HindcastError('file-corrupt', 'column a\u001b[2J is bad', {
      where: { column: 'b\u0007' },
    })
    expect(errorText(error, { verbose: false })).toContain('column a\\u{1b}[2J is bad')
    expect(errorText(error, { verbose: false })).toContain('column b\\u{7}')
  })

  it('says the causes where the message does not', () => {
    const inner = new Error('disk 7 is gone')
    const outer = new Error('read failed', { cause: inner })
    const error = new HindcastError('io-failed', 'cannot read a.csv', { cause: outer })
    expect(errorText(error, quiet)).toMatch(/why {2}read failed\n {7}disk 7 is gone\n/)
  })

  it('does not say a cause twice', () => {
    const error = wrapError(new Error('ENOSPC'), 'disk-full', 'cannot write')
    expect(errorText(error, quiet)).not.toMatch(/why {9}ENOSPC/)
    expect(errorText(error, quiet)).toMatch(/^error disk-full: cannot write: ENOSPC\n {2}why {2}The disk/)
  })

  it('lets the message of a job error speak for itself', () => {
    const error = new HindcastError('job-invalid', 'job.yaml:3: name: missing; expected a name', {
      where: { uri: 'job.yaml', line: 3, path: 'name' },
    })
    expect(errorText(error, quiet)).toBe('error job-invalid: job.yaml:3: name: missing; expected a name\n')
  })

  it('prints stacks, those of causes too, only with --verbose', () => {
    const cause = new TypeError('x is not a function')
    const error = wrapError(cause, 'bug', 'failed')
    expect(errorText(error, quiet)).not.toMatch(/ {4}at /)
    const text = errorText(error, { verbose: true })
    expect(text).toContain(error.stack)
    expect(text).toContain(`caused by: ${cause.stack}`)
  })

  it('survives a cause that goes round, and one that is no error', () => {
    const first = new Error('first')
    const second = new Error('second', { cause: first })
    first.cause = second
    expect(errorText(new HindcastError('bug', 'b', { cause: first }), quiet)).toMatch(/first\n\s+second/)
    expect(errorText(new HindcastError('bug', 'b', { cause: 'just text' }), { verbose: true })).toMatch(
      /caused by: just text/,
    )
  })
})

describe('whereText', () => {
  it('names everything that is known', () => {
    const where = {
      uri: 'a.jsonl',
      line: 3,
      path: 'streams.s',
      stream: 's',
      feature: 'f',
      topic: 't',
      partition: 0,
      slice: '2001-01-01',
      offset: 0,
      rowGroup: 0,
      column: 'c',
      row: 0,
    }
    expect(whereText(where)).toBe(
      'a.jsonl line 3, streams.s, stream s, feature f, topic t, partition 0, slice 2001-01-01, offset 0, row group 0, column c, row 0',
    )
  })

  it('is empty where nothing is known', () => {
    expect(whereText({})).toBe('')
  })
})
