/**
 * The footer of a file: from `FileMetadata` to its thrift bytes, without length and magic.
 *
 * Invariant: `parseMetadata(encodeMetadata(metadata))` equals `metadata`. Every column has TYPE_ORDER, which is what
 * makes readers believe `min_value` and `max_value`.
 * Source: apache/parquet-format, `parquet.thrift` (FileMetaData).
 */

import { assert } from '../../errors.ts'
import type { ColumnChunk, FileMetadata, RowGroup } from './metadata.ts'
import { writeSchemaElement } from './schema-element.ts'
import { writeStatistics } from './statistics-codec.ts'
import { CODECS, ENCODINGS, numberOf, PHYSICAL_TYPES } from './thrift-names.ts'
import { WIRE } from './thrift-reader.ts'
import { ThriftWriter } from './thrift-writer.ts'

/** Ordinals of row groups are int16; later groups do without. */
const ORDINAL_MAX = 32_767

/** The thrift bytes of a footer. Encrypted columns cannot be written. */
export function encodeMetadata(metadata: FileMetadata): Uint8Array {
  const { schema, rowGroups, keyValues } = metadata
  const writer = new ThriftWriter(4096)
  writer.beginStruct()
  writer.fieldI32(1, metadata.version)
  writer.fieldList(2, WIRE.STRUCT, schema.length)
  for (const element of schema) writeSchemaElement(writer, element)
  writer.fieldI64(3, metadata.rows)
  writer.fieldList(4, WIRE.STRUCT, rowGroups.length)
  rowGroups.forEach((group, i) => {
    writeRowGroup(writer, group, i)
  })
  if (keyValues.length > 0) writeKeyValues(writer, keyValues)
  if (metadata.createdBy !== null) writer.fieldText(6, metadata.createdBy)
  const leaves = schema.filter(element => element.physical !== null).length
  writer.fieldList(7, WIRE.STRUCT, leaves)
  for (let i = 0; i < leaves; i++) writeTypeOrder(writer)
  writer.endStruct()
  return writer.finish()
}

function writeTypeOrder(writer: ThriftWriter): void {
  writer.beginStruct()
  writer.fieldStruct(1)
  writer.endStruct()
  writer.endStruct()
}

function writeKeyValues(writer: ThriftWriter, keyValues: FileMetadata['keyValues']): void {
  writer.fieldList(5, WIRE.STRUCT, keyValues.length)
  for (const { key, value } of keyValues) {
    writer.beginStruct()
    writer.fieldText(1, key)
    if (value !== null) writer.fieldText(2, value)
    writer.endStruct()
  }
}

function writeRowGroup(writer: ThriftWriter, group: RowGroup, ordinal: number): void {
  const { columns, sorting } = group
  writer.beginStruct()
  writer.fieldList(1, WIRE.STRUCT, columns.length)
  for (const chunk of columns) writeColumnChunk(writer, chunk)
  writer.fieldI64(2, group.uncompressedBytes)
  writer.fieldI64(3, group.rows)
  if (sorting.length > 0) {
    writer.fieldList(4, WIRE.STRUCT, sorting.length)
    for (const { column, descending, nullsFirst } of sorting) {
      writer.beginStruct()
      writer.fieldI32(1, column)
      writer.fieldBool(2, descending)
      writer.fieldBool(3, nullsFirst)
      writer.endStruct()
    }
  }
  const first = columns[0]
  if (first !== undefined) {
    writer.fieldI64(5, first.dictionaryPagePosition ?? first.dataPagePosition)
    writer.fieldI64(
      6,
      columns.reduce((sum, chunk) => sum + chunk.compressedBytes, 0),
    )
  }
  if (ordinal <= ORDINAL_MAX) writer.fieldI16(7, ordinal)
  writer.endStruct()
}

function writeColumnChunk(writer: ThriftWriter, chunk: ColumnChunk): void {
  assert(!chunk.encrypted, 'an encrypted column chunk cannot be written')
  const { offsetIndex, columnIndex } = chunk
  writer.beginStruct()
  if (chunk.filePath !== null) writer.fieldText(1, chunk.filePath)
  writer.fieldI64(2, 0) // required and deprecated: 0, as there is no metadata outside of the footer
  writer.fieldStruct(3)
  writeChunkFacts(writer, chunk)
  writer.endStruct()
  if (offsetIndex !== null) {
    writer.fieldI64(4, offsetIndex.position)
    writer.fieldI32(5, offsetIndex.length)
  }
  if (columnIndex !== null) {
    writer.fieldI64(6, columnIndex.position)
    writer.fieldI32(7, columnIndex.length)
  }
  writer.endStruct()
}

/** The fields of ColumnMetaData. */
function writeChunkFacts(writer: ThriftWriter, chunk: ColumnChunk): void {
  writer.fieldI32(1, numberOf(PHYSICAL_TYPES, chunk.physical))
  writer.fieldList(2, WIRE.I32, chunk.encodings.length)
  for (const encoding of chunk.encodings) writer.int(numberOf(ENCODINGS, encoding))
  writer.fieldList(3, WIRE.BINARY, chunk.path.length)
  for (const name of chunk.path) writer.text(name)
  writer.fieldI32(4, numberOf(CODECS, chunk.codec))
  writer.fieldI64(5, chunk.values)
  writer.fieldI64(6, chunk.uncompressedBytes)
  writer.fieldI64(7, chunk.compressedBytes)
  writer.fieldI64(9, chunk.dataPagePosition)
  if (chunk.dictionaryPagePosition !== null) writer.fieldI64(11, chunk.dictionaryPagePosition)
  if (chunk.statistics !== null) writeStatistics(writer, 12, chunk.statistics)
  if (chunk.bloomFilter !== null) {
    writer.fieldI64(14, chunk.bloomFilter.position)
    if (chunk.bloomFilter.length !== null) writer.fieldI32(15, chunk.bloomFilter.length)
  }
}
