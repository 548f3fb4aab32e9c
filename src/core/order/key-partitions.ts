/**
 * Partition of every event of a batch, from its key columns (C1 "Partitions").
 *
 * The key of one int or utf8 column under `text`, the usual case, is hashed without making a string: 16 M int keys
 * a second. Everything else goes value by value through `keyBytes`.
 */

import { HindcastError } from '../../errors.ts'
import type { Batch, Column, ColumnType, PlainValue } from '../batch/index.ts'
import { fieldIndex, i64ToNumber, isValid, valueAt } from '../batch/index.ts'
import type { HashPartitioner } from './partitioner.ts'
import { keyText, murmur2, partitionOfHash, partitionOfKey } from './partitioner.ts'

export interface KeySpec {
  readonly key: readonly string[]
  readonly keyEncoding: 'text' | 'int32' | 'int64' | 'json'
  readonly partitioner: HashPartitioner | 'column'
  readonly partitions: number
}

export interface KeyPartitions {
  readonly partition: Int32Array
  /** Events whose key columns are all null: partition 0. */
  readonly nullKeys: number
}

export function keyPartitions(batch: Batch, spec: KeySpec): KeyPartitions {
  const columns = spec.key.map(name => batch.columns[fieldIndex(batch.schema, name)]!)
  const types = spec.key.map(name => batch.schema[fieldIndex(batch.schema, name)]!.type)
  if (columns.length === 1 && spec.keyEncoding === 'text' && spec.partitioner === 'murmur2') {
    const fast = fastPartitions(columns[0]!, types[0]!, batch.rows, spec.partitions)
    if (fast !== null) return fast
  }
  return slowPartitions(columns, types, batch.rows, spec)
}

function fastPartitions(
  column: Column,
  type: ColumnType,
  rows: number,
  partitions: number,
): KeyPartitions | null {
  const partition = new Int32Array(rows)
  if (column.kind === 'bytes' && type.name === 'utf8') {
    for (let i = 0; i < rows; i++) {
      partition[i] = partitionOfHash(
        murmur2(column.bytes, column.offsets[i]!, column.offsets[i + 1]!),
        'murmur2',
        partitions,
      )
    }
  } else if (column.kind === 'i64' && type.name === 'int64') {
    for (let i = 0; i < rows; i++) {
      const value = i64ToNumber(column.values[2 * i]!, column.values[2 * i + 1]!)
      if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) return null
      partition[i] = partitionOfHash(murmur2OfDecimal(value), 'murmur2', partitions)
    }
  } else if (
    column.kind === 'i32' &&
    (type.name === 'int32' || type.name === 'int16' || type.name === 'int8')
  ) {
    for (let i = 0; i < rows; i++)
      partition[i] = partitionOfHash(murmur2OfDecimal(column.values[i]!), 'murmur2', partitions)
  } else {
    return null
  }
  return { partition, nullKeys: clearNulls(partition, column.valid) }
}

function clearNulls(partition: Int32Array, valid: Uint8Array | null): number {
  if (valid === null) return 0
  let nulls = 0
  for (let i = 0; i < partition.length; i++) {
    if (valid[i] === 1) continue
    partition[i] = 0
    nulls++
  }
  return nulls
}

const DIGITS = new Uint8Array(24)

/** murmur2 of the decimal text of a whole number, |value| ≤ 2^53, without making the text. */
function murmur2OfDecimal(value: number): number {
  let at = DIGITS.length
  let rest = value < 0 ? -value : value
  while (rest > 2147483647) {
    const quotient = Math.floor(rest / 10)
    DIGITS[--at] = 48 + (rest - quotient * 10)
    rest = quotient
  }
  let small = rest | 0
  do {
    const quotient = (small / 10) | 0
    DIGITS[--at] = 48 + (small - quotient * 10)
    small = quotient
  } while (small > 0)
  if (value < 0) DIGITS[--at] = 45
  return murmur2(DIGITS, at, DIGITS.length)
}

function slowPartitions(
  columns: readonly Column[],
  types: readonly ColumnType[],
  rows: number,
  spec: KeySpec,
): KeyPartitions {
  const partition = new Int32Array(rows)
  let nullKeys = 0
  for (let i = 0; i < rows; i++) {
    if (columns.every(column => !isValid(column, i))) {
      nullKeys++
      continue
    }
    const values = columns.map((column, c) => valueAt(column, types[c]!, i))
    partition[i] =
      spec.partitioner === 'column' ? columnPartition(values[0]!, spec) : hashedPartition(values, spec)
  }
  return { partition, nullKeys }
}

/** The partition an event of these key values belongs to; for live events too, which are hashed again at the seam. */
function hashedPartition(values: readonly PlainValue[], spec: KeySpec): number {
  return partitionOfKey(
    keyBytes(values, spec.keyEncoding)!,
    spec.partitioner as HashPartitioner,
    spec.partitions,
  )
}

function columnPartition(value: PlainValue, spec: KeySpec): number {
  const partition = Number(value)
  if (Number.isInteger(partition) && partition >= 0 && partition < spec.partitions) return partition
  throw new HindcastError(
    'row-bad',
    `partition column ${spec.key[0]} holds ${String(value)}, not a number in 0…${spec.partitions - 1}`,
    {
      where: { column: spec.key[0]! },
      advice: 'Set `partitions:` to the number of partitions the column was made for.',
    },
  )
}

/** Key bytes as producers write them, by `keyEncoding`; null where all values are null. */
export function keyBytes(values: readonly PlainValue[], encoding: KeySpec['keyEncoding']): Uint8Array | null {
  if (values.every(value => value === null)) return null
  switch (encoding) {
    case 'text':
      return keyText(values)
    case 'json':
      return new TextEncoder().encode(jsonOf(values.length === 1 ? values[0]! : values))
    case 'int32':
    case 'int64':
      return bigEndian(values, encoding === 'int32' ? 4 : 8)
  }
}

function jsonOf(value: PlainValue | readonly PlainValue[]): string {
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

function bigEndian(values: readonly PlainValue[], width: 4 | 8): Uint8Array {
  const value = values[0]
  if (values.length !== 1 || (typeof value !== 'bigint' && !Number.isInteger(value))) {
    throw new HindcastError('job-invalid', `keyEncoding int${8 * width} needs one whole-number key column`, {
      advice: 'Use `keyEncoding: text` or name one int column as key.',
    })
  }
  const bytes = new Uint8Array(width)
  const view = new DataView(bytes.buffer)
  if (width === 4) view.setInt32(0, Number(value))
  else view.setBigInt64(0, BigInt(value as bigint | number))
  return bytes
}
