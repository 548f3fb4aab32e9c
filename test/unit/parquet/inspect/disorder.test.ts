import { describe, expect, it } from 'vitest'
import {
  batchOf,
  bytesSource,
  type ParquetFile,
  readParquetFile,
  type Schema,
} from '../../../../src/parquet/index.ts'
import { groupDisorder } from '../../../../src/parquet/inspect/disorder.ts'
import { firstTimeColumn } from '../../../../src/parquet/inspect/time-column.ts'
import { writtenFile } from './forged-file.ts'

const SCHEMA: Schema = [{ name: 'at', type: { name: 'timestamp', unit: 'us', utc: true } }]

/** A file with a row group for each list of times. */
async function fileOf(...groups: (bigint | null)[][]): Promise<ParquetFile> {
  const batches = groups.map(at => batchOf(SCHEMA, { at }))
  return readParquetFile(bytesSource(await writtenFile(SCHEMA, batches, { rowGroupRows: 1 })))
}

async function disorderOf(...groups: (bigint | null)[][]) {
  const file = await fileOf(...groups)
  return groupDisorder(firstTimeColumn(file)!, file.metadata.rowGroups)
}

describe('groupDisorder', () => {
  it.each([
    [
      'in order',
      [
        [0n, 10n],
        [11n, 20n],
        [30n, 30n],
      ],
      { groupsOverlapping: 0, groupsAtOnce: 1, backwardsMs: 0 },
    ],
    [
      'touching',
      [
        [0n, 10n],
        [10n, 20n],
      ],
      { groupsOverlapping: 0, groupsAtOnce: 2, backwardsMs: 0 },
    ],
    [
      'overlapping by a microsecond',
      [
        [0n, 10n],
        [9n, 20n],
      ],
      { groupsOverlapping: 1, groupsAtOnce: 2, backwardsMs: 0.001 },
    ],
    [
      'the wrong way around',
      [
        [20n, 30n],
        [10n, 19n],
        [0n, 9n],
      ],
      { groupsOverlapping: 2, groupsAtOnce: 1, backwardsMs: 0.03 },
    ],
    ['all of the same moment', [[5n], [5n], [5n]], { groupsOverlapping: 0, groupsAtOnce: 3 }],
    [
      'one over all the others',
      [
        [0n, 1000n],
        [1n, 2n],
        [3n, 4n],
      ],
      { groupsOverlapping: 2, groupsAtOnce: 2, backwardsMs: 0.999 },
    ],
    ['with a row group of nulls', [[0n, 1n], [null], [2n]], { groupsUnknown: 0, groupsOverlapping: 0 }],
  ])('of row groups %s', async (_, groups, expected) => {
    expect(await disorderOf(...groups)).toMatchObject(expected)
  })

  it('tells the range in UTC', async () => {
    expect(await disorderOf([1_700_000_000_000_001n], [1_700_000_001_000_000n])).toMatchObject({
      min: '2023-11-14T22:13:20.000Z',
      max: '2023-11-14T22:13:21.000Z',
    })
  })

  it('claims nothing of row groups without statistics', async () => {
    const file = await fileOf([0n, 5n], [1n, 2n])
    const groups = file.metadata.rowGroups.map((group, g) =>
      g === 0 ? group : { ...group, columns: group.columns.map(chunk => ({ ...chunk, statistics: null })) },
    )
    expect(groupDisorder(firstTimeColumn(file)!, groups)).toMatchObject({
      groupsUnknown: 1,
      groupsOverlapping: 0,
      min: null,
      max: null,
    })
  })
})
