/**
 * Page headers between thrift and data.
 *
 * Invariant: sizes and counts of a parsed header are whole numbers from 0 up to the declared bounds, the levels of a
 * v2 page fit into the page, and its nulls and rows into its values.
 * Source: apache/parquet-format, `parquet.thrift` (PageHeader).
 */

import { assert } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, passed, unsupported } from '../damage.ts'
import type { EncodingName, PageHeader, Statistics } from './metadata.ts'
import { readStatistics, writeStatistics } from './statistics-codec.ts'
import { ENCODINGS, numberOf } from './thrift-names.ts'
import { ThriftReader } from './thrift-reader.ts'
import { ThriftWriter } from './thrift-writer.ts'

/** PageType. */
const DATA = 0
const DICTIONARY = 2
const DATA_V2 = 3

type DataHeader = Extract<PageHeader, { type: 'data' }>
type DataHeaderV2 = Extract<PageHeader, { type: 'data-v2' }>
type DictionaryHeader = Extract<PageHeader, { type: 'dictionary' }>
type Sizes = 'uncompressedBytes' | 'compressedBytes' | 'crc'

/** What the member for the page's type says. */
type Facts = Omit<DataHeader, Sizes> | Omit<DataHeaderV2, Sizes> | Omit<DictionaryHeader, Sizes>

/**
 * Parses the header at `position`; the page's bytes begin at the `end` that is returned. Raises `file-corrupt` (also
 * where `end` cuts the header off), `unsupported` (an encoding that is not known) or `limit-passed`.
 */
export function parsePageHeader(
  bytes: Uint8Array,
  position: number,
  end: number,
): { header: PageHeader; end: number } {
  const reader = new ThriftReader(bytes, position, end)
  let [type, uncompressedBytes, compressedBytes] = [-1, -1, -1]
  let crc: number | null = null
  let facts: Facts | null = null
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        type = reader.int32()
        break
      case 2:
        uncompressedBytes = pageBytes(reader.int32())
        break
      case 3:
        compressedBytes = pageBytes(reader.int32())
        break
      case 4:
        crc = reader.int32() >>> 0
        break
      case 5:
        facts = readData(reader)
        break
      case 7:
        facts = readDictionary(reader)
        break
      case 8:
        facts = readDataV2(reader)
        break
      default:
        reader.skip()
    }
  }
  if (type < 0 || uncompressedBytes < 0 || compressedBytes < 0)
    throw corrupt('a page lacks its type or its size')
  const expected =
    type === DATA ? 'data' : type === DATA_V2 ? 'data-v2' : type === DICTIONARY ? 'dictionary' : 'other'
  if (expected === 'other')
    return { header: { type: 'other', uncompressedBytes, compressedBytes, crc }, end: reader.position }
  if (facts === null || facts.type !== expected) throw corrupt(`a ${expected} page has no ${expected} header`)
  if (facts.type === 'data-v2') checkLevels(facts, uncompressedBytes, compressedBytes)
  return { header: { ...facts, uncompressedBytes, compressedBytes, crc }, end: reader.position }
}

function readData(reader: ThriftReader): Omit<DataHeader, Sizes> {
  let values = -1
  let [encoding, definitionEncoding, repetitionEncoding]: (EncodingName | null)[] = [null, null, null]
  let statistics: Statistics | null = null
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        values = pageValues(reader.int32())
        break
      case 2:
        encoding = encodingOf(reader.int32())
        break
      case 3:
        definitionEncoding = encodingOf(reader.int32())
        break
      case 4:
        repetitionEncoding = encodingOf(reader.int32())
        break
      case 5:
        statistics = readStatistics(reader, 'ordered')
        break
      default:
        reader.skip()
    }
  }
  if (values < 0 || encoding === null || definitionEncoding === null || repetitionEncoding === null)
    throw corrupt('a data page lacks its number of values or an encoding')
  return { type: 'data', values, encoding, definitionEncoding, repetitionEncoding, statistics }
}

function readDataV2(reader: ThriftReader): Omit<DataHeaderV2, Sizes> {
  let [values, nulls, rows, definitionBytes, repetitionBytes] = [-1, -1, -1, -1, -1]
  let encoding: EncodingName | null = null
  let isCompressed = true
  let statistics: Statistics | null = null
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        values = pageValues(reader.int32())
        break
      case 2:
        nulls = reader.int32()
        break
      case 3:
        rows = reader.int32()
        break
      case 4:
        encoding = encodingOf(reader.int32())
        break
      case 5:
        definitionBytes = reader.int32()
        break
      case 6:
        repetitionBytes = reader.int32()
        break
      case 7:
        isCompressed = reader.bool()
        break
      case 8:
        statistics = readStatistics(reader, 'ordered')
        break
      default:
        reader.skip()
    }
  }
  if (values < 0 || nulls < 0 || rows < 0 || definitionBytes < 0 || repetitionBytes < 0 || encoding === null)
    throw corrupt('a data page (v2) lacks a count, a length or its encoding')
  return {
    type: 'data-v2',
    values,
    nulls,
    rows,
    encoding,
    definitionBytes,
    repetitionBytes,
    isCompressed,
    statistics,
  }
}

function readDictionary(reader: ThriftReader): Omit<DictionaryHeader, Sizes> {
  let values = -1
  let encoding: EncodingName | null = null
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) values = pageValues(reader.int32())
    else if (id === 2) encoding = encodingOf(reader.int32())
    else reader.skip()
  }
  if (values < 0 || encoding === null)
    throw corrupt('a dictionary page lacks its number of values or its encoding')
  return { type: 'dictionary', values, encoding }
}

function checkLevels(
  facts: Omit<DataHeaderV2, Sizes>,
  uncompressedBytes: number,
  compressedBytes: number,
): void {
  const { values, nulls, rows, definitionBytes, repetitionBytes } = facts
  if (nulls > values || rows > values)
    throw corrupt(`a page of ${values} values has ${nulls} nulls and ${rows} rows`)
  const levelBytes = definitionBytes + repetitionBytes
  if (levelBytes > compressedBytes || levelBytes > uncompressedBytes)
    throw corrupt(`the levels of a page take ${levelBytes} bytes, the page ${compressedBytes}`)
}

function pageBytes(bytes: number): number {
  if (bytes < 0) throw corrupt(`a page of ${bytes} bytes`)
  if (bytes > LIMITS.parquetPageBytesMax)
    throw passed(`a page of ${bytes} bytes is more than ${LIMITS.parquetPageBytesMax}`)
  return bytes
}

function pageValues(values: number): number {
  if (values < 0) throw corrupt(`a page of ${values} values`)
  if (values > LIMITS.parquetPageValuesMax)
    throw passed(`a page of ${values} values is more than ${LIMITS.parquetPageValuesMax}`)
  return values
}

function encodingOf(number: number): EncodingName {
  const encoding = ENCODINGS[number]
  if (encoding === undefined || encoding === null) throw unsupported(`encoding ${number} is not known`)
  return encoding
}

/** The thrift bytes of a header. */
export function encodePageHeader(header: PageHeader): Uint8Array {
  assert(header.type !== 'other', 'only data pages and dictionaries are written')
  const writer = new ThriftWriter(64)
  writer.beginStruct()
  writer.fieldI32(1, header.type === 'data' ? DATA : header.type === 'dictionary' ? DICTIONARY : DATA_V2)
  writer.fieldI32(2, header.uncompressedBytes)
  writer.fieldI32(3, header.compressedBytes)
  if (header.crc !== null) writer.fieldI32(4, header.crc | 0)
  if (header.type === 'data') writeData(writer, header)
  else if (header.type === 'dictionary') {
    writer.fieldStruct(7)
    writer.fieldI32(1, header.values)
    writer.fieldI32(2, numberOf(ENCODINGS, header.encoding))
    writer.endStruct()
  } else writeDataV2(writer, header)
  writer.endStruct()
  return writer.finish()
}

function writeData(writer: ThriftWriter, header: DataHeader): void {
  writer.fieldStruct(5)
  writer.fieldI32(1, header.values)
  writer.fieldI32(2, numberOf(ENCODINGS, header.encoding))
  writer.fieldI32(3, numberOf(ENCODINGS, header.definitionEncoding))
  writer.fieldI32(4, numberOf(ENCODINGS, header.repetitionEncoding))
  if (header.statistics !== null) writeStatistics(writer, 5, header.statistics)
  writer.endStruct()
}

function writeDataV2(writer: ThriftWriter, header: DataHeaderV2): void {
  writer.fieldStruct(8)
  writer.fieldI32(1, header.values)
  writer.fieldI32(2, header.nulls)
  writer.fieldI32(3, header.rows)
  writer.fieldI32(4, numberOf(ENCODINGS, header.encoding))
  writer.fieldI32(5, header.definitionBytes)
  writer.fieldI32(6, header.repetitionBytes)
  writer.fieldBool(7, header.isCompressed)
  if (header.statistics !== null) writeStatistics(writer, 8, header.statistics)
  writer.endStruct()
}
