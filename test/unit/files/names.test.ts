import { describe, expect, it } from 'vitest'
import { compressionOf, formatOf, offsetRangeOf } from '../../../src/files/file-name.ts'
import { hiveColumns } from '../../../src/files/hive.ts'

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

describe('Hive folders', () => {
  it('reads keys and decoded values, innermost last, but not the file name', () => {
    expect(hiveColumns('/w/dt=2024-01-01/city=S%C3%A3o%20Paulo/a=b.parquet')).toEqual({
      dt: '2024-01-01',
      city: 'São Paulo',
    })
    expect(hiveColumns('/w/a=1/a=2/x')).toEqual({ a: '2' })
    expect(hiveColumns('/w/=1/a=/b=c=d/50%=%zz/x')).toEqual({ a: '', b: 'c=d', '50%': '%zz' })
  })

  it('takes __proto__ as a name like any other', () => {
    const columns = hiveColumns('/w/__proto__=7/x.parquet')
    expect(Object.hasOwn(columns, '__proto__')).toBe(true)
    expect(Object.entries(columns)).toEqual([['__proto__', '7']])
  })
})
