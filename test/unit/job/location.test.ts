import { describe, expect, it } from 'vitest'
import { readLocation } from '../../../src/job/location.ts'

describe('readLocation', () => {
  it.each([
    ['data/*.parquet', '/jobs/data/*.parquet'],
    ['../data/a.csv', '/data/a.csv'],
    ['/abs/x?.jsonl', '/abs/x?.jsonl'],
    ['file:///data/part-?.csv', '/data/part-?.csv'],
    ['file://localhost/data/a%20b.csv', '/data/a b.csv'],
    ['file:/data/a.csv', '/data/a.csv'],
    ['file:data/a.csv', '/jobs/data/a.csv'],
    ['FILE:///data/a.csv', '/data/a.csv'],
    ['odd:name.csv', '/jobs/odd:name.csv'],
  ])('%s is the path %s', (text, path) => {
    expect(readLocation(text, '/jobs')).toEqual({ kind: 'path', path })
  })

  it.each([
    ['gs://bucket/x', 'gs'],
    ['oss://bucket/x', 'oss'],
    ['hdfs://nn/x', 'hdfs'],
    ['ftp://host/x', 'ftp'],
  ])('%s has the scheme %s', (text, scheme) => {
    expect(readLocation(text, '/jobs')).toEqual({ kind: 'scheme', scheme })
  })

  it.each([
    'webhdfs://nn:9870/x/dt=*/*.parquet',
    'webhdfs://nn/a b%20?#c',
    'swebhdfs://nn:9871,[::1]:9871/x',
  ])('%s is remote, its path as it is', uri => {
    expect(readLocation(uri, '/jobs')).toEqual({ kind: 'remote', uri })
  })

  it.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/dt=*/a b%20?#c', 's3://bucket/dt=*/a b%20?#c'],
    ['S3A://bucket/x', 's3://bucket/x'],
    ['s3n://bucket/x', 's3://bucket/x'],
  ])('%s is %s', (text, uri) => {
    expect(readLocation(text, '/jobs')).toEqual({ kind: 'remote', uri })
  })

  it.each([
    ['s3:bucket/x', /s3:\/\/bucket/],
    ['s3:///x', /s3:\/\/bucket/],
    ['s3://key:secret@bucket/x', /no keys in it/],
    ['webhdfs:x/y', /webhdfs:\/\/namenode:9870/],
    ['webhdfs://nn', /webhdfs:\/\/namenode:9870/],
    ['swebhdfs:///x', /swebhdfs:\/\/namenode/],
    ['webhdfs://me:secret@nn/x', /no user or password/],
    ['~/data', /HOME/],
    ['file://host/x', /this machine/],
    ['file:///a%zz', /hex/],
    ['a\u0000b', /NUL/],
  ])('%j is wrong', (text, reason) => {
    const location = readLocation(text, '/jobs')
    expect(location.kind).toBe('wrong')
    expect(location).toHaveProperty('reason', expect.stringMatching(reason))
  })
})
