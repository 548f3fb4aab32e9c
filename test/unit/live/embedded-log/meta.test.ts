import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, openLogSource, openLogWriter, readLogMeta } from '../../../../src/live/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

describe('createLog', () => {
  it('makes a log that says of itself what was asked for', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'deep', 'log')
      const made = createLog(directory, {
        partitions: 2,
        key: ['a', 'b'],
        partitioner: 'crc32',
        keyEncoding: 'json',
        offsetFirst: [7, 2 ** 53 - 10],
      })
      expect(readLogMeta(directory)).toEqual(made)
      expect(made).toMatchObject({
        partitions: 2,
        key: ['a', 'b'],
        partitioner: 'crc32',
        keyEncoding: 'json',
        segmentBytes: 67108864,
      })
      const source = await openLogSource(directory)
      expect([source.id, source.partitions]).toEqual([made.id, 2])
      expect([await source.ends(0), await source.ends(1)]).toEqual([
        { first: 7, next: 7, leaderEpoch: null },
        { first: 2 ** 53 - 10, next: 2 ** 53 - 10, leaderEpoch: null },
      ])
      expect(await source.read({ partition: 0, offset: 7, bytesMax: 1, waitMs: 0 })).toMatchObject({
        rows: 0,
        offsetNext: 7,
        endOffset: 7,
      })
      await source.close()
    }))

  it.each([
    [{ partitions: 0, key: ['a'] }, /partitions must be 1…1024/],
    [{ partitions: 1.5, key: ['a'] }, /partitions must be/],
    [{ partitions: 1, key: [] }, /at least one column/],
    [{ partitions: 1, key: ['a', 'a'] }, /named twice/],
    [{ partitions: 1, key: ['a', 'b'], partitioner: 'column' as const }, /one key column/],
    [{ partitions: 1, key: ['a'], partitioner: 'md5' as 'crc32' }, /one of murmur2, crc32, fnv1a, column/],
    [{ partitions: 1, key: ['a'], keyEncoding: 'avro' as 'json' }, /one of text, int32, int64, json/],
    [{ partitions: 1, key: ['a'], segmentBytes: 0 }, /segmentBytes must be/],
    [{ partitions: 2, key: ['a'], offsetFirst: [0] }, /one offset a partition/],
    [{ partitions: 1, key: ['a'], offsetFirst: [-1] }, /whole numbers from 0/],
  ])('refuses %j', (options, reason) =>
    withTempDirectory(parent => {
      expect(() => createLog(join(parent, 'log'), options)).toThrow(reason)
      expect(() => createLog(join(parent, 'log'), options)).toThrow(
        expect.objectContaining({ code: 'argument-invalid' }),
      )
    }),
  )

  it('refuses a directory that holds something, also a log', () =>
    withTempDirectory(parent => {
      createLog(join(parent, 'log'), { partitions: 1, key: ['a'] })
      expect(() => createLog(join(parent, 'log'), { partitions: 1, key: ['a'] })).toThrow(/not empty/)
    }))
})

describe('a directory that is no log', () => {
  const cases: readonly (readonly [what: string, change: (directory: string) => void])[] = [
    ['nothing there', () => {}],
    ['an empty directory', directory => mkdirSync(directory)],
    ['meta.json that is not JSON', directory => withMeta(directory, text => text.slice(1))],
    ['meta.json of something else', directory => withMeta(directory, () => '{"name":"x"}')],
    ['meta.json that is null', directory => withMeta(directory, () => 'null')],
    [
      'another version',
      directory => withMeta(directory, text => text.replace('"version": 1', '"version": 2')),
    ],
    [
      'a partition count that is none',
      directory => withMeta(directory, text => text.replace('"partitions": 1', '"partitions": -1')),
    ],
  ]
  it.each(cases)('%s: log-invalid', (_what, change) =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      change(directory)
      await expect(openLogSource(directory)).rejects.toMatchObject({ code: 'log-invalid' })
      await expect(openLogWriter(directory)).rejects.toMatchObject({ code: 'log-invalid' })
    }),
  )
})

function withMeta(directory: string, change: (text: string) => string): void {
  createLog(directory, { partitions: 1, key: ['a'] })
  const path = join(directory, 'meta.json')
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}
