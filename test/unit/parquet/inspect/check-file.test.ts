import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import { parseBloomHeader } from '../../../../src/parquet/format/bloom-filter.ts'
import type {
  ColumnChunk,
  ColumnIndex,
  FileMetadata,
  OffsetIndex,
} from '../../../../src/parquet/format/metadata.ts'
import {
  encodeColumnIndex,
  encodeOffsetIndex,
  parseColumnIndex,
  parseOffsetIndex,
} from '../../../../src/parquet/format/page-index.ts'
import {
  batchOf,
  bytesSource,
  type CheckReport,
  checkFile,
  readParquetFile,
} from '../../../../src/parquet/index.ts'
import { Chance, EVERY_TYPE, randomBatch } from '../../sinks/random-batch.ts'
import { duckDbFile, EVERY_TYPE as EVERY_DUCKDB_TYPE } from '../format/duckdb-file.ts'
import { exampleFile, refooted, withChunk, writtenFile } from './forged-file.ts'

function check(bytes: Uint8Array, problemsMax = 20): Promise<CheckReport> {
  return checkFile(bytesSource(bytes, 'file'), { problemsMax })
}

/** `row group 0, n, page 2: message` of each problem. */
async function complaints(bytes: Uint8Array): Promise<string[]> {
  const { problems } = await check(bytes)
  return problems.map(
    ({ rowGroup, column, page, message }) => `${rowGroup ?? '-'} ${column ?? '-'} ${page ?? '-'}: ${message}`,
  )
}

/** The example with one thing changed in the footer's chunk of column `c` of row group 0. */
async function chunkChanged(c: number, change: (chunk: ColumnChunk) => ColumnChunk): Promise<Uint8Array> {
  return refooted(await exampleFile(), metadata => withChunk(metadata, 0, c, change))
}

/** The example with other statistics of column `n` in row group 0. */
function statisticsChanged(change: Partial<NonNullable<ColumnChunk['statistics']>>): Promise<Uint8Array> {
  return chunkChanged(1, chunk => ({ ...chunk, statistics: { ...chunk.statistics!, ...change } }))
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer)
}

/** The example with the page index of column `n` in row group 0 changed. */
async function indexChanged(
  offsets: (index: OffsetIndex) => OffsetIndex,
  columns: (index: ColumnIndex) => ColumnIndex = index => index,
): Promise<Uint8Array> {
  const bytes = await exampleFile()
  const chunk = (await readParquetFile(bytesSource(bytes))).metadata.rowGroups[0]!.columns[1]!
  const part = ({ position, length }: { position: number; length: number }): Uint8Array =>
    bytes.slice(position, position + length)
  const newOffsets = encodeOffsetIndex(offsets(parseOffsetIndex(part(chunk.offsetIndex!)))).slice()
  const newColumns = encodeColumnIndex(columns(parseColumnIndex(part(chunk.columnIndex!)))).slice()
  const change = (metadata: FileMetadata, at: number): FileMetadata =>
    withChunk(metadata, 0, 1, old => ({
      ...old,
      offsetIndex: { position: at, length: newOffsets.length },
      columnIndex: { position: at + newOffsets.length, length: newColumns.length },
    }))
  return refooted(bytes, change, new Uint8Array(Buffer.concat([newOffsets, newColumns])))
}

describe('a file that is as it should be', () => {
  it('has no problems: ours, of every type', async () => {
    const chance = new Chance(7)
    const batches = [randomBatch(EVERY_TYPE, 700, chance, 100), randomBatch(EVERY_TYPE, 300, chance, 0)]
    for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'ZSTD'] as const) {
      const bytes = await writtenFile(EVERY_TYPE, batches, { codec, rowGroupRows: 700, pageRows: 64 })
      const report = await check(bytes)
      expect(report.problems).toEqual([])
      expect(report).toMatchObject({
        ok: true,
        rows: 1000,
        rowGroups: 2,
        columns: EVERY_TYPE.length,
        notRead: [],
      })
      expect(report.pages).toBeGreaterThan(EVERY_TYPE.length * 15)
      expect(report.checksums).toBe(report.pages)
    }
  })

  it('has no problems: of DuckDB, of every type, with bloom filters', async () => {
    const { bytes, metadata } = await duckDbFile(EVERY_DUCKDB_TYPE)
    expect(metadata.some(row => row.bloom_filter_offset !== null)).toBe(true)
    const report = await check(bytes)
    expect(report.problems).toEqual([])
    expect(report.notRead.map(({ column }) => column)).toEqual(['z_interval'])
  })

  it('may be without rows', async () => {
    const report = await check(await writtenFile(EVERY_TYPE, []))
    expect(report).toMatchObject({ ok: true, rows: 0, rowGroups: 0, pages: 0 })
  })

  it('may have nested columns, of which checksums and compression are checked', async () => {
    const { bytes } = await duckDbFile(
      "SELECT i AS id, [i, NULL] AS l, {'a': 'x' || i} AS t FROM range(500) r(i)",
    )
    const report = await check(bytes)
    expect(report).toMatchObject({ ok: true, columns: 3 })
    expect(report.notRead.map(({ why }) => why)).toEqual(['part of a list', 'part of a struct'])
    const { metadata } = await readParquetFile(bytesSource(bytes))
    const { dataPagePosition, compressedBytes } = metadata.rowGroups[0]!.columns[1]!
    bytes.fill(0xff, dataPagePosition + compressedBytes - 60, dataPagePosition + compressedBytes)
    expect((await check(bytes)).problems).toMatchObject([{ column: 'l.list.element', page: 0 }])
  })
})

describe('a footer that lies', () => {
  it.each([
    [
      'a smallest value too large',
      { min: int32(1) },
      /^0 n -: the statistics say a smallest value of 1, and there is 0$/,
    ],
    ['a largest value too small', { max: int32(197) }, /^0 n -: .*a largest value of 197, and there is 198$/],
    [
      'a smallest value that does not occur',
      { min: int32(-1) },
      /^0 n -: the statistics say that -1 occurs, and it does not$/,
    ],
    ['a wrong number of nulls', { nulls: 27 }, /^0 n -: the statistics say 27 nulls, there are 29$/],
    [
      'bounds the wrong way around',
      { min: int32(9), max: int32(3) },
      /smallest value 9 is larger than its largest, 3$/,
    ],
  ])('has %s', async (_, change, complaint) => {
    expect(await complaints(await statisticsChanged(change))).toEqual([expect.stringMatching(complaint)])
  })

  it('may give bounds that are wider than the values, if it says so', async () => {
    const wide = await statisticsChanged({ min: int32(-1), minIsExact: false })
    expect(await complaints(wide)).toEqual([])
  })

  it('has wrong sums', async () => {
    const chunk = await chunkChanged(0, old => ({ ...old, uncompressedBytes: old.uncompressedBytes + 1 }))
    expect(await complaints(chunk)).toEqual([
      expect.stringMatching(/^0 - -: the columns have \d+ bytes uncompressed, the footer says \d+$/),
      expect.stringMatching(/^0 at -: the pages have \d+ bytes uncompressed, the footer says \d+$/),
    ])
  })

  it('lists encodings that are not those of the pages', async () => {
    expect(await complaints(await chunkChanged(2, old => ({ ...old, encodings: ['PLAIN'] })))).toEqual([
      '0 s -: pages are RLE_DICTIONARY, which the footer does not list',
    ])
  })

  it('says that data begin where no page does', async () => {
    const moved = await chunkChanged(0, old => ({ ...old, dataPagePosition: old.dataPagePosition + 1 }))
    expect(await complaints(moved)).toEqual([
      expect.stringMatching(
        /^0 at -: the footer says that data begin at \d+, the first data page lies at \d+$/,
      ),
    ])
  })

  it('has one chunk twice', async () => {
    const bytes = await exampleFile()
    const same = await refooted(bytes, metadata => {
      const first = metadata.rowGroups[0]!.columns[1]!
      return withChunk(metadata, 1, 1, () => first)
    })
    expect((await complaints(same))[0]).toMatch(
      /^1 n -: the column chunk at \d+ lies in that of column n of row group 0/,
    )
  })

  it('points outside of the file, and the other columns are checked all the same', async () => {
    const bytes = await refooted(await exampleFile(), metadata => {
      const far = withChunk(metadata, 0, 0, chunk => ({
        ...chunk,
        dataPagePosition: 10 ** 9,
        dictionaryPagePosition: null,
      }))
      return withChunk(far, 1, 1, chunk => ({ ...chunk, statistics: { ...chunk.statistics!, nulls: 0 } }))
    })
    expect(await complaints(bytes)).toEqual([
      expect.stringMatching(/^0 at -: the column chunk lies at 1000000000 \+ \d+, outside/),
      expect.stringMatching(/^1 n -: the statistics say 0 nulls/),
    ])
  })
})

describe('a page index that lies', () => {
  it.each([
    [
      'places',
      (index: OffsetIndex) => ({ ...index, positions: index.positions.map(p => p + 1) }),
      /^0 n \d: the offset index has the page at/,
    ],
    [
      'rows',
      (index: OffsetIndex) => ({ ...index, rowFirst: index.rowFirst.map(row => (row === 50 ? 51 : row)) }),
      /^0 n 2: .*begins with row 51, it begins with row 50$/,
    ],
  ])('has wrong %s', async (_, change, complaint) => {
    const found = await complaints(await indexChanged(change))
    expect(found.length).toBeGreaterThan(0)
    for (const one of found) expect(one).toMatch(complaint)
  })

  it.each([
    [
      'bounds',
      { maxs: [49, 99, 148, 198].map(int32) },
      '0 n 3: the column index says a largest value of 148, and there is 149',
    ],
    ['nulls', { nulls: Float64Array.of(7, 7, 8, 8) }, null],
    [
      'null pages',
      { nullPages: Uint8Array.of(0, 1, 0, 0) },
      '0 n 2: the column index says that every value is null, and there are others',
    ],
    ['an order', { order: 'DESCENDING' as const }, '0 n 2: the column index is not DESCENDING, as it says'],
  ])('has wrong %s', async (_, change, complaint) => {
    const found = await complaints(
      await indexChanged(
        index => index,
        index => ({ ...index, ...change }),
      ),
    )
    if (complaint === null)
      expect(found).toEqual([
        expect.stringMatching(/^0 n \d: the column index says \d nulls, the page has \d$/),
      ])
    else expect(found).toContain(complaint)
  })

  it('has an order that holds', async () => {
    expect(
      await complaints(
        await indexChanged(
          index => index,
          index => ({ ...index, order: 'ASCENDING' }),
        ),
      ),
    ).toEqual([])
  })

  it('has too few pages', async () => {
    const short = (index: OffsetIndex): OffsetIndex => ({
      positions: index.positions.subarray(0, 3),
      lengths: index.lengths.subarray(0, 3),
      rowFirst: index.rowFirst.subarray(0, 3),
    })
    expect(await complaints(await indexChanged(short))).toEqual([
      '0 n -: the offset index has 3 pages, the column chunk 4',
    ])
  })
})

describe('a bloom filter that lies', () => {
  it('denies values that are there', async () => {
    const { bytes } = await duckDbFile(`
      SELECT (i % 10)::INT AS a, i % 10 AS b, 's' || i % 10 AS c, (i % 10)::DOUBLE AS d, (i % 10)::FLOAT AS e
      FROM range(1000) t(i) WHERE i % 10 <> 9 OR i = 999`)
    expect(await complaints(bytes)).toEqual([])
    const { metadata } = await readParquetFile(bytesSource(bytes))
    for (const { bloomFilter } of metadata.rowGroups[0]!.columns) {
      const { headerBytes, bitsetBytes } = parseBloomHeader(bytes.subarray(bloomFilter!.position))
      const from = bloomFilter!.position + headerBytes
      bytes.fill(0, from, from + bitsetBytes)
    }
    expect(await complaints(bytes)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map(
        name => `0 ${name} 1: the bloom filter does not know 901 of the page's values`,
      ),
    )
  })

  it('lies outside of the file', async () => {
    const far = { position: 10 ** 9, length: null }
    const outside = await chunkChanged(1, chunk => ({ ...chunk, bloomFilter: far }))
    expect(await complaints(outside)).toEqual(['0 n -: a bloom filter lies at 1000000000, outside the file'])
  })
})

describe('pages that are damaged', () => {
  it('are all told, with their place, and the next ones are checked', async () => {
    const bytes = await exampleFile()
    const { metadata } = await readParquetFile(bytesSource(bytes))
    for (const [g, c] of [
      [0, 0],
      [0, 2],
      [1, 1],
    ] as const) {
      const { dataPagePosition, compressedBytes } = metadata.rowGroups[g]!.columns[c]!
      const dictionary = metadata.rowGroups[g]!.columns[c]!.dictionaryPagePosition
      bytes[(dictionary ?? dataPagePosition) + compressedBytes - 1]! ^= 1 // in the last page
    }
    const found = await complaints(bytes)
    expect(found).toHaveLength(3)
    expect(found[0]).toMatch(/^0 at 4: the page's checksum is [0-9a-f]{8}, its header promises [0-9a-f]{8}$/)
    expect(found[1]).toMatch(/^0 s 4: /) // the dictionary is page 0
    expect(found[2]).toMatch(/^1 n 4: /)
  })

  it('end the walk where a header cannot be read', async () => {
    const bytes = await exampleFile()
    const { metadata } = await readParquetFile(bytesSource(bytes))
    bytes.fill(
      0xff,
      metadata.rowGroups[0]!.columns[0]!.dataPagePosition,
      metadata.rowGroups[0]!.columns[0]!.dataPagePosition + 8,
    )
    const { problems, pages } = await check(bytes)
    expect(problems).toMatchObject([{ rowGroup: 0, column: 'at', page: 1, code: 'file-corrupt' }])
    expect(pages).toBeGreaterThan(15)
  })

  it('are counted beyond those that are told', async () => {
    const bytes = await exampleFile()
    const { metadata } = await readParquetFile(bytesSource(bytes))
    for (const group of metadata.rowGroups) {
      for (const { dataPagePosition } of group.columns)
        bytes.fill(0xff, dataPagePosition, dataPagePosition + 8)
    }
    expect(await check(bytes, 2)).toMatchObject({ ok: false, problemCount: 6, problems: [{}, {}] })
  })
})

describe('values', () => {
  it('must be of the type of their column, whatever the statistics say', async () => {
    const wide = await writtenFile(
      [{ name: 'n', type: { name: 'int32' } }],
      [batchOf([{ name: 'n', type: { name: 'int32' } }], { n: [1, 300, -7] })],
    )
    const narrow = await refooted(wide, metadata => ({
      ...metadata,
      schema: metadata.schema.map(element =>
        element.physical === null
          ? element
          : { ...element, logical: { name: 'INTEGER' as const, bitWidth: 8, signed: true }, converted: null },
      ),
    }))
    expect(await complaints(narrow)).toEqual(['0 n 1: 300 is no int8'])
  })

  it.each([
    ['UNCOMPRESSED', 2],
    ['UNCOMPRESSED', 400],
  ] as const)('of text must be UTF-8 (%s, %i rows)', async (codec, rows) => {
    const schema = [{ name: 't', type: { name: 'binary' as const } }]
    const values = Array.from({ length: rows }, (_, i) =>
      Uint8Array.of(...(i % 2 === 0 ? [0xe2, 0x82] : [0xac])),
    )
    const bytes = await writtenFile(schema, [batchOf(schema, { t: values })], { codec })
    const asText = await refooted(bytes, metadata => ({
      ...metadata,
      schema: metadata.schema.map(element =>
        element.physical === null ? element : { ...element, logical: { name: 'STRING' as const } },
      ),
    }))
    expect(await complaints(asText)).toEqual(['0 t 1: 2 texts of the page are no UTF-8'])
  })
})

describe('what is no Parquet file', () => {
  it('is one problem', async () => {
    expect(await complaints(new Uint8Array(100))).toEqual([
      expect.stringMatching(/^- - -: the file does not end with PAR1/),
    ])
    const encrypted = (await exampleFile()).slice()
    encrypted.set(new TextEncoder().encode('PARE'), encrypted.length - 4)
    expect((await check(encrypted)).problems).toEqual([
      { code: 'unsupported', message: 'the footer is encrypted' },
    ])
  })

  it('is raised where the disk fails', async () => {
    const source = {
      ...bytesSource(await exampleFile()),
      read: async () => {
        throw new HindcastError('io-failed', 'the disk is gone')
      },
    }
    await expect(checkFile(source)).rejects.toMatchObject({ code: 'io-failed' })
  })
})
