import { describe, expect, it } from 'vitest'
import {
  parseBlocks,
  parseBoolean,
  parseChecksum,
  parseListing,
  parsePage,
  parseStatus,
} from '../../../../src/files/webhdfs/replies.ts'

const FILE = { pathSuffix: 'a', type: 'FILE', length: 5, modificationTime: 7, fileId: 9, blockSize: 128 }

function page(names: readonly unknown[], remainingEntries: unknown = 0): unknown {
  const FileStatus = names.map(pathSuffix => ({ ...FILE, pathSuffix }))
  return { DirectoryListing: { partialListing: { FileStatuses: { FileStatus } }, remainingEntries } }
}

const invalid = expect.objectContaining({ code: 'reply-invalid' })

describe('statuses', () => {
  it('are read as they are', () => {
    expect(parseStatus({ FileStatus: { ...FILE, pathSuffix: '' } })).toEqual({
      name: '',
      kind: 'file',
      bytes: 5,
      mtimeMs: 7,
      fileId: '9',
      blockBytes: 128,
    })
    const { fileId: _, blockSize: _2, ...bare } = FILE
    expect(parseStatus({ FileStatus: bare })).toMatchObject({ fileId: '', blockBytes: 0 })
  })

  it.each([
    null,
    [],
    'x',
    {},
    { FileStatus: [] },
    { FileStatus: { ...FILE, length: -1 } },
    { FileStatus: { ...FILE, length: 1.5 } },
    { FileStatus: { ...FILE, length: '5' } },
    { FileStatus: { ...FILE, length: 2 ** 53 } },
    { FileStatus: { ...FILE, fileId: null } },
    { FileStatus: { ...FILE, type: 'constructor' } },
    { FileStatus: { ...FILE, type: 'file' } },
    { FileStatus: { ...FILE, pathSuffix: 1 } },
    { FileStatus: { ...FILE, modificationTime: undefined } },
  ])('%j is refused', body => {
    expect(() => parseStatus(body)).toThrow(invalid)
  })
})

describe('listings', () => {
  it('have names, and say whether there are more', () => {
    expect(parsePage(page(['a', 'é b']))).toMatchObject({
      entries: [{ name: 'a' }, { name: 'é b' }],
      hasMore: false,
    })
    expect(parsePage(page(['a'], 3)).hasMore).toBe(true)
    expect(parseListing({ FileStatuses: { FileStatus: [FILE] } })).toMatchObject({ entries: [{ name: 'a' }] })
  })

  it.each([
    page([''], 0),
    page(['..']),
    page(['a/b']),
    page(['a\0']),
    page([], 3),
    page(['a'], '3'),
    { DirectoryListing: {} },
    { FileStatuses: { FileStatus: [FILE] } },
  ])('%j is refused', body => {
    expect(() => parsePage(body)).toThrow(invalid)
  })
})

it('reads where blocks are', () => {
  const location = {
    name: '10.0.0.5:9866',
    ipAddr: '10.0.0.5',
    hostName: 'DN5',
    xferPort: 9866,
    infoPort: 9864,
    infoSecurePort: 0,
  }
  const blocks = { isUnderConstruction: true, locatedBlocks: [{ locations: [location] }] }
  expect(parseBlocks({ LocatedBlocks: blocks })).toEqual({
    isUnfinished: true,
    replicas: [{ hosts: ['dn5', '10.0.0.5'], httpPorts: [9864, 0], transfer: '10.0.0.5:9866' }],
  })
  expect(parseBlocks({ LocatedBlocks: {} })).toEqual({ isUnfinished: null, replicas: [] })
  expect(() => parseBlocks({ LocatedBlocks: { locatedBlocks: [1] } })).toThrow(invalid)
})

it('reads answers and checksums', () => {
  expect([parseBoolean({ boolean: true }), parseBoolean({ boolean: false }), parseBoolean(null)]).toEqual([
    true,
    false,
    true,
  ])
  expect(() => parseBoolean({ boolean: 'true' })).toThrow(invalid)
  expect(parseChecksum({ FileChecksum: { algorithm: 'MD5', bytes: 'ab', length: 2 } })).toBe('MD5:ab')
  expect(() => parseChecksum({ FileChecksum: { algorithm: 'MD5' } })).toThrow(invalid)
})
