/**
 * Names of the enumerations of parquet.thrift by their numbers, both ways.
 *
 * Invariant: the index in a list is the number in the file; null is a number that was never used.
 * Source: apache/parquet-format, `parquet.thrift`.
 */

import { assert } from '../../errors.ts'
import type { CodecName, ConvertedType, EncodingName, PhysicalType, Repetition } from './metadata.ts'

export const PHYSICAL_TYPES: readonly PhysicalType[] = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
]

export const REPETITIONS: readonly Repetition[] = ['REQUIRED', 'OPTIONAL', 'REPEATED']

export const CODECS: readonly CodecName[] = [
  'UNCOMPRESSED',
  'SNAPPY',
  'GZIP',
  'LZO',
  'BROTLI',
  'LZ4',
  'ZSTD',
  'LZ4_RAW',
]

export const ENCODINGS: readonly (EncodingName | null)[] = [
  'PLAIN',
  null, // GROUP_VAR_INT, which nobody ever wrote
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
]

export const CONVERTED_TYPES: readonly ConvertedType[] = [
  'UTF8',
  'MAP',
  'MAP_KEY_VALUE',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME_MILLIS',
  'TIME_MICROS',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'UINT_8',
  'UINT_16',
  'UINT_32',
  'UINT_64',
  'INT_8',
  'INT_16',
  'INT_32',
  'INT_64',
  'JSON',
  'BSON',
  'INTERVAL',
]

/** Members of the union LogicalType by field id; null is reserved. */
export const LOGICAL_TYPES = [
  null,
  'STRING',
  'MAP',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
  null, // INTERVAL, reserved
  'INTEGER',
  'UNKNOWN',
  'JSON',
  'BSON',
  'UUID',
  'FLOAT16',
  'VARIANT',
  'GEOMETRY',
  'GEOGRAPHY',
] as const

/** Members of the union TimeUnit by field id. */
export const TIME_UNITS = [null, 'ms', 'us', 'ns'] as const

/** The number of a name. */
export function numberOf<Name>(names: readonly Name[], name: Name): number {
  const number = names.indexOf(name)
  assert(number !== -1, `${String(name)} has no number in parquet.thrift`)
  return number
}
