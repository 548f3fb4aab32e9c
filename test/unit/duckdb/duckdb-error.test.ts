import { describe, expect, it } from 'vitest'
import { explained, isFatal, isInvalidated, readError } from '../../../src/duckdb/duckdb-error.ts'
import { HindcastError } from '../../../src/errors.ts'

const where = { uri: '/data/a.parquet', row: 7 }

describe('readError', () => {
  it.each([
    ['Out of Memory Error: could not allocate block of size 256 KiB', 'limit-passed'],
    ['Invalid Error: std::bad_alloc', 'limit-passed'],
    ['IO Error: Cannot open file "/data/a.parquet": Permission denied', 'file-unreadable'],
    ['IO Error: No files found that match the pattern "/data/a.parquet"', 'file-unreadable'],
    ['IO Error: Could not read enough bytes from file "/data/a.parquet"', 'file-corrupt'],
    ['Invalid Input Error: No magic bytes found at end of file', 'file-corrupt'],
    ['Conversion Error: Could not convert Timestamp(MS) to Timestamp(US)', 'file-corrupt'],
    ['INTERNAL Error: Attempted to access index 3', 'file-corrupt'],
    ['Parser Error: syntax error at or near "SELEC"', 'bug'],
    ['Permission Error: Cannot access file "/etc/passwd"', 'bug'],
  ])('%s is %s', (message, code) => {
    expect(readError(new Error(message), where)).toMatchObject({ code, where })
  })

  it('keeps one clean line of the message', () => {
    const error = readError(
      new Error("IO Error: don't know\n what: \x0E\n\nLINE 1: SELECT secret\n ^"),
      where,
    )
    expect(error.message).toBe("the file cannot be decoded: IO Error: don't know what:")
    expect(error.advice).not.toBe('')
  })

  it('passes our own errors through', () => {
    const own = new HindcastError('bug', 'ours')
    expect(readError(own, where)).toBe(own)
  })
})

describe('explained', () => {
  it('tells a missing file and a folder from a damaged one', async () => {
    const thrown = new Error('Permission Error: Cannot access file "/x/**/*.parquet"')
    expect(await explained(thrown, { uri: '/no/such/file' })).toMatchObject({ code: 'file-unreadable' })
    expect(await explained(thrown, { uri: '/' })).toMatchObject({ code: 'file-unreadable' })
    const damaged = new Error('Invalid Error: Out of buffer')
    expect(await explained(damaged, { uri: import.meta.filename })).toMatchObject({ code: 'file-corrupt' })
  })
})

it('knows when an instance is of no more use', () => {
  expect(isFatal(new Error('INTERNAL Error: oops'))).toBe(true)
  expect(isFatal(new Error('IO Error: oops'))).toBe(false)
  const after = new Error(
    'FATAL Error: Failed: database has been invalidated because of a previous fatal error',
  )
  expect([isFatal(after), isInvalidated(after)]).toEqual([true, true])
})
