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
    ['webhdfs://nn:9870/x', 'webhdfs'],
    ['swebhdfs://nn:9871,nn2:9871/x', 'swebhdfs'],
    ['s3://bucket/x', 's3'],
    ['s3:bucket/x', 's3'],
    ['hdfs://nn/x', 'hdfs'],
    ['ftp://host/x', 'ftp'],
  ])('%s has the scheme %s', (text, scheme) => {
    expect(readLocation(text, '/jobs')).toEqual({ kind: 'scheme', scheme })
  })

  it.each([
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
