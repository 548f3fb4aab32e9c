/**
 * The page index of a column chunk: where its data pages are, and the bounds of each.
 *
 * Invariant: pages lie in rising order of position and of row, without overlap, and lists of a column index are of
 * one length. Memory is bounded by the bytes of the index.
 * Source: apache/parquet-format, `PageIndex.md` and `parquet.thrift` (OffsetIndex, ColumnIndex).
 */

import { assert } from '../../errors.ts'
import { corrupt, passed } from '../damage.ts'
import type { ColumnIndex, OffsetIndex } from './metadata.ts'
import { numberOf } from './thrift-names.ts'
import { ThriftReader, WIRE } from './thrift-reader.ts'
import { ThriftWriter } from './thrift-writer.ts'

/** A PageLocation takes three fields of a head and a value, and its end. */
const LOCATION_BYTES_MIN = 7
/** Pages of a column chunk: a hostile index has a page in three bytes, which become a hundred times as much memory. */
const PAGES_MAX = 1024 * 1024

const ORDERS = ['UNORDERED', 'ASCENDING', 'DESCENDING'] as const

/** Parses an offset index. Raises `file-corrupt` or `limit-passed`. */
export function parseOffsetIndex(bytes: Uint8Array): OffsetIndex {
  const reader = new ThriftReader(bytes, 0, bytes.length)
  let index: OffsetIndex | null = null
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) index = readLocations(reader)
    else reader.skip()
  }
  if (index === null) throw corrupt('the offset index has no pages')
  return index
}

function readLocations(reader: ThriftReader): OffsetIndex {
  const count = pageCount(reader.list(WIRE.STRUCT))
  if (count * LOCATION_BYTES_MIN > reader.end - reader.position)
    throw corrupt(`an offset index of ${count} pages is longer than its bytes`)
  const positions = new Float64Array(count)
  const lengths = new Int32Array(count)
  const rowFirst = new Float64Array(count)
  let [end, rowNext] = [0, 0]
  for (let page = 0; page < count; page++) {
    let [position, length, row] = [-1, -1, -1]
    for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
      if (id === 1) position = reader.int()
      else if (id === 2) length = reader.int32()
      else if (id === 3) row = reader.int()
      else reader.skip()
    }
    if (position < end || length < 1 || row < rowNext || (page === 0 && row !== 0))
      throw corrupt(`page ${page} of the offset index is out of order`)
    positions[page] = position
    lengths[page] = length
    rowFirst[page] = row
    end = position + length
    rowNext = row
  }
  return { positions, lengths, rowFirst }
}

/** The thrift bytes of an offset index. */
export function encodeOffsetIndex({ positions, lengths, rowFirst }: OffsetIndex): Uint8Array {
  const count = positions.length
  assert(lengths.length === count && rowFirst.length === count, 'an offset index has one entry a page')
  const writer = new ThriftWriter(32 + 16 * count)
  writer.beginStruct()
  writer.fieldList(1, WIRE.STRUCT, count)
  for (let page = 0; page < count; page++) {
    writer.beginStruct()
    writer.fieldI64(1, positions[page]!)
    writer.fieldI32(2, lengths[page]!)
    writer.fieldI64(3, rowFirst[page]!)
    writer.endStruct()
  }
  writer.endStruct()
  return writer.finish()
}

/** Parses a column index; bounds are views of `bytes`. Raises `file-corrupt` or `limit-passed`. */
export function parseColumnIndex(bytes: Uint8Array): ColumnIndex {
  const reader = new ThriftReader(bytes, 0, bytes.length)
  let nullPages: Uint8Array | null = null
  let [mins, maxs]: (readonly Uint8Array[] | null)[] = [null, null]
  let order: ColumnIndex['order'] | undefined
  let nulls: Float64Array | null = null
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        nullPages = reader.bools(pageCount(reader.list(WIRE.TRUE)))
        break
      case 2:
        mins = readBounds(reader)
        break
      case 3:
        maxs = readBounds(reader)
        break
      case 4:
        order = ORDERS[reader.int32()]
        break
      case 5:
        nulls = readCounts(reader)
        break
      default:
        reader.skip()
    }
  }
  if (nullPages === null || mins === null || maxs === null || order === undefined)
    throw corrupt('the column index lacks its bounds or their order')
  const pages = nullPages.length
  if (mins.length !== pages || maxs.length !== pages || (nulls !== null && nulls.length !== pages))
    throw corrupt('lists of the column index are of different lengths')
  return { nullPages, mins, maxs, order, nulls }
}

function readBounds(reader: ThriftReader): readonly Uint8Array[] {
  const count = pageCount(reader.list(WIRE.BINARY))
  const bounds: Uint8Array[] = []
  for (let i = 0; i < count; i++) bounds.push(reader.binary())
  return bounds
}

function readCounts(reader: ThriftReader): Float64Array {
  const counts = new Float64Array(pageCount(reader.list(WIRE.I64)))
  for (let i = 0; i < counts.length; i++) {
    const count = reader.int()
    if (count < 0) throw corrupt(`page ${i} of the column index has ${count} nulls`)
    counts[i] = count
  }
  return counts
}

function pageCount(count: number): number {
  if (count > PAGES_MAX) throw passed(`an index of ${count} pages is more than ${PAGES_MAX}`)
  return count
}

/** The thrift bytes of a column index. */
export function encodeColumnIndex({ nullPages, mins, maxs, order, nulls }: ColumnIndex): Uint8Array {
  const count = nullPages.length
  assert(mins.length === count && maxs.length === count, 'a column index has one entry a page')
  const writer = new ThriftWriter(32 + 32 * count)
  writer.beginStruct()
  writer.fieldList(1, WIRE.TRUE, count)
  for (const isNull of nullPages) writer.bool(isNull === 1)
  writer.fieldList(2, WIRE.BINARY, count)
  for (const min of mins) writer.binary(min)
  writer.fieldList(3, WIRE.BINARY, count)
  for (const max of maxs) writer.binary(max)
  writer.fieldI32(4, numberOf(ORDERS, order))
  if (nulls !== null) {
    writer.fieldList(5, WIRE.I64, count)
    for (const count of nulls) writer.int(count)
  }
  writer.endStruct()
  return writer.finish()
}
