/**
 * One column chunk of the footer, from thrift to data. There are as many as row groups times columns, so this is
 * where the time of reading a footer goes: one object a chunk, no strings, bytes as views.
 *
 * Invariant: the chunk has the type and the path of its leaf column, and no negative count or position. Whether it
 * lies inside the file is for whoever knows the file's length.
 * Source: apache/parquet-format, `parquet.thrift` (ColumnChunk, ColumnMetaData).
 */

import { corrupt, unsupported } from '../damage.ts'
import type { ByteRange, CodecName, ColumnChunk, EncodingName, Statistics } from './metadata.ts'
import { physicalTypeOf } from './schema-element.ts'
import type { LeafNode } from './schema-tree.ts'
import type { BoundsTrust } from './statistics-codec.ts'
import { boundsTrust, readStatistics } from './statistics-codec.ts'
import { CODECS, ENCODINGS } from './thrift-names.ts'
import type { ThriftReader } from './thrift-reader.ts'
import { WIRE } from './thrift-reader.ts'

/** A leaf column and what is decided once for all its chunks. */
export interface ChunkLeaf {
  readonly node: LeafNode
  readonly trust: BoundsTrust
}

export function chunkLeaf(node: LeafNode): ChunkLeaf {
  return { node, trust: boundsTrust(node.element) }
}

/** What ColumnMetaData says. */
interface ChunkFacts {
  readonly encodings: readonly EncodingName[]
  readonly codec: CodecName
  readonly values: number
  readonly uncompressedBytes: number
  readonly compressedBytes: number
  readonly dataPagePosition: number
  readonly dictionaryPagePosition: number | null
  readonly statistics: Statistics | null
  readonly bloomFilter: { readonly position: number; readonly length: number | null } | null
}

/** Reads the fields of a ColumnChunk, which must be one of `leaf`. */
export function readColumnChunk(reader: ThriftReader, leaf: ChunkLeaf): ColumnChunk {
  let filePath: string | null = null
  let encrypted = false
  let facts: ChunkFacts | null = null
  let [offsetIndexPosition, offsetIndexLength, columnIndexPosition, columnIndexLength] = [0, 0, 0, 0]
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        filePath = reader.text()
        break
      case 3:
        facts = readChunkFacts(reader, leaf)
        break
      case 4:
        offsetIndexPosition = reader.int()
        break
      case 5:
        offsetIndexLength = reader.int32()
        break
      case 6:
        columnIndexPosition = reader.int()
        break
      case 7:
        columnIndexLength = reader.int32()
        break
      case 8:
      case 9:
        encrypted = true
        reader.skip()
        break
      default:
        reader.skip()
    }
  }
  if (facts === null) {
    if (encrypted) throw unsupported(`column '${leaf.node.dotted}' is encrypted`)
    throw corrupt(`column '${leaf.node.dotted}' has no metadata`)
  }
  return {
    filePath,
    encrypted,
    physical: leaf.node.element.physical!,
    path: leaf.node.path,
    encodings: facts.encodings,
    codec: facts.codec,
    values: facts.values,
    uncompressedBytes: facts.uncompressedBytes,
    compressedBytes: facts.compressedBytes,
    dataPagePosition: facts.dataPagePosition,
    dictionaryPagePosition: facts.dictionaryPagePosition,
    statistics: facts.statistics,
    columnIndex: range(columnIndexPosition, columnIndexLength),
    offsetIndex: range(offsetIndexPosition, offsetIndexLength),
    bloomFilter: facts.bloomFilter,
  }
}

/** An index that is not where it could be is as good as none: it is there for speed only. */
function range(position: number, length: number): ByteRange | null {
  return position > 0 && length > 0 ? { position, length } : null
}

/** The members that the format requires start as −1 or null, to be missed at the end. */
function readChunkFacts(reader: ThriftReader, leaf: ChunkLeaf): ChunkFacts {
  let encodings: readonly EncodingName[] = []
  let codec: CodecName | null = null
  let statistics: Statistics | null = null
  let [values, uncompressedBytes, compressedBytes, dataPagePosition] = [-1, -1, -1, -1]
  let [dictionaryPosition, bloomPosition, bloomLength] = [0, 0, 0]
  let [hasType, hasPath] = [false, false]
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        hasType = checkType(physicalTypeOf(reader.int32()), leaf)
        break
      case 2:
        encodings = readEncodings(reader)
        break
      case 3:
        hasPath = checkPath(reader, leaf)
        break
      case 4:
        codec = codecOf(reader.int32())
        break
      case 5:
        values = reader.int()
        break
      case 6:
        uncompressedBytes = reader.int()
        break
      case 7:
        compressedBytes = reader.int()
        break
      case 9:
        dataPagePosition = reader.int()
        break
      case 11:
        dictionaryPosition = reader.int()
        break
      case 12:
        statistics = readStatistics(reader, leaf.trust)
        break
      case 14:
        bloomPosition = reader.int()
        break
      case 15:
        bloomLength = reader.int32()
        break
      default:
        reader.skip()
    }
  }
  const hasCounts = values >= 0 && uncompressedBytes >= 0 && compressedBytes >= 0 && dataPagePosition >= 0
  if (!hasType || !hasPath || codec === null || !hasCounts)
    throw corrupt(
      `a chunk of column '${leaf.node.dotted}' lacks a member, or has a negative count or position`,
    )
  return {
    encodings,
    codec,
    values,
    uncompressedBytes,
    compressedBytes,
    dataPagePosition,
    dictionaryPagePosition: dictionaryPosition > 0 ? dictionaryPosition : null,
    statistics,
    bloomFilter:
      bloomPosition > 0 ? { position: bloomPosition, length: bloomLength > 0 ? bloomLength : null } : null,
  }
}

function checkType(physical: string, { node }: ChunkLeaf): true {
  if (physical !== node.element.physical)
    throw corrupt(
      `column '${node.dotted}' is ${node.element.physical} in the schema and ${physical} in its data`,
    )
  return true
}

/** Chunks are matched with columns by their place; the path shows that this is right. */
function checkPath(reader: ThriftReader, { node }: ChunkLeaf): true {
  let matches = reader.list(WIRE.BINARY) === node.path.length
  for (let i = 0; matches && i < node.path.length; i++) matches = reader.textIs(node.path[i]!)
  if (!matches) throw corrupt(`a column chunk with another path lies where column '${node.dotted}' belongs`)
  return true
}

function codecOf(number: number): CodecName {
  const codec = CODECS[number]
  if (codec === undefined) throw unsupported(`codec ${number} is not known`)
  return codec
}

/**
 * A set: each encoding once. What we do not know is left out, since a file is readable as far as its other columns
 * go; the header of a page with such an encoding is refused.
 */
function readEncodings(reader: ThriftReader): readonly EncodingName[] {
  const encodings: EncodingName[] = []
  const count = reader.list(WIRE.I32)
  for (let i = 0; i < count; i++) {
    const encoding = ENCODINGS[reader.int32()]
    if (encoding !== undefined && encoding !== null && !encodings.includes(encoding)) encodings.push(encoding)
  }
  return encodings
}
