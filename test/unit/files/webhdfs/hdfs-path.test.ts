import { describe, expect, it } from 'vitest'
import { encodedPath, splitPath } from '../../../../src/files/webhdfs/hdfs-path.ts'

describe('encodedPath', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a//b/', '/a/b'],
    ['/a b/c%d', '/a%20b/c%25d'],
    ['/q?x#y', '/q%3Fx%23y'],
    ['/%2F/dt=2026-01-01', '/%252F/dt%3D2026-01-01'],
    ['/e\u0301', '/e%CC%81'],
    ['/漢🎉', '/%E6%BC%A2%F0%9F%8E%89'],
  ])('%j is %s', (path, encoded) => {
    expect(encodedPath(path)).toBe(encoded)
  })

  it.each(['/a/../b', '/.', '/a/..', '/a\0b', '/a\ud800'])('%j is refused', path => {
    expect(() => encodedPath(path)).toThrow(expect.objectContaining({ code: 'job-invalid' }))
  })
})

it('splits a path into its folder and its name', () => {
  expect(splitPath('/a/b')).toEqual({ folder: '/a', name: 'b' })
  expect(splitPath('/a')).toEqual({ folder: '/', name: 'a' })
  expect(splitPath('/a/b/')).toEqual({ folder: '/a', name: 'b' })
})
