import { describe, expect, it } from 'vitest'
import type { Column, Field, Schema } from '../../../src/core/batch/index.ts'
import { valueAt } from '../../../src/core/batch/index.ts'
import { versionLayout } from '../../../src/features/version-layout.ts'
import type { VersionUnit } from '../../../src/features/version-reader.ts'
import { readVersions } from '../../../src/features/version-reader.ts'
import type { BadRow, Decoder } from '../../../src/history/index.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { PinnedFile } from '../../../src/plan/index.ts'
import { columnOf } from '../../property/asof-twin.ts'

const FIELDS: readonly Field[] = [
  { name: 'k', type: { name: 'utf8' } },
  { name: 't', type: { name: 'int64' } },
  { name: 'seen', type: { name: 'int64' } },
  { name: 'v', type: { name: 'int32' } },
]
type Row = readonly (string | number | null)[]

async function read(
  rows: readonly Row[],
  file: Partial<PinnedFile> = {},
  extra: { schema?: Schema; columns?: string[]; decodedBad?: readonly BadRow[] } = {},
): Promise<{ units: VersionUnit[]; bad: BadRow[]; asked: string[] }> {
  const unit = { rowFirst: 100, rows: rows.length, bytes: 1, timeMinMs: null, timeMaxMs: null }
  const pinned: PinnedFile = {
    ordinal: 0,
    path: '/v.parquet',
    format: 'parquet',
    bytes: 1,
    mtimeMs: 0,
    fileId: '1',
    hive: {},
    units: [unit],
    ...file,
  }
  const asked: string[] = []
  const decoder = {
    decode: ({ fields }: { fields: Schema }) => {
      asked.push(...fields.map(field => field.name))
      const columns = fields.map((field): Column => {
        const c = FIELDS.findIndex(each => each.name === field.name)
        return columnOf(
          field.type,
          rows.map(row => row[c]),
        )
      })
      return Promise.resolve({
        batch: { schema: fields, rows: rows.length, columns },
        fileRow: null,
        bad: extra.decodedBad ?? [],
      })
    },
  } as unknown as Decoder
  const layout = versionLayout(
    {
      key: ['k'],
      time: { column: 't', unit: 's' },
      available: { column: 'seen', unit: 'ms' },
      columns: extra.columns ?? ['v'],
    },
    extra.schema ?? FIELDS,
  )
  const bad: BadRow[] = []
  const units: VersionUnit[] = []
  const options = {
    files: [pinned],
    layout,
    timeline: 'ms' as const,
    decoder,
    checkFile: () => Promise.resolve(),
    quarantine: (_file: PinnedFile, _unit: object, rows: readonly BadRow[]) => {
      bad.push(...rows)
      return Promise.resolve()
    },
  }
  for await (const each of readVersions(options)) units.push(each)
  return { units, bad, asked }
}

describe('version reader', () => {
  it('brings times to ticks and tells where rows were written', async () => {
    const { units, bad } = await read([
      ['a', 5, 6000, 1],
      ['b', -7, 0, null],
    ])
    expect(bad).toEqual([])
    expect(units[0]).toMatchObject({ bad: 0, nullKeys: 0, fileRow: Float64Array.of(100, 101) })
    expect(units[0].chunk).toMatchObject({
      rows: 2,
      time: Float64Array.of(5000, -7000),
      sub: null,
      available: Float64Array.of(6000, 0),
      deleted: null,
    })
  })

  it('sets rows aside whose times or keys cannot be used, once each, and counts null keys', async () => {
    const { units, bad } = await read(
      [
        ['a', null, null, 1],
        ['b', 1, null, 2],
        [null, 1, 1, 3],
        ['x'.repeat(LIMITS.featureKeyBytes + 1), 1, 1, 4],
        ['good', 1, 1, 5],
        [null, null, 1, 6],
      ],
      {},
      { decodedBad: [{ row: 99, reason: 'no JSON', text: '{' }] },
    )
    expect(bad.map(({ row, reason }) => [row, reason])).toEqual([
      [99, 'no JSON'],
      [100, 'time column t is null'],
      [101, 'time column seen is null'],
      [103, `the key has ${LIMITS.featureKeyBytes + 1} bytes, more than ${LIMITS.featureKeyBytes}`],
      [105, 'time column t is null'],
    ])
    expect(bad[2].text).toBe('k=b t=1 seen=null v=2')
    expect(units[0]).toMatchObject({ bad: 5, nullKeys: 1, fileRow: Float64Array.of(104) })
    expect(units[0].chunk.columns[0]).toMatchObject({ values: Int32Array.of(5) })
    expect(units[0].keys).toMatchObject({ rows: 1, isNull: null })
  })

  it('fills columns of Hive folders and never asks the file for them', async () => {
    const types = { day: { name: 'date' }, shop: { name: 'utf8' }, n: { name: 'int64' } } as const
    const schema = [...FIELDS, ...Object.entries(types).map(([name, type]) => ({ name, type }))]
    const hive = { day: '1970-01-03', shop: 'north', n: '-12' }
    const { units, asked } = await read(
      [
        ['a', 1, 1, 1],
        ['a', 2, 2, 2],
      ],
      { hive },
      { schema, columns: ['day', 'shop', 'n'] },
    )
    const { columns } = units[0].chunk
    expect(asked).toEqual(['k', 't', 'seen'])
    const values = columns.map((column, c) =>
      [0, 1].map(row => valueAt(column, Object.values(types)[c], row)),
    )
    expect(values).toEqual([
      ['1970-01-03', '1970-01-03'],
      ['north', 'north'],
      [-12n, -12n],
    ])
  })

  it('takes the null folder as null and refuses one that is no value', async () => {
    const schema = [...FIELDS, { name: 'n', type: { name: 'int64' } } as const]
    const nothing = await read(
      [['a', 1, 1, 1]],
      { hive: { n: '__HIVE_DEFAULT_PARTITION__' } },
      { schema, columns: ['n'] },
    )
    expect(nothing.units[0].chunk.columns[0].valid).toEqual(Uint8Array.of(0))
    await expect(
      read([['a', 1, 1, 1]], { hive: { n: 'x' } }, { schema, columns: ['n'] }),
    ).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: '/v.parquet', column: 'n' },
    })
  })
})
