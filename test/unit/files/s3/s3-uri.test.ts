import { describe, expect, it } from 'vitest'
import { checkedEndpoint, isS3Uri, parseS3Uri } from '../../../../src/files/s3/s3-uri.ts'

describe('URIs of S3', () => {
  it.each([
    ['s3://bucket', { bucket: 'bucket', path: '/' }],
    ['s3://bucket/', { bucket: 'bucket', path: '/' }],
    ['s3://my.bucket-1/a/b', { bucket: 'my.bucket-1', path: '/a/b' }],
    ['s3a://bucket/dt=*/a b%20?#.parquet', { bucket: 'bucket', path: '/dt=*/a b%20?#.parquet' }],
    ['S3N://Bucket_2/a//b\nc', { bucket: 'Bucket_2', path: '/a//b\nc' }],
  ])('%j is a bucket and a path, taken as it is', (uri, parsed) => {
    expect(isS3Uri(uri)).toBe(true)
    expect(parseS3Uri(uri)).toEqual(parsed)
  })

  it.each([
    's3:bucket/x',
    's3:///x',
    's3://',
    's3://AKIAKEY:hunter2@bucket/x',
    's3://hunter2@bucket/x',
    's3://bucket:9000/x',
    's3://-b/x',
    's3://b ucket/x',
    's3://é/x',
  ])('%j is none, and nothing of it is repeated', uri => {
    const parse = () => parseS3Uri(uri)
    expect(parse).toThrow(expect.objectContaining({ code: 'job-invalid' }))
    expect(parse).not.toThrow(/hunter2|AKIA/)
  })

  it.each(['/s3://x', 's4://x', 'data/s3:x', 'webhdfs://x/'])('%j is something else', text => {
    expect(isS3Uri(text)).toBe(false)
  })

  it.each([
    ['https://s3.example.com/', 'https://s3.example.com'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['https://[::1]:9000//', 'https://[::1]:9000'],
  ])('the endpoint %j is %j', (endpoint, checked) => {
    expect(checkedEndpoint(endpoint)).toBe(checked)
  })

  it.each([
    's3.example.com',
    'ftp://s3.example.com',
    'https://key:hunter2@s3.example.com',
    'https://s3.example.com/?token=hunter2',
    'https://s3.example.com/#hunter2',
    'http://169.254.169.254',
    'http://[fe80::1]',
    'http://0xa9fea9fe/',
  ])('the endpoint %j is refused, and nothing of it is repeated', endpoint => {
    const check = () => checkedEndpoint(endpoint)
    expect(check).toThrow(expect.objectContaining({ code: 'job-invalid' }))
    expect(check).not.toThrow(/hunter2/)
  })
})
