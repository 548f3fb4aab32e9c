/**
 * Statistics of a column chunk or page between thrift and data, and which of their bounds are to be believed.
 *
 * Invariant: a bound whose order we do not know for certain is null: pruning with it could lose rows.
 * Source: apache/parquet-format, `parquet.thrift` (Statistics, ColumnOrder) and README ("Statistics").
 */

import type { SchemaElement, Statistics } from './metadata.ts'
import type { ThriftReader } from './thrift-reader.ts'
import { WIRE } from './thrift-reader.ts'
import type { ThriftWriter } from './thrift-writer.ts'

/** Which bounds count: none, `min_value` and `max_value`, or also the deprecated `min` and `max`. */
export type BoundsTrust = 'none' | 'ordered' | 'deprecated-too'

/**
 * The deprecated fields were sorted by signed comparison whatever the type was, so they hold for signed numbers only.
 * INT96, INTERVAL and the geometries have no order, UNKNOWN no values.
 */
export function boundsTrust({ physical, converted, logical }: SchemaElement): BoundsTrust {
  if (physical === null || physical === 'INT96' || converted === 'INTERVAL') return 'none'
  if (logical?.name === 'GEOMETRY' || logical?.name === 'GEOGRAPHY' || logical?.name === 'UNKNOWN')
    return 'none'
  if (physical === 'BYTE_ARRAY' || physical === 'FIXED_LEN_BYTE_ARRAY') return 'ordered'
  const isUnsigned = logical?.name === 'INTEGER' ? !logical.signed : converted?.startsWith('UINT_') === true
  return isUnsigned ? 'ordered' : 'deprecated-too'
}

/** Reads the fields of Statistics. Bounds are views of the reader's bytes. */
export function readStatistics(reader: ThriftReader, trust: BoundsTrust): Statistics {
  let [min, max, oldMin, oldMax]: (Uint8Array | null)[] = [null, null, null, null]
  let [minIsExact, maxIsExact] = [false, false]
  let [nulls, distinct]: (number | null)[] = [null, null]
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        if (trust === 'deprecated-too') oldMax = reader.binary()
        else reader.skip()
        break
      case 2:
        if (trust === 'deprecated-too') oldMin = reader.binary()
        else reader.skip()
        break
      case 3:
        nulls = countOrNull(reader.int())
        break
      case 4:
        distinct = countOrNull(reader.int())
        break
      case 5:
        if (trust !== 'none') max = reader.binary()
        else reader.skip()
        break
      case 6:
        if (trust !== 'none') min = reader.binary()
        else reader.skip()
        break
      case 7:
        maxIsExact = reader.bool()
        break
      case 8:
        minIsExact = reader.bool()
        break
      default:
        reader.skip()
    }
  }
  if (min === null && max === null) [min, max] = [oldMin, oldMax]
  return {
    min,
    max,
    minIsExact: minIsExact && min !== null,
    maxIsExact: maxIsExact && max !== null,
    nulls,
    distinct,
  }
}

/** Old writers put −1 for "not counted". */
function countOrNull(count: number): number | null {
  return count < 0 ? null : count
}

/** Writes Statistics as field `id` of the open struct. The deprecated fields are not written. */
export function writeStatistics(writer: ThriftWriter, id: number, statistics: Statistics): void {
  const { min, max, nulls, distinct } = statistics
  writer.fieldStruct(id)
  if (nulls !== null) writer.fieldI64(3, nulls)
  if (distinct !== null) writer.fieldI64(4, distinct)
  if (max !== null) writer.fieldBinary(5, max)
  if (min !== null) writer.fieldBinary(6, min)
  if (max !== null) writer.fieldBool(7, statistics.maxIsExact)
  if (min !== null) writer.fieldBool(8, statistics.minIsExact)
  writer.endStruct()
}

/**
 * Reads `column_orders` and gives the leaf columns whose order is none that we know. TYPE_ORDER, and the total order
 * of floats, which differs from it only in NaN and the sign of zero, are known. A file without `column_orders` is taken
 * to mean TYPE_ORDER.
 */
export function readUnknownOrders(reader: ThriftReader): ReadonlySet<number> {
  const unknown = new Set<number>()
  const count = reader.list(WIRE.STRUCT)
  for (let column = 0; column < count; column++) {
    let isKnown = false
    for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
      isKnown = id === 1 || id === 2
      reader.skip()
    }
    if (!isKnown) unknown.add(column)
  }
  return unknown
}
