import { describe, expect, it } from 'vitest'
import { compressionOf, formatOf, offsetRangeOf } from '../../../src/files/file-name.ts'

describe('file names', () => {
  it.each([
    ['/d/a.parquet', 'parquet', 'none'],
    ['/d/a.CSV.gz', 'csv', 'gzip'],
    ['/d/a.jsonl.zst', 'jsonl', 'zstd'],
    ['/d/a.ndjson', 'jsonl', 'none'],
    ['/d.csv/a', null, 'none'],
    ['/d/gz', null, 'none'],
    ['/d/a.gz', null, 'gzip'],
    ['/d/.csv', 'csv', 'none'],
  ])('%s is %s, %s', (path, format, compression) => {
    expect([formatOf(path), compressionOf(path)]).toEqual([format, compression])
  })

  it.each([
    ['/d/ratings+3+0000000100+0000000199.parquet', { partition: 3, offsetFirst: 100, offsetLast: 199 }],
    ['/d/a+b+0+5+5.csv.gz', { partition: 0, offsetFirst: 5, offsetLast: 5 }],
    ['/d/t+0+7+6.parquet', null],
    ['/d/t+0+1+99999999999999999999.parquet', null],
    ['/d/ratings-3.parquet', null],
  ])('offsets of %s', (path, expected) => {
    expect(offsetRangeOf(path)).toEqual(expected)
  })
})
