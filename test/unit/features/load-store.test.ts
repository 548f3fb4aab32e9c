import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LoadStoreOptions, LoadStoreOutcome } from '../../../src/features/index.ts'
import {
  describeFeature,
  getVersion,
  listStore,
  loadStore,
  tableColumns,
} from '../../../src/features/index.ts'
import { LocalFileSystem, takeOwnerLock } from '../../../src/files/index.ts'
import { createDecoder } from '../../../src/history/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { featureJob } from '../../property/feature-fixture.ts'

type Row = Readonly<Record<string, unknown>>

function writeRows(path: string, rows: readonly Row[]): string {
  writeFileSync(path, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  return path
}

const COLUMNS: LoadStoreOptions['columns'] = { key: ['item'], time: { column: 'at', unit: 'ms' } }

async function load(
  directory: string,
  paths: readonly string[],
  part: Partial<LoadStoreOptions> = {},
): Promise<LoadStoreOutcome> {
  const { files } = await new LocalFileSystem().list(paths)
  const jsonl = files.map(file => ({ ...file, format: 'jsonl' as const }))
  const decoder = createDecoder({
    files: jsonl,
    csv: { delimiter: ',', header: true, null: '' },
    declared: await tableColumns(join(directory, 'store'), part.table ?? 't'),
  })
  try {
    return await loadStore({
      directory: join(directory, 'store'),
      table: 't',
      columns: COLUMNS,
      files: jsonl,
      decoder,
      ...part,
    })
  } finally {
    await decoder.close()
  }
}

function get(
  directory: string,
  key: string[],
  asOfMs: number | null,
  inclusive = false,
): ReturnType<typeof getVersion> {
  return getVersion({ directory: join(directory, 'store'), table: 't', key, asOfMs, inclusive })
}

const ROWS = [
  { item: 'a', at: 10, n: 1, mean: 0.5 },
  { item: 'b', at: 15, n: 7, mean: 1.5 },
  { item: 'a', at: 20, n: 2, mean: null },
]

describe('loadStore', () => {
  it('loads files that get and list then know', async () => {
    await withTempDirectory(async directory => {
      const outcome = await load(directory, [writeRows(join(directory, 'v.jsonl'), ROWS)])
      expect(outcome).toEqual({
        table: 't',
        versions: 3,
        bad: 0,
        nullKeys: 0,
        skipped: [],
        ignored: [],
        quarantine: null,
      })
      expect(await get(directory, ['a'], null)).toEqual({
        status: 'hit',
        versionMs: 20,
        values: { n: 2, mean: null },
      })
      expect(await get(directory, ['a'], 20)).toMatchObject({ versionMs: 10, values: { n: 1, mean: 0.5 } })
      expect(await get(directory, ['a'], 20, true)).toMatchObject({ versionMs: 20 })
      expect(await get(directory, ['a'], 10)).toEqual({ status: 'absent', versionMs: null, values: null })
      expect(await get(directory, ['c'], null)).toMatchObject({ status: 'absent' })
      expect(await listStore(join(directory, 'store'))).toEqual([
        {
          name: 't',
          versions: 3,
          newestMs: 20,
          unit: 'ms',
          available: false,
          key: { item: 'utf8' },
          columns: { n: 'int64', mean: 'float64' },
        },
      ])
    })
  })

  it('changes nothing when the same content is loaded again, wherever it lies', async () => {
    await withTempDirectory(async directory => {
      await load(directory, [writeRows(join(directory, 'v.jsonl'), ROWS)])
      const copy = writeRows(join(directory, 'copy.jsonl'), ROWS)
      expect(await load(directory, [copy])).toMatchObject({ versions: 0, skipped: [copy] })
      expect((await listStore(join(directory, 'store')))[0].versions).toBe(3)
    })
  })

  it('lets what was written later win among versions of one time', async () => {
    await withTempDirectory(async directory => {
      const first = writeRows(join(directory, '1.jsonl'), [...ROWS, { item: 'a', at: 20, n: 3 }])
      const second = writeRows(join(directory, '2.jsonl'), [{ item: 'b', at: 15, n: 8 }])
      await load(directory, [first, second])
      expect(await get(directory, ['a'], null)).toMatchObject({ values: { n: 3 } })
      expect(await get(directory, ['b'], null)).toMatchObject({ values: { n: 8, mean: null } })
      await load(directory, [writeRows(join(directory, '0.jsonl'), [{ item: 'b', at: 15, n: 9 }])])
      expect(await get(directory, ['b'], null)).toMatchObject({ values: { n: 9 } })
    })
  })

  it('knows deletes, and when a version became readable', async () => {
    await withTempDirectory(async directory => {
      const rows = [
        { item: 'a', at: 10, seen: 10, gone: false, n: 1 },
        { item: 'a', at: 10, seen: 50, gone: false, n: 2 },
        { item: 'a', at: 60, seen: 60, gone: true, n: 3 },
      ]
      const columns = { ...COLUMNS, available: { column: 'seen', unit: 'ms' as const }, deleted: 'gone' }
      await load(directory, [writeRows(join(directory, 'v.jsonl'), rows)], { columns })
      expect(await get(directory, ['a'], 40)).toMatchObject({ values: { n: 1 } })
      expect(await get(directory, ['a'], 51)).toMatchObject({ values: { n: 2 } })
      expect(await get(directory, ['a'], 61)).toMatchObject({ status: 'absent' })
    })
  })

  it('refuses what does not fit the table', async () => {
    await withTempDirectory(async directory => {
      expect(await tableColumns(join(directory, 'store'), 't')).toEqual([])
      await load(directory, [writeRows(join(directory, 'v.jsonl'), ROWS)])
      expect((await tableColumns(join(directory, 'store'), 't')).map(field => field.name)).toEqual([
        'item',
        'n',
        'mean',
      ])
      const conflict = { code: 'schema-conflict' }
      const text = writeRows(join(directory, 'text.jsonl'), [{ item: 'a', at: 1, n: 'many', mean: 1 }])
      // Text files are read with the types of the table, so its value is bad, not its type.
      await expect(load(directory, [text])).rejects.toMatchObject({ code: 'quarantine-limit' })
      const fine = writeRows(join(directory, 'fine.jsonl'), [
        { item: 'a', at: 30, n: 4, mean: 1, extra: true },
      ])
      const finer = { ...COLUMNS, time: { column: 'at', unit: 'us' as const } }
      await expect(load(directory, [fine], { columns: finer })).rejects.toMatchObject(conflict)
      const seen = { ...COLUMNS, available: { column: 'at', unit: 'ms' as const } }
      await expect(load(directory, [fine], { columns: seen })).rejects.toMatchObject(conflict)
      await expect(
        load(directory, [fine], { columns: { ...COLUMNS, columns: ['n'] } }),
      ).rejects.toMatchObject(conflict)
      await expect(load(directory, [fine], { columns: { ...COLUMNS, key: ['n'] } })).rejects.toMatchObject(
        conflict,
      )
      await expect(load(directory, [fine], { table: 'a/b' })).rejects.toMatchObject({
        code: 'argument-invalid',
      })
      await expect(
        load(directory, [fine], { columns: { ...COLUMNS, key: ['x'] }, table: 'u' }),
      ).rejects.toMatchObject({
        code: 'column-missing',
      })
      expect(await load(directory, [fine])).toMatchObject({ versions: 1, ignored: ['extra'] })
    })
  })

  it('sets bad rows aside with where and why, and stops where they are many', async () => {
    await withTempDirectory(async directory => {
      const good = Array.from({ length: 2000 }, (_, i) => ({ item: i % 7 === 0 ? null : 'a', at: i, n: i }))
      const path = writeRows(join(directory, 'v.jsonl'), [...good, { item: 'a', n: 5 }])
      const outcome = await load(directory, [path])
      const folder = join(directory, 'store', 'quarantine', 't')
      expect(outcome).toMatchObject({ versions: 2000 - 286, bad: 1, nullKeys: 286, quarantine: folder })
      const lines = readdirSync(folder).map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')))
      expect(lines).toEqual([
        expect.objectContaining({ file: path, row: 2000, reason: 'time column at is null' }),
      ])

      const bad = writeRows(join(directory, 'bad.jsonl'), [
        { item: 'a', at: 1, n: 1 },
        { item: 'a', n: 2 },
      ])
      await expect(load(directory, [bad])).rejects.toMatchObject({
        code: 'quarantine-limit',
        where: { uri: bad, row: 1 },
      })
      expect((await listStore(join(directory, 'store')))[0].versions).toBe(2000 - 286)
    })
  })

  it('is refused while another load is going on', async () => {
    await withTempDirectory(async directory => {
      const path = writeRows(join(directory, 'v.jsonl'), ROWS)
      await load(directory, [path])
      const lock = takeOwnerLock(join(directory, 'store', 'load.lock'))
      await expect(load(directory, [path])).rejects.toMatchObject({
        code: 'store-failed',
        message: `process ${process.pid} is loading into the feature store`,
      })
      if (lock.held) lock.release()
      expect(await load(directory, [path])).toMatchObject({ skipped: [path] })
    })
  })

  it('takes keys of several columns and of every kind', async () => {
    await withTempDirectory(async directory => {
      const rows = [{ item: 5, shop: 'north', ok: true, at: 10, n: 1 }]
      const columns = { ...COLUMNS, key: ['item', 'shop', 'ok'] }
      await load(directory, [writeRows(join(directory, 'v.jsonl'), rows)], { columns })
      expect(await get(directory, ['5', 'north', 'true'], null)).toMatchObject({ values: { n: 1 } })
      expect(await get(directory, ['5', 'south', 'true'], null)).toMatchObject({ status: 'absent' })
      await expect(get(directory, ['5', 'north'], null)).rejects.toMatchObject({ code: 'argument-invalid' })
      await expect(get(directory, ['five', 'north', 'true'], null)).rejects.toMatchObject({
        code: 'argument-invalid',
        advice: 'Its key columns are: item (int64), shop (utf8), ok (bool).',
      })
    })
  })

  it('is described for the plan by the store itself', async () => {
    await withTempDirectory(async directory => {
      await load(directory, [writeRows(join(directory, 'v.jsonl'), ROWS)])
      const store = join(directory, 'store')
      const job = featureJob({ from: { kind: 'store', store, table: 't', columns: ['mean'] } })
      expect(await describeFeature(job, null)).toEqual({
        keyFields: [{ name: 'item', type: { name: 'utf8' } }],
        fields: [{ name: 'mean', type: { name: 'float64' } }],
        reads: [],
        timeUnits: ['ms'],
        versions: 3,
        newestMs: 20,
        pinned: false,
      })
      const wrong = featureJob({ from: { kind: 'store', store, table: 't', columns: ['x'] } })
      await expect(describeFeature(wrong, null)).rejects.toMatchObject({ code: 'column-missing' })
      const nowhere = featureJob({ from: { kind: 'store', store: join(directory, 'no'), table: 't' } })
      await expect(describeFeature(nowhere, null)).rejects.toMatchObject({ code: 'file-unreadable' })
      expect(existsSync(join(directory, 'no'))).toBe(false)
    })
  })
})
