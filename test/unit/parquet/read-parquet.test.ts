import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Batch,
  bytesSource,
  type ReadOptions,
  readParquet,
  rowObject,
} from '../../../src/parquet/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { duckDbFile } from './format/duckdb-file.ts'
import { exampleFile } from './inspect/forged-file.ts'

async function batchesOf(from: Parameters<typeof readParquet>[0], options?: ReadOptions): Promise<Batch[]> {
  const batches: Batch[] = []
  for await (const batch of readParquet(from, options)) batches.push(batch)
  return batches
}

describe('readParquet', () => {
  it('reads bytes, a path and a source alike', async () => {
    const bytes = await exampleFile()
    const [fromBytes] = await batchesOf(bytes)
    expect(fromBytes).toMatchObject({ rows: 400, schema: [{ name: 'at' }, { name: 'n' }, { name: 's' }] })
    expect(rowObject(fromBytes!, 3)).toEqual({ at: '2023-11-14T22:13:23.000Z', n: null, s: 's3' })
    expect(rowObject(fromBytes!, 399)).toMatchObject({ n: 399, s: 's4' })
    await withTempDirectory(async directory => {
      const path = join(directory, 'a.parquet')
      writeFileSync(path, bytes)
      expect(rowObject((await batchesOf(path))[0]!, 250)).toEqual(rowObject(fromBytes!, 250))
    })
    expect(rowObject((await batchesOf(bytesSource(bytes)))[0]!, 250)).toEqual(rowObject(fromBytes!, 250))
  })

  it('reads some columns, in the order asked for, of some rows, in batches', async () => {
    const batches = await batchesOf(await exampleFile(), {
      columns: ['s', 'n'],
      rows: { from: 195, to: 302 },
      batchRows: 50,
    })
    expect(batches.map(({ rows }) => rows)).toEqual([50, 50, 7])
    const rows = batches.flatMap(batch =>
      Array.from({ length: batch.rows }, (_, row) => rowObject(batch, row)),
    )
    expect(rows).toEqual(
      Array.from({ length: 107 }, (_, i) => ({
        s: `s${(195 + i) % 5}`,
        n: (195 + i) % 7 === 3 ? null : 195 + i,
      })),
    )
  })

  it('delivers nothing behind the end, and counts without columns', async () => {
    const bytes = await exampleFile()
    expect(await batchesOf(bytes, { rows: { from: 400 } })).toEqual([])
    expect(await batchesOf(bytes, { columns: [] })).toEqual([{ schema: [], rows: 400, columns: [] }])
  })

  it('closes what it opened, and nothing else', async () => {
    const source = bytesSource(await exampleFile())
    let closed = 0
    const watched = { ...source, close: async () => void closed++ }
    for await (const batch of readParquet(watched, { batchRows: 10 })) if (batch.rows === 10) break
    expect(closed).toBe(0)
  })

  it('refuses columns that are not there or not read, and says why', async () => {
    const { bytes } = await duckDbFile('SELECT 1 AS id, [1] AS l, to_days(1) AS w')
    await expect(batchesOf(bytes, { columns: ['id', 'x'] })).rejects.toMatchObject({
      code: 'column-missing',
      where: { column: 'x' },
      advice: 'Its columns are id.',
    })
    await expect(batchesOf(bytes, { columns: ['l'] })).rejects.toMatchObject({
      code: 'unsupported',
      message: "column 'l' is not read: part of a list",
    })
    await expect(batchesOf(bytes, { columns: ['w'] })).rejects.toThrow(/interval is not a type of ours/)
    expect((await batchesOf(bytes))[0]?.schema.map(({ name }) => name)).toEqual(['id'])
  })

  it.each([
    [{ batchRows: 0 }, /batchRows must be a whole number from 1, not 0/],
    [{ rows: { from: -1 } }, /rows.from must be/],
    [{ rows: { to: 1.5 } }, /rows.to must be/],
  ])('refuses %j', async (options, message) => {
    await expect(batchesOf(new Uint8Array(0), options)).rejects.toThrow(message)
  })

  it('says where a file is damaged', async () => {
    const bytes = await exampleFile()
    bytes.fill(0xff, 4, 12)
    await expect(batchesOf(bytes)).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: 'memory', rowGroup: 0, column: 'at', page: 0 },
    })
    await expect(batchesOf('/no/such/file.parquet')).rejects.toMatchObject({ code: 'file-unreadable' })
  })
})
