/**
 * The footer of a file: from its bytes to `FileMetadata`.
 *
 *     "PAR1"  …pages, indexes…  thrift FileMetaData  length (4 bytes, little-endian)  "PAR1"
 *
 * Invariant: what is returned hangs together: the schema is one tree, each row group has one chunk a leaf column, of
 * its type, and rows add up; counts and positions are whole numbers in 0 … 2^53. Time and memory are bounded by the
 * footer's length. Positions are not compared with the length of the file, which only the caller knows.
 * Source: apache/parquet-format, README ("File format") and `parquet.thrift` (FileMetaData).
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, passed, unsupported } from '../damage.ts'
import type { ColumnChunk, FileMetadata, RowGroup, SchemaElement, SortingColumn } from './metadata.ts'
import type { ChunkLeaf } from './read-column-chunk.ts'
import { chunkLeaf, readColumnChunk } from './read-column-chunk.ts'
import { readSchemaElement } from './schema-element.ts'
import { leafNodes } from './schema-tree.ts'
import { readUnknownOrders } from './statistics-codec.ts'
import { ThriftReader, WIRE } from './thrift-reader.ts'

/** Length and magic at the end of a file. */
export const TAIL_BYTES = 8
/** Column chunks of a file: a hostile footer has one in some 30 bytes, which become ten times as much memory. */
const CHUNKS_MAX = 1024 * 1024
/** Entries of key-value metadata. */
const KEY_VALUES_MAX = 65_536

const PAR1 = 0x31524150
const PARE = 0x45524150

/**
 * Length of the thrift bytes before the tail, from (at least) the last 8 bytes of the file. Raises `file-corrupt`
 * where the file does not end as a Parquet file, `unsupported` where its footer is encrypted, `limit-passed`.
 */
export function footerLength(tail: Uint8Array): number {
  if (tail.length < TAIL_BYTES) throw corrupt(`a file of ${tail.length} bytes is no Parquet file`)
  const view = new DataView(tail.buffer, tail.byteOffset + tail.length - TAIL_BYTES, TAIL_BYTES)
  const magic = view.getUint32(4, true)
  if (magic === PARE) throw unsupported('the footer is encrypted')
  if (magic !== PAR1) throw corrupt('the file does not end with PAR1: it is truncated, or no Parquet file')
  const length = view.getUint32(0, true)
  if (length === 0) throw corrupt('the footer is empty')
  if (length > LIMITS.parquetFooterBytesMax)
    throw passed(`the footer claims ${length} bytes, more than ${LIMITS.parquetFooterBytesMax}`)
  return length
}

/**
 * Parses a footer (the thrift bytes alone). Statistics are views of `footer`, which must not be changed afterwards.
 * Raises `file-corrupt`, `unsupported` (encryption, unknown types and codecs) or `limit-passed`.
 */
export function parseMetadata(footer: Uint8Array): FileMetadata {
  const reader = new ThriftReader(footer, 0, footer.length)
  let [version, rows] = [1, -1]
  let schema: readonly SchemaElement[] | null = null
  let leaves: readonly ChunkLeaf[] = []
  let rowGroups: readonly RowGroup[] | null = null
  let keyValues: FileMetadata['keyValues'] = []
  let createdBy: string | null = null
  let unknownOrders: ReadonlySet<number> = new Set()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        version = reader.int32()
        break
      case 2:
        // The row groups are checked against the schema, which must be the one that is returned.
        if (schema !== null) throw corrupt('the footer has two schemas')
        schema = readSchema(reader)
        leaves = leafNodes(schema).map(chunkLeaf)
        break
      case 3:
        rows = reader.int()
        break
      case 4:
        if (schema === null) throw corrupt('row groups come before the schema')
        rowGroups = readRowGroups(reader, leaves)
        break
      case 5:
        keyValues = readKeyValues(reader)
        break
      case 6:
        createdBy = reader.text()
        break
      case 7:
        unknownOrders = readUnknownOrders(reader)
        break
      case 8:
        throw unsupported('the file is encrypted')
      default:
        reader.skip()
    }
  }
  if (schema === null || rowGroups === null || rows < 0)
    throw corrupt('the footer lacks its schema, its row groups or its number of rows')
  const sum = rowGroups.reduce((total, group) => total + group.rows, 0)
  if (sum !== rows) throw corrupt(`the row groups have ${sum} rows, the footer says ${rows}`)
  if (unknownOrders.size > 0) rowGroups = rowGroups.map(group => withoutBounds(group, unknownOrders))
  return { version, schema, rows, rowGroups, keyValues, createdBy }
}

function readSchema(reader: ThriftReader): readonly SchemaElement[] {
  const count = reader.list(WIRE.STRUCT)
  if (count > LIMITS.parquetSchemaNodesMax)
    throw passed(`the schema has ${count} nodes, more than ${LIMITS.parquetSchemaNodesMax}`)
  const schema: SchemaElement[] = []
  for (let i = 0; i < count; i++) schema.push(readSchemaElement(reader))
  return schema
}

function readRowGroups(reader: ThriftReader, leaves: readonly ChunkLeaf[]): readonly RowGroup[] {
  const count = reader.list(WIRE.STRUCT)
  if (count > LIMITS.parquetRowGroupsMax)
    throw passed(`the file has ${count} row groups, more than ${LIMITS.parquetRowGroupsMax}`)
  if (count * leaves.length > CHUNKS_MAX)
    throw passed(`${count} row groups of ${leaves.length} columns are more than ${CHUNKS_MAX} column chunks`)
  const groups: RowGroup[] = []
  for (let i = 0; i < count; i++) groups.push(readRowGroup(reader, leaves))
  return groups
}

function readRowGroup(reader: ThriftReader, leaves: readonly ChunkLeaf[]): RowGroup {
  let columns: readonly ColumnChunk[] | null = null
  let [rows, uncompressedBytes] = [-1, -1]
  let sorting: readonly SortingColumn[] = []
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        columns = readColumns(reader, leaves)
        break
      case 2:
        uncompressedBytes = reader.int()
        break
      case 3:
        rows = reader.int()
        break
      case 4:
        sorting = readSorting(reader, leaves.length)
        break
      default:
        reader.skip()
    }
  }
  if (columns === null || rows < 0 || uncompressedBytes < 0)
    throw corrupt('a row group lacks its columns, its rows or its size, or they are negative')
  return { rows, uncompressedBytes, columns, sorting }
}

function readColumns(reader: ThriftReader, leaves: readonly ChunkLeaf[]): readonly ColumnChunk[] {
  const count = reader.list(WIRE.STRUCT)
  if (count !== leaves.length)
    throw corrupt(`a row group has ${count} columns where the schema has ${leaves.length}`)
  const columns: ColumnChunk[] = []
  for (let i = 0; i < count; i++) columns.push(readColumnChunk(reader, leaves[i]!))
  return columns
}

function readSorting(reader: ThriftReader, leaves: number): readonly SortingColumn[] {
  const count = reader.list(WIRE.STRUCT)
  if (count > leaves) throw corrupt(`a row group of ${leaves} columns is sorted by ${count}`)
  const sorting: SortingColumn[] = []
  for (let i = 0; i < count; i++) {
    let [column, descending, nullsFirst] = [-1, false, false]
    for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
      if (id === 1) column = reader.int32()
      else if (id === 2) descending = reader.bool()
      else if (id === 3) nullsFirst = reader.bool()
      else reader.skip()
    }
    if (column < 0 || column >= leaves)
      throw corrupt(`a row group is sorted by column ${column} of ${leaves}`)
    sorting.push({ column, descending, nullsFirst })
  }
  return sorting
}

function readKeyValues(reader: ThriftReader): FileMetadata['keyValues'] {
  const count = reader.list(WIRE.STRUCT)
  if (count > KEY_VALUES_MAX)
    throw passed(`the footer has ${count} key-value pairs, more than ${KEY_VALUES_MAX}`)
  const keyValues: { readonly key: string; readonly value: string | null }[] = []
  for (let i = 0; i < count; i++) {
    let key = ''
    let value: string | null = null
    for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
      if (id === 1) key = reader.text()
      else if (id === 2) value = reader.text()
      else reader.skip()
    }
    keyValues.push({ key, value })
  }
  return keyValues
}

/** Bounds that are sorted in an order we do not know must be ignored, and so must the column index. */
function withoutBounds(group: RowGroup, columns: ReadonlySet<number>): RowGroup {
  return {
    ...group,
    columns: group.columns.map((chunk, i) => {
      if (!columns.has(i)) return chunk
      const { statistics } = chunk
      const bare = { min: null, max: null, minIsExact: false, maxIsExact: false }
      return { ...chunk, columnIndex: null, statistics: statistics && { ...statistics, ...bare } }
    }),
  }
}
