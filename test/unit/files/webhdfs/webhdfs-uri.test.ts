import { describe, expect, it } from 'vitest'
import { authorityUri, isWebHdfsUri, parseWebHdfsUri } from '../../../../src/files/webhdfs/webhdfs-uri.ts'

describe('parseWebHdfsUri', () => {
  it.each([
    ['webhdfs://nn/a', 'webhdfs://nn:9870', '/a'],
    ['swebhdfs://nn/a', 'swebhdfs://nn:9871', '/a'],
    ['WEBHDFS://NN1.Example.COM.:1,nn2/a', 'webhdfs://nn1.example.com:1,nn2:9870', '/a'],
    ['webhdfs://[::1]:9870,[2001:DB8::0]/x', 'webhdfs://[::1]:9870,[2001:db8::]:9870', '/x'],
    ['webhdfs://nn', 'webhdfs://nn:9870', '/'],
    ['webhdfs://nn/dt=*/a?[b]{c,d}#%41 \n.parquet', 'webhdfs://nn:9870', '/dt=*/a?[b]{c,d}#%41 \n.parquet'],
    ['webhdfs://nn/a@b:c', 'webhdfs://nn:9870', '/a@b:c'],
  ])('%j', (uri, authority, path) => {
    const parsed = parseWebHdfsUri(uri)
    expect(authorityUri(parsed)).toBe(authority)
    expect(parsed.path).toBe(path)
    expect(isWebHdfsUri(uri)).toBe(true)
  })

  it.each([
    'webhdfs:/nn/a',
    'webhdfs:///a',
    'hdfs://nn/a',
    'webhdfs://nn,/a',
    'webhdfs://nn:0/a',
    'webhdfs://nn:65536/a',
    'webhdfs://nn:x/a',
    'webhdfs://::1/a',
    'webhdfs://n n/a',
    'webhdfs://nn?x/a',
    'webhdfs://169.254.169.254/a',
    'webhdfs://[::ffff:169.254.169.254]:80/a',
    'webhdfs://2852039166/a',
  ])('%s is refused', uri => {
    expect(() => parseWebHdfsUri(uri)).toThrow(expect.objectContaining({ code: 'job-invalid' }))
  })

  it('refuses a password without repeating it', () => {
    expect(() => parseWebHdfsUri('webhdfs://me:secret@nn/a')).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.not.stringContaining('secret') }),
    )
  })
})
