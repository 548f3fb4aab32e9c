import { describe, expect, it } from 'vitest'
import type { PageHeader } from '../../../../src/parquet/format/metadata.ts'
import { encodePageHeader, parsePageHeader } from '../../../../src/parquet/format/page-header.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { ThriftWriter } from '../../../../src/parquet/format/thrift-writer.ts'
import { duckDbFile } from './duckdb-file.ts'

const SIZES = { uncompressedBytes: 1000, compressedBytes: 900, crc: 0xdeadbeef }
const DATA = {
  ...SIZES,
  type: 'data',
  values: 100,
  encoding: 'RLE_DICTIONARY',
  definitionEncoding: 'RLE',
  repetitionEncoding: 'BIT_PACKED',
  statistics: {
    min: new Uint8Array([1]),
    max: new Uint8Array([2, 3]),
    minIsExact: true,
    maxIsExact: false,
    nulls: 3,
    distinct: null,
  },
} as const satisfies PageHeader
const DATA_V2 = {
  ...SIZES,
  crc: null,
  type: 'data-v2',
  values: 100,
  nulls: 10,
  rows: 100,
  encoding: 'DELTA_BINARY_PACKED',
  definitionBytes: 20,
  repetitionBytes: 0,
  isCompressed: false,
  statistics: null,
} as const satisfies PageHeader
const DICTIONARY = {
  ...SIZES,
  type: 'dictionary',
  values: 7,
  encoding: 'PLAIN',
} as const satisfies PageHeader

function reparsed(header: PageHeader): PageHeader {
  const bytes = encodePageHeader(header)
  return parsePageHeader(bytes, 0, bytes.length).header
}

describe('page headers', () => {
  it.each([DATA, DATA_V2, DICTIONARY])('of type $type come back as they were', header => {
    expect(reparsed(header)).toEqual(header)
  })

  it('end where the page begins, wherever they lie', () => {
    const bytes = new Uint8Array([9, 9, ...encodePageHeader(DATA), 1, 2, 3])
    expect(parsePageHeader(bytes, 2, bytes.length)).toEqual({ header: DATA, end: bytes.length - 3 })
  })

  it('of types that are skipped keep their sizes', () => {
    const writer = new ThriftWriter()
    writer.beginStruct()
    writer.fieldI32(1, 1)
    writer.fieldI32(2, 5)
    writer.fieldI32(3, 4)
    writer.fieldStruct(6)
    writer.endStruct()
    writer.endStruct()
    const bytes = writer.finish()
    expect(parsePageHeader(bytes, 0, bytes.length).header).toEqual({
      type: 'other',
      uncompressedBytes: 5,
      compressedBytes: 4,
      crc: null,
    })
  })

  it.each([
    ['v1', 'PARQUET_VERSION V1'],
    ['v2', 'PARQUET_VERSION V2'],
  ])('of DuckDB (%s) lead from page to page to the end of each chunk', async (_, options) => {
    const { bytes, footer } = await duckDbFile(
      `SELECT i, i % 5 AS few, CASE WHEN i % 3 > 0 THEN 'text' || i END AS text FROM range(5000) t(i)`,
      `ROW_GROUP_SIZE 2048, ${options}`,
    )
    for (const { columns, rows } of parseMetadata(footer).rowGroups) {
      for (const chunk of columns) {
        let position = chunk.dictionaryPagePosition ?? chunk.dataPagePosition
        const chunkEnd = position + chunk.compressedBytes
        let values = 0
        while (position < chunkEnd) {
          const { header, end } = parsePageHeader(bytes, position, chunkEnd)
          if (header.type === 'data' || header.type === 'data-v2') values += header.values
          position = end + header.compressedBytes
        }
        expect(position).toBe(chunkEnd)
        expect(values).toBe(rows)
      }
    }
  })

  it.each<[string, PageHeader, RegExp]>([
    ['negative sizes', { ...DATA, compressedBytes: -1 }, /a page of -1 bytes/],
    ['absurd sizes', { ...DATA, uncompressedBytes: 2 ** 31 - 1 }, /is more than/],
    ['absurd counts', { ...DICTIONARY, values: 2 ** 31 - 1 }, /is more than/],
    ['negative counts', { ...DATA_V2, nulls: -1 }, /lacks a count/],
    ['more nulls than values', { ...DATA_V2, nulls: 101 }, /100 values has 101 nulls/],
    ['more rows than values', { ...DATA_V2, rows: 101 }, /101 rows/],
    ['levels longer than the page', { ...DATA_V2, definitionBytes: 901 }, /levels of a page take 901 bytes/],
    [
      'levels whose sum is longer',
      { ...DATA_V2, definitionBytes: 450, repetitionBytes: 451 },
      /take 901 bytes/,
    ],
  ])('with %s are refused', (_, header, message) => {
    expect(() => reparsed(header)).toThrow(message)
  })

  it('with another type than their member are refused', () => {
    const bytes = encodePageHeader(DICTIONARY)
    bytes[1] = 0
    expect(() => parsePageHeader(bytes, 0, bytes.length)).toThrow(/a data page has no data header/)
  })

  it('with an encoding that is not known are unsupported', () => {
    const bytes = encodePageHeader({ ...DICTIONARY, crc: null })
    const at = bytes.length - 3
    expect(bytes[at]).toBe(0)
    bytes[at] = 20
    expect(() => parsePageHeader(bytes, 0, bytes.length)).toThrow(/encoding 10 is not known/)
  })

  it('that are cut off are corrupt wherever that is', () => {
    const bytes = encodePageHeader(DATA)
    for (let end = 0; end < bytes.length; end++) {
      expect(() => parsePageHeader(bytes, 0, end)).toThrow(/thrift: the bytes end|lacks/)
    }
  })
})
