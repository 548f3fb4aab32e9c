import { describe, expect, it } from 'vitest'
import { compressionOf, connectNameOf, formatOf } from '../../../src/files/file-name.ts'

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
    ['/d/ratings+3+0000000100+0000000199.parquet', 'ratings', 3, 100, 199],
    ['/topics/r/partition=0/r+0+0000000005+0000000005.csv.gz', 'r', 0, 5, 5],
    ['r.v-2_x+12+0000000000.snappy.parquet', 'r.v-2_x', 12, 0, null],
    ['/t/year=2024/month=01/day=02/hour=03/t+0+0000000007.json.gz', 't', 0, 7, null],
    ['/d/a+b+0+5+5.csv.gz', 'a+b', 0, 5, 5],
    ['/d/a+b+0+5', 'a+b', 0, 5, null],
    ['/d/t+0+12345678901+12345678999.parquet', 't', 0, 12_345_678_901, 12_345_678_999],
    ['/d/t+0+00000000000000000000007.parquet', 't', 0, 7, null],
    ['/d/t+2147483647+0.parquet', 't', 2_147_483_647, 0, null],
    ['/d/7+7+7.json', '7', 7, 7, null],
  ])('%s is named by a sink', (path, topic, partition, offsetFirst, offsetLast) => {
    expect(connectNameOf(path)).toEqual({ topic, partition, offsetFirst, offsetLast })
  })

  it.each([
    ['/d/t+0+7+6.parquet', 'ends before it begins'],
    ['/d/t+0+1+99999999999999999999.parquet', 'ends beyond 2^53'],
    ['/d/t+0+9007199254740992.parquet', 'begins beyond 2^53'],
    ['/d/t+2147483648+0.parquet', 'has a partition that Kafka cannot have'],
    ['/d/2024+01+05.csv', 'is a date: partitions are not padded'],
    ['/d/2024+1+2+3+4.csv', 'has a number too many'],
    ['/d/t+01+5+9.csv', 'has a padded partition'],
    ['/d/+0+5.csv', 'has no topic'],
    ['/d/t+0+5 (1).csv', 'was copied by a browser'],
    ['/d/t+0+5.csv+tmp', 'is not finished'],
    ['/d/t+0/5.csv', 'has them in the folder'],
    ['/d/ratings-3-100.parquet', 'has another delimiter'],
    ['/d/ratings-3.parquet', 'has one number'],
  ])('%s is not: it %s', path => {
    expect(connectNameOf(path)).toBeNull()
  })
})
