/**
 * `hindcast features load | list | get` as a user types it: what is printed, with and without --json, and exit codes.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ended } from '../../harness/index.ts'
import { lastJsonLine, makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'

const directory = makeTempDirectory()
const store = join(directory, 'store')

function features(...args: string[]): Promise<Ended> {
  return runHindcast(['features', ...args])
}

beforeAll(async () => {
  writeFileSync(
    join(directory, 'v.csv'),
    'item,at,n,mean\nkettle,2024-01-01T00:00:00Z,1,0.5\nkettle,2024-01-02T00:00:00Z,2,\n',
  )
  const loaded = await features(
    'load',
    store,
    join(directory, '*.csv'),
    '--table',
    'items',
    '--key',
    'item',
    '--time',
    'at',
  )
  expect(loaded).toMatchObject({ code: 0, stdout: 'loaded  2 versions into items\n' })
})
afterAll(() => removeTempDirectory(directory))

describe('hindcast features', () => {
  it('loads again without changing anything', async () => {
    const again = await features(
      'load',
      store,
      join(directory, 'v.csv'),
      '--table',
      'items',
      '--key',
      'item',
      '--time',
      'at',
      '--json',
    )
    expect(again.code).toBe(0)
    expect(lastJsonLine(again)).toMatchObject({
      table: 'items',
      versions: 0,
      skipped: [join(directory, 'v.csv')],
    })
  })

  it('lists tables', async () => {
    expect(lastJsonLine(await features('list', store, '--json'))).toMatchObject({
      tables: [
        { name: 'items', versions: 2, key: { item: 'utf8' }, columns: { n: 'int64', mean: 'float64' } },
      ],
    })
    expect((await features('list', store)).stdout).toContain('newest    2024-01-02T00:00:00Z\n')
  })

  it('gets the version as of a time', async () => {
    const newest = await features('get', store, 'items', 'kettle')
    expect(newest).toMatchObject({
      code: 0,
      stdout: 'version  2024-01-02T00:00:00Z\nn        2\nmean     null\n',
    })
    const before = await features(
      'get',
      store,
      'items',
      'kettle',
      '--as-of',
      '2024-01-02T00:00:00Z',
      '--json',
    )
    expect(lastJsonLine(before)).toEqual({
      status: 'hit',
      versionMs: 1704067200000,
      values: { n: 1, mean: 0.5 },
    })
    const at = await features(
      'get',
      store,
      'items',
      'kettle',
      '--as-of',
      '1704153600000',
      '--boundary',
      'inclusive',
      '--json',
    )
    expect(lastJsonLine(at)).toMatchObject({ values: { n: 2 } })
    expect((await features('get', store, 'items', 'teapot')).stdout).toBe('absent\n')
  })

  it('says what is wrong and what to do, with exit 2 or 3', async () => {
    expect(await features('get', store, 'itms', 'kettle')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Its tables are: items.'),
    })
    expect((await features('get', store, 'items', 'kettle', '--as-of', 'yesterday')).code).toBe(2)
    const nowhere = await features('list', join(directory, 'nowhere'))
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('is no feature store') })
    const key = ['--table', 'items', '--key', 'nokey', '--time', 'at']
    expect(await features('load', store, join(directory, 'v.csv'), ...key)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('column nokey is in none of the files of versions'),
    })
  })
})
