import { describe, expect, it } from 'vitest'
import { bytesSource, describeFile, describeRows, readParquetFile } from '../../../../src/parquet/index.ts'
import { duckDbFile } from '../format/duckdb-file.ts'
import { exampleBatch, exampleFile, refooted, SCHEMA, withChunk, writtenFile } from './forged-file.ts'

async function opened(bytes: Uint8Array) {
  const source = bytesSource(bytes, 'dir/file.parquet')
  return { source, file: await readParquetFile(source) }
}

describe('describeFile', () => {
  it('tells what the footer has, as JSON', async () => {
    const bytes = await exampleFile({ metadata: { job: 'j' }, createdBy: 'test' })
    const { file } = await opened(bytes)
    const description = describeFile(file)
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
    expect(description).toMatchObject({
      file: 'dir/file.parquet',
      bytes: bytes.length,
      rows: 400,
      createdBy: 'test',
      keyValues: [{ key: 'job', value: 'j' }],
      schema: [
        {
          name: 'at',
          depth: 0,
          type: 'timestamp[ms, UTC]',
          physical: 'INT64',
          annotation: 'TIMESTAMP(ms, UTC)',
        },
        { name: 'n', type: 'int32', physical: 'INT32', repetition: 'OPTIONAL', unreadable: null },
        { name: 's', type: 'utf8', physical: 'BYTE_ARRAY', annotation: 'STRING' },
      ],
      rowGroups: [
        {
          rowGroup: 0,
          rows: 200,
          rowFirst: 0,
          times: { minMs: 1_700_000_000_000, maxMs: 1_700_000_199_000 },
        },
        { rowGroup: 1, rows: 200, rowFirst: 200 },
      ],
    })
    expect(description.columns[1]).toMatchObject({
      column: 'n',
      type: 'int32',
      codecs: ['SNAPPY'],
      values: 400,
      nulls: 57,
      min: 0,
      max: 399,
      chunks: 2,
      statistics: 2,
      columnIndexes: 2,
      offsetIndexes: 2,
      bloomFilters: 0,
    })
    expect(description.columns[2]).toMatchObject({ min: 's0', max: 's4', dictionaries: 2 })
    const bytesOfColumns = description.columns.reduce((sum, column) => sum + column.compressedBytes, 0)
    expect(bytesOfColumns).toBe(description.rowGroups.reduce((sum, group) => sum + group.compressedBytes, 0))
  })

  it('tells the columns of one row group', async () => {
    const { file } = await opened(await exampleFile())
    const { columns, rowGroups } = describeFile(file, { rowGroup: 1 })
    expect(columns[1]).toMatchObject({ values: 200, min: 200, max: 399, chunks: 1 })
    expect(rowGroups).toHaveLength(2)
    expect(() => describeFile(file, { rowGroup: 2 })).toThrow(/the file has no row group 2/)
  })

  it('claims no bounds and no nulls where one row group does not', async () => {
    const bytes = await refooted(await exampleFile(), metadata =>
      withChunk(metadata, 1, 1, chunk => ({ ...chunk, statistics: null })),
    )
    const { columns } = describeFile((await opened(bytes)).file)
    expect(columns[1]).toMatchObject({ min: null, max: null, nulls: null, statistics: 1 })
  })

  it('tells nested columns with their depth, and why they are not read', async () => {
    const { bytes } = await duckDbFile("SELECT 1 AS id, [1, 2] AS l, {'a': {'b': 'x'}} AS t, to_days(1) AS w")
    const { schema, columns } = describeFile((await opened(bytes)).file)
    expect(schema.map(({ name, depth }) => `${depth} ${name}`)).toEqual([
      '0 id',
      '0 l',
      '1 list',
      '2 element',
      '0 t',
      '1 a',
      '2 b',
      '0 w',
    ])
    expect(schema.map(line => line.unreadable)).toEqual([
      null,
      null,
      null,
      'part of a list',
      null,
      null,
      'part of a struct',
      'interval is not a type of ours',
    ])
    expect(columns.map(({ column, type }) => [column, type])).toEqual([
      ['id', 'int32'],
      ['l.list.element', null],
      ['t.a.b', null],
      ['w', null],
    ])
  })

  it('takes the first column of timestamps as time, or the one that is named', async () => {
    const { file } = await opened(await exampleFile())
    expect(describeFile(file).disorder?.column).toBe('at')
    expect(describeFile(file, { time: 'n:s' }).disorder).toMatchObject({
      column: 'n',
      min: '1970-01-01T00:00:00.000Z',
      max: '1970-01-01T00:06:39.000Z',
    })
    expect(() => describeFile(file, { time: 'n' })).toThrow(/column 'n' is no time by itself/)
    expect(() => describeFile(file, { time: 's' })).toThrow(/no time/)
    expect(() => describeFile(file, { time: 'x:ms' })).toThrow(/no readable column 'x:ms'/)
  })

  it('has no disorder without a time', async () => {
    const { bytes } = await duckDbFile('SELECT 1 AS id')
    expect(describeFile((await opened(bytes)).file).disorder).toBe(null)
  })
})

describe('describeRows', () => {
  it('reads the rows of the time column', async () => {
    const late = exampleBatch(10, 50) // times of rows 50…59 again, behind row 99
    const bytes = await writtenFile(SCHEMA, [exampleBatch(100), late], { rowGroupRows: 100 })
    const { source, file } = await opened(bytes)
    const { disorder } = await describeRows(source, file)
    expect(disorder).toMatchObject({
      groupsOverlapping: 1,
      groupsAtOnce: 2,
      backwardsMs: 49_000,
      rows: { nulls: 0, behind: 10, backwardsMs: 49_000, backwardsRow: 100 },
    })
    expect((await describeRows(source, file, { time: 'n:s' })).disorder?.rows).toMatchObject({
      nulls: 14 + 2,
    })
  })
})
