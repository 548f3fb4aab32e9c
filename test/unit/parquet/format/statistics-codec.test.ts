import { describe, expect, it } from 'vitest'
import type { FileMetadata, SchemaElement, Statistics } from '../../../../src/parquet/format/metadata.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { schemaElements } from '../../../../src/parquet/format/schema-elements.ts'
import {
  boundsTrust,
  readStatistics,
  writeStatistics,
} from '../../../../src/parquet/format/statistics-codec.ts'
import { ThriftReader } from '../../../../src/parquet/format/thrift-reader.ts'
import { ThriftWriter } from '../../../../src/parquet/format/thrift-writer.ts'
import { encodeMetadata } from '../../../../src/parquet/format/write-metadata.ts'

const [, NODE] = schemaElements([{ name: 'x', type: { name: 'binary' } }]) as [SchemaElement, SchemaElement]
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)
const FULL: Statistics = {
  min: bytes(1, 0, 0, 0),
  max: bytes(2, 0, 0, 0),
  minIsExact: true,
  maxIsExact: true,
  nulls: 3,
  distinct: 4,
}

/** Statistics with members by field id, read with a trust. */
function readWith(
  trust: Parameters<typeof readStatistics>[1],
  write: (writer: ThriftWriter) => void,
): Statistics {
  const writer = new ThriftWriter()
  writer.beginStruct()
  writer.fieldStruct(1)
  write(writer)
  writer.endStruct()
  writer.endStruct()
  const thrift = writer.finish()
  const reader = new ThriftReader(thrift, 0, thrift.length)
  reader.nextField(0)
  return readStatistics(reader, trust)
}

function deprecated(writer: ThriftWriter): void {
  writer.fieldBinary(1, bytes(9))
  writer.fieldBinary(2, bytes(8))
}

function both(writer: ThriftWriter): void {
  deprecated(writer)
  writer.fieldBinary(5, bytes(7))
}

describe('bounds', () => {
  it.each<[Partial<SchemaElement>, string]>([
    [{ physical: 'INT32' }, 'deprecated-too'],
    [{ physical: 'INT64', converted: 'TIMESTAMP_MICROS' }, 'deprecated-too'],
    [{ physical: 'INT64', logical: { name: 'INTEGER', bitWidth: 64, signed: true } }, 'deprecated-too'],
    [{ physical: 'DOUBLE' }, 'deprecated-too'],
    [{ physical: 'INT32', converted: 'UINT_8' }, 'ordered'],
    [{ physical: 'INT64', logical: { name: 'INTEGER', bitWidth: 64, signed: false } }, 'ordered'],
    [{ physical: 'BYTE_ARRAY', converted: 'UTF8' }, 'ordered'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', converted: 'DECIMAL' }, 'ordered'],
    [{ physical: 'INT96' }, 'none'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', converted: 'INTERVAL' }, 'none'],
    [{ physical: 'BYTE_ARRAY', logical: { name: 'GEOMETRY' } }, 'none'],
    [{ physical: 'INT32', logical: { name: 'UNKNOWN' } }, 'none'],
  ])('of %j are trusted: %s', (parts, expected) => {
    expect(boundsTrust({ ...NODE, converted: null, logical: null, ...parts })).toBe(expected)
  })

  it('that are deprecated count where the type is signed and there are no others', () => {
    expect(readWith('deprecated-too', deprecated)).toMatchObject({ min: bytes(8), max: bytes(9) })
    expect(readWith('ordered', deprecated)).toMatchObject({ min: null, max: null })
    expect(readWith('deprecated-too', both)).toMatchObject({ min: null, max: bytes(7) })
    expect(readWith('ordered', both)).toMatchObject({ min: null, max: bytes(7) })
    expect(readWith('none', both)).toMatchObject({ min: null, max: null })
  })

  it('are not exact unless the writer says so', () => {
    expect(readWith('ordered', both)).toMatchObject({ minIsExact: false, maxIsExact: false })
    expect(readWith('ordered', writer => writer.fieldBool(7, true))).toMatchObject({ maxIsExact: false })
  })

  it('come back with counts, and a negative count is none', () => {
    const copy = (writer: ThriftWriter): void => writeStatistics(writer, 20, FULL)
    const writer = new ThriftWriter()
    writer.beginStruct()
    copy(writer)
    writer.endStruct()
    const thrift = writer.finish()
    const reader = new ThriftReader(thrift, 0, thrift.length)
    expect(reader.nextField(0)).toBe(20)
    expect(readStatistics(reader, 'ordered')).toEqual(FULL)
    const negative = readWith('ordered', made => {
      made.fieldI64(3, -1)
      made.fieldI64(4, -1)
    })
    expect(negative).toMatchObject({ nulls: null, distinct: null })
  })
})

describe('column orders', () => {
  const schema = schemaElements([
    { name: 'a', type: { name: 'int32' } },
    { name: 'b', type: { name: 'int32' } },
  ])
  const columns = ['a', 'b'].map(name => ({
    filePath: null,
    encrypted: false,
    physical: 'INT32' as const,
    path: [name],
    encodings: [],
    codec: 'SNAPPY' as const,
    values: 1,
    uncompressedBytes: 1,
    compressedBytes: 1,
    dataPagePosition: 4,
    dictionaryPagePosition: null,
    statistics: FULL,
    columnIndex: { position: 10, length: 10 },
    offsetIndex: { position: 20, length: 10 },
    bloomFilter: null,
  }))
  const metadata: FileMetadata = {
    version: 1,
    schema,
    rows: 1,
    rowGroups: [{ rows: 1, uncompressedBytes: 1, columns, sorting: [] }],
    keyValues: [],
    createdBy: null,
  }
  /** The orders are the last thing in the footer: a union of an empty struct a column, and the end. */
  const withOrders = (first: number, second: number): FileMetadata => {
    const footer = encodeMetadata(metadata).slice()
    const at = footer.length - 7
    expect([...footer.subarray(at)]).toEqual([0x1c, 0, 0, 0x1c, 0, 0, 0])
    footer[at] = (first << 4) | 0x0c
    footer[at + 3] = (second << 4) | 0x0c
    return parseMetadata(footer)
  }

  it('that are known leave everything as it is', () => {
    expect(withOrders(1, 2)).toEqual(metadata)
  })

  it('that are not known take the bounds away, and only them', () => {
    const [a, b] = withOrders(1, 9).rowGroups[0]!.columns
    expect(a).toEqual(columns[0])
    expect(b).toEqual({
      ...columns[1],
      columnIndex: null,
      statistics: { ...FULL, min: null, max: null, minIsExact: false, maxIsExact: false },
    })
  })
})
