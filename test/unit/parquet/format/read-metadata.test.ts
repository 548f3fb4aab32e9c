import type { FileMetaData } from 'hyparquet'
import { parquetMetadata } from 'hyparquet'
import { beforeAll, describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import type { FileMetadata } from '../../../../src/parquet/format/metadata.ts'
import { footerLength, parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { WIRE } from '../../../../src/parquet/format/thrift-reader.ts'
import { ThriftWriter } from '../../../../src/parquet/format/thrift-writer.ts'
import { encodeMetadata } from '../../../../src/parquet/format/write-metadata.ts'
import type { DuckDbFile } from './duckdb-file.ts'
import { duckDbFile, EVERY_TYPE } from './duckdb-file.ts'

let file: DuckDbFile
let metadata: FileMetadata

beforeAll(async () => {
  file = await duckDbFile(
    `${EVERY_TYPE} UNION ALL ${EVERY_TYPE}`,
    `ROW_GROUP_SIZE 2048, KV_METADATA {job: 'a', note: 'é'}`,
  )
  metadata = parseMetadata(file.footer)
})

function tail(length: number, magic: string): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setUint32(0, length, true)
  bytes.set(new TextEncoder().encode(magic), 4)
  return bytes
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (thrown) {
    if (thrown instanceof HindcastError) return thrown.code
    throw thrown
  }
  return 'nothing was thrown'
}

describe('footerLength', () => {
  it('is the number before the magic', () => {
    expect(footerLength(tail(1234, 'PAR1'))).toBe(1234)
    expect(footerLength(file.bytes)).toBe(file.footer.length)
  })

  it.each([
    ['no Parquet file', tail(10, 'PAR2'), 'file-corrupt'],
    ['too short a file', new Uint8Array(7), 'file-corrupt'],
    ['an empty footer', tail(0, 'PAR1'), 'file-corrupt'],
    ['an encrypted footer', tail(10, 'PARE'), 'unsupported'],
    ['a footer of 4 GB', tail(0xffff_ffff, 'PAR1'), 'limit-passed'],
  ])('refuses %s', (_, bytes, code) => {
    expect(codeOf(() => footerLength(bytes))).toBe(code)
  })
})

describe('parseMetadata', () => {
  it('says what DuckDB says of its chunks', () => {
    const ours = metadata.rowGroups.flatMap((group, g) =>
      group.columns.map((chunk, c) => ({
        row_group_id: BigInt(g),
        row_group_num_rows: BigInt(group.rows),
        column_id: BigInt(c),
        num_values: BigInt(chunk.values),
        path_in_schema: chunk.path.join(', '),
        type: chunk.physical,
        stats_null_count: chunk.statistics?.nulls == null ? null : BigInt(chunk.statistics.nulls),
        compression: chunk.codec,
        encodings: chunk.encodings.join(', '),
        dictionary_page_offset: chunk.dictionaryPagePosition,
        data_page_offset: chunk.dataPagePosition,
        total_compressed_size: BigInt(chunk.compressedBytes),
        total_uncompressed_size: BigInt(chunk.uncompressedBytes),
        bloom_filter_offset: chunk.bloomFilter && BigInt(chunk.bloomFilter.position),
        bloom_filter_length: chunk.bloomFilter && BigInt(chunk.bloomFilter.length!),
        min_is_exact: chunk.statistics?.min == null ? null : chunk.statistics.minIsExact,
        max_is_exact: chunk.statistics?.max == null ? null : chunk.statistics.maxIsExact,
      })),
    )
    expect(metadata.rowGroups.length).toBeGreaterThan(1)
    expect(ours.length).toBe(file.metadata.length)
    ours.forEach((chunk, i) => {
      const theirs = file.metadata[i]!
      const position = (value: unknown): number | null => (value === null ? null : Number(value))
      expect(chunk).toEqual({
        ...Object.fromEntries(Object.keys(chunk).map(key => [key, theirs[key]])),
        dictionary_page_offset: position(theirs.dictionary_page_offset),
        data_page_offset: position(theirs.data_page_offset),
      })
    })
  })

  it('says what DuckDB says of the schema', () => {
    const number = (value: unknown): number | null => (value === null ? null : Number(value))
    expect(
      metadata.schema.map(element => [
        element.name,
        element.physical,
        element.typeLength,
        element.repetition,
        element.children === 0 ? null : element.children,
        element.converted,
        element.scale,
        element.precision,
        element.fieldId,
      ]),
    ).toEqual(
      file.schema.map(row => [
        row.name,
        row.type,
        number(row.type_length),
        row.repetition_type,
        number(row.num_children),
        row.converted_type,
        number(row.scale),
        number(row.precision),
        number(row.field_id),
      ]),
    )
  })

  it('reads the same bounds, logical types and key-values as hyparquet', () => {
    const theirs = parquetMetadata(file.bytes.slice().buffer)
    expect(metadata.rows).toBe(Number(theirs.num_rows))
    expect(metadata.createdBy).toBe(theirs.created_by)
    expect(metadata.keyValues).toEqual(theirs.key_value_metadata)
    metadata.schema.forEach((element, i) => {
      expect(element.logical?.name).toBe(theirs.schema[i]!.logical_type?.type)
    })
    const bounds = metadata.rowGroups.flatMap(group => group.columns.map(chunk => chunk.statistics))
    expect(bounds.some(statistics => statistics?.min != null)).toBe(true)
    expect(bounds.map(statistics => statistics?.nulls ?? null)).toEqual(
      theirs.row_groups.flatMap(group =>
        group.columns.map(column => {
          const nulls = column.meta_data?.statistics?.null_count
          return nulls === undefined ? null : Number(nulls)
        }),
      ),
    )
  })

  it('parses what it encoded into the same', () => {
    expect(parseMetadata(encodeMetadata(metadata))).toEqual(metadata)
  })

  it('is encoded so that hyparquet reads the same from ours as from the file', () => {
    const footer = encodeMetadata(metadata)
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('PAR1'),
      ...footer,
      ...tail(footer.length, 'PAR1'),
    ])
    const ours = parquetMetadata(bytes.buffer)
    const theirs = parquetMetadata(file.bytes.slice().buffer)
    expect(ours.schema).toEqual(theirs.schema)
    expect(chunksOf(ours)).toEqual(chunksOf(theirs))
    expect([ours.num_rows, ours.created_by, ours.key_value_metadata]).toEqual([
      theirs.num_rows,
      theirs.created_by,
      theirs.key_value_metadata,
    ])
  })

  it('parses a footer of 150 column chunks in less than a millisecond', async () => {
    const columns = Array.from({ length: 15 }, (_, c) => `i + ${c} AS column_${c}`).join(', ')
    const { footer } = await duckDbFile(`SELECT ${columns} FROM range(20480) t(i)`)
    const times = Array.from({ length: 200 }, () => {
      const start = performance.now()
      parseMetadata(footer)
      return performance.now() - start
    })
    expect(parseMetadata(footer).rowGroups.length).toBe(10)
    expect(Math.min(...times)).toBeLessThan(1)
  })
})

/** What hyparquet says of the chunks, without the deprecated bounds, which only DuckDB writes. */
function chunksOf({ row_groups }: FileMetaData): unknown[] {
  return row_groups.flatMap(group =>
    group.columns.map(({ meta_data }) => ({
      ...meta_data,
      statistics: { ...meta_data?.statistics, min: undefined, max: undefined },
    })),
  )
}

/** The metadata with something changed, through the bytes. */
function reparsed(change: Partial<FileMetadata>): () => FileMetadata {
  return () => parseMetadata(encodeMetadata({ ...metadata, ...change }))
}

describe('parseMetadata refuses', () => {
  const groups = (): FileMetadata['rowGroups'] => metadata.rowGroups

  it('rows that do not add up, or are negative', () => {
    expect(reparsed({ rows: metadata.rows + 1 })).toThrow(
      /the row groups have 4000 rows, the footer says 4001/,
    )
    expect(reparsed({ rows: -1 })).toThrow(/lacks its schema, its row groups or its number of rows/)
  })

  it('a row group with other columns than the schema', () => {
    const [first, ...rest] = groups()
    const fewer = { ...first!, columns: first!.columns.slice(1) }
    expect(reparsed({ rowGroups: [fewer, ...rest] })).toThrow(
      /a row group has 26 columns where the schema has 27/,
    )
    const swapped = {
      ...first!,
      columns: [first!.columns[1]!, first!.columns[0]!, ...first!.columns.slice(2)],
    }
    expect(reparsed({ rowGroups: [swapped, ...rest] })).toThrow(/'a_bool' is BOOLEAN in the schema and INT32/)
    const named = { ...first!.columns[0]!, path: ['A_BOOL'] }
    const renamed = { ...first!, columns: [named, ...first!.columns.slice(1)] }
    expect(reparsed({ rowGroups: [renamed, ...rest] })).toThrow(
      /another path lies where column 'a_bool' belongs/,
    )
  })

  it('negative counts, and sorting by a column that is not there', () => {
    const [first, ...rest] = groups()
    const chunk = { ...first!.columns[0]!, compressedBytes: -1 }
    const negative = { ...first!, columns: [chunk, ...first!.columns.slice(1)] }
    expect(reparsed({ rowGroups: [negative, ...rest] })).toThrow(/lacks a member, or has a negative count/)
    const sorting = [{ column: 27, descending: false, nullsFirst: false }]
    expect(reparsed({ rowGroups: [{ ...first!, sorting }, ...rest] })).toThrow(/sorted by column 27 of 27/)
  })

  it('a schema that is no tree', () => {
    const [root, ...columns] = metadata.schema
    expect(reparsed({ schema: [{ ...root!, children: 3 }, ...columns] })).toThrow(
      /24 nodes that belong to no group/,
    )
    expect(reparsed({ schema: [{ ...root!, children: 99 }, ...columns] })).toThrow(
      /ends in the middle of a group/,
    )
    expect(reparsed({ schema: [{ ...root!, children: -1 }, ...columns] })).toThrow(/has -1 children/)
    expect(reparsed({ schema: columns })).toThrow(/has no root/)
    expect(reparsed({ schema: [] })).toThrow(/has no root/)
  })

  it('a fixed length that is missing or absurd', () => {
    const at = metadata.schema.findIndex(element => element.physical === 'FIXED_LEN_BYTE_ARRAY')
    const withLength = (typeLength: number | null): (() => FileMetadata) =>
      reparsed({ schema: metadata.schema.with(at, { ...metadata.schema[at]!, typeLength }) })
    expect(withLength(null)).toThrow(/of fixed length, which is missing/)
    expect(withLength(0)).toThrow(/of fixed length, which is 0/)
    expect(withLength(2 ** 31 - 1)).toThrow(/more than a page may have/)
  })

  it('an encrypted file, and types and codecs that are not known', () => {
    const { version, schema, rows } = metadata
    const start = (writer: ThriftWriter): void => {
      writer.beginStruct()
      writer.fieldI32(1, version)
    }
    const encrypted = new ThriftWriter()
    start(encrypted)
    encrypted.fieldStruct(8)
    encrypted.endStruct()
    encrypted.endStruct()
    expect(codeOf(() => parseMetadata(encrypted.finish()))).toBe('unsupported')
    const typed = new ThriftWriter()
    start(typed)
    typed.fieldList(2, WIRE.STRUCT, 1)
    typed.beginStruct()
    typed.fieldI32(1, 99)
    typed.endStruct()
    typed.endStruct()
    expect(codeOf(() => parseMetadata(typed.finish()))).toBe('unsupported')
    expect(schema.length).toBe(28)
    expect(rows).toBe(4000)
  })

  it('row groups before the schema, and counts that are not there', () => {
    const early = new ThriftWriter()
    early.beginStruct()
    early.fieldList(4, WIRE.STRUCT, 0)
    early.endStruct()
    expect(() => parseMetadata(early.finish())).toThrow(/before the schema/)
    const long = new ThriftWriter()
    long.beginStruct()
    long.fieldList(2, WIRE.STRUCT, 2 ** 31)
    long.endStruct()
    expect(() => parseMetadata(long.finish())).toThrow(/the bytes end/)
  })
})
