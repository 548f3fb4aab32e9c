import { describe, expect, it } from 'vitest'
import {
  bytesSource,
  nestedColumns,
  readParquet,
  readParquetFile,
  rowObject,
} from '../../../../src/parquet/index.ts'
import { duckDbFile } from '../format/duckdb-file.ts'
import { refooted, withChunk } from '../inspect/forged-file.ts'

const QUERY = `
  SELECT i AS id, CASE WHEN i % 5 = 0 THEN NULL ELSE [i, NULL, i + 1] END AS numbers,
    {'a': 'x' || i, 'at': TIMESTAMP '2024-01-01 00:00:00.000001', 'big': 9007199254740993 + i, 'inner': {'d': DATE '2024-02-03', 'b': '\\xFF'::BLOB}} AS thing,
    MAP {'k' || i: i * 0.5::DOUBLE} AS pairs, [] :: INT[] AS empty, ['nan'::DOUBLE] AS odd
  FROM range(5000) t(i)`

async function rowsOf(
  bytes: Uint8Array,
  columns: readonly string[],
  batchRows = 700,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const batch of readParquet(bytes, { columns, nested: 'json', batchRows })) {
    expect(batch.schema.map(({ name }) => name)).toEqual(columns)
    for (let row = 0; row < batch.rows; row++) rows.push(rowObject(batch, row))
  }
  return rows
}

/** What the query has in row `i`. */
function expected(i: number): Record<string, unknown> {
  return {
    numbers: i % 5 === 0 ? null : JSON.stringify([i, null, i + 1]),
    id: i,
    thing: JSON.stringify({
      a: `x${i}`,
      at: '2024-01-01T00:00:00.000001Z',
      big: String(9007199254740993n + BigInt(i)),
      inner: { d: '2024-02-03', b: '/w==' },
    }),
  }
}

describe('nested columns as JSON', () => {
  it('come beside the others, row by row, across row groups and batches', async () => {
    for (const options of ['ROW_GROUP_SIZE 2048', 'ROW_GROUP_SIZE 2048, CODEC zstd, PARQUET_VERSION V2']) {
      const { bytes } = await duckDbFile(QUERY, options)
      expect((await readParquetFile(bytesSource(bytes))).metadata.rowGroups.length).toBeGreaterThan(1)
      const rows = await rowsOf(bytes, ['numbers', 'id', 'thing'])
      expect(rows).toHaveLength(5000)
      for (const i of [0, 1, 699, 700, 2047, 2048, 4999]) expect(rows[i]).toEqual(expected(i))
    }
  })

  it('are lists, maps and structs, and told by name', async () => {
    const { bytes } = await duckDbFile(QUERY)
    const file = await readParquetFile(bytesSource(bytes))
    expect([...nestedColumns(file)]).toEqual([
      ['numbers', 'list'],
      ['thing', 'struct'],
      ['pairs', 'map'],
      ['empty', 'list'],
      ['odd', 'list'],
    ])
    const [row] = await rowsOf(bytes, ['pairs', 'empty', 'odd'])
    expect(row).toEqual({ pairs: '{"k0":0}', empty: '[]', odd: '["NaN"]' })
  })

  it('are left out where nobody asks for them', async () => {
    const { bytes } = await duckDbFile(QUERY)
    for await (const { schema } of readParquet(bytes, { nested: 'json' }))
      expect(schema.map(({ name }) => name)).toEqual(['id'])
    const refused = readParquet(bytes, { columns: ['numbers'] }).next()
    await expect(refused).rejects.toMatchObject({
      code: 'unsupported',
      advice: expect.stringContaining("nested: 'json'"),
    })
  })

  it('may be asked for twice, as the others may', async () => {
    const { bytes } = await duckDbFile('SELECT i AS id, [i] AS l FROM range(10) t(i)')
    for await (const batch of readParquet(bytes, { columns: ['id', 'l', 'id', 'l'], nested: 'json' })) {
      expect(batch.columns.map(column => column.kind)).toEqual(['i64', 'bytes', 'i64', 'bytes'])
      expect(rowObject(batch, 9)).toEqual({ id: 9, l: '[9]' })
    }
  })

  it('start at any row', async () => {
    const { bytes } = await duckDbFile(QUERY)
    const rows: unknown[] = []
    const options = { columns: ['numbers'], nested: 'json', rows: { from: 3001, to: 3003 } } as const
    for await (const batch of readParquet(bytes, options)) {
      for (let row = 0; row < batch.rows; row++) rows.push(rowObject(batch, row).numbers)
    }
    expect(rows).toEqual(['[3001,null,3002]', '[3002,null,3003]'])
  })

  it('that claim more rows than values, or values without end, are refused', async () => {
    const { bytes } = await duckDbFile('SELECT [1] AS l FROM range(10)')
    const claiming = (rows: number, values: number): Promise<Uint8Array> =>
      refooted(bytes, metadata => ({
        ...withChunk(metadata, 0, 0, chunk => ({ ...chunk, values })),
        rows,
      }))
    const many = await refooted(await claiming(10, 10), metadata => ({
      ...metadata,
      rows: 1e12,
      rowGroups: metadata.rowGroups.map(group => ({ ...group, rows: 1e12 })),
    }))
    await expect(rowsOf(many, ['l'])).rejects.toThrow(/10 values in a row group of 1000000000000 rows/)
    await expect(rowsOf(await claiming(10, 1e9), ['l'])).rejects.toMatchObject({ code: 'limit-passed' })
    await expect(rowsOf(await claiming(10, 11), ['l'])).rejects.toThrow(
      /pages have 10 values, the footer says 11/,
    )
  })

  it('that are damaged are file-corrupt, with their place', async () => {
    const { bytes } = await duckDbFile(QUERY)
    const { metadata } = await readParquetFile(bytesSource(bytes))
    const { dataPagePosition, compressedBytes } = metadata.rowGroups[1]!.columns[1]!
    bytes.fill(0xff, dataPagePosition + 40, dataPagePosition + compressedBytes)
    await expect(rowsOf(bytes, ['numbers'])).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: 'memory', rowGroup: 1, column: expect.stringMatching(/^numbers/) },
    })
  })
})
