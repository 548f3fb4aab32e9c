/**
 * A schema of ours as nodes of a Parquet schema: the inverse of `leafColumns`.
 *
 * Invariant: logical and converted type are both written where both exist, so that old readers see the same types;
 * every column is OPTIONAL.
 * Source: apache/parquet-format, `LogicalTypes.md`.
 */

import type { ColumnType, Field, Schema } from '../../core/batch/index.ts'
import { isWideDecimal, WIDE_DECIMAL_BYTES } from '../../core/batch/index.ts'
import type { ConvertedType, LogicalType, PhysicalType, SchemaElement } from './metadata.ts'

/** What of a node follows from the type. */
interface Annotation {
  readonly physical: PhysicalType
  readonly logical?: LogicalType
  readonly converted?: ConvertedType
}

/** Digits of a decimal that fits into an INT32. */
const INT32_DIGITS = 9

/** The nodes, root first. `timestamp[s]`, which Parquet does not have, is written as ms: values must be scaled. */
export function schemaElements(schema: Schema): SchemaElement[] {
  const root = { ...element('schema', null), children: schema.length }
  return [root, ...schema.map(columnElement)]
}

function columnElement({ name, type }: Field): SchemaElement {
  const { physical, logical = null, converted = null } = annotationOf(type)
  const bare = { ...element(name, physical), repetition: 'OPTIONAL' as const, logical, converted }
  if (type.name !== 'decimal') return bare
  const typeLength = isWideDecimal(type) ? WIDE_DECIMAL_BYTES : null
  return { ...bare, typeLength, precision: type.precision, scale: type.scale }
}

function element(name: string, physical: PhysicalType | null): SchemaElement {
  return {
    name,
    physical,
    typeLength: null,
    repetition: null,
    children: 0,
    converted: null,
    scale: null,
    precision: null,
    fieldId: null,
    logical: null,
  }
}

function annotationOf(type: ColumnType): Annotation {
  switch (type.name) {
    case 'bool':
      return { physical: 'BOOLEAN' }
    case 'int8':
      return integer(8, true, 'INT_8')
    case 'int16':
      return integer(16, true, 'INT_16')
    case 'int32':
      return integer(32, true, 'INT_32')
    case 'int64':
      return integer(64, true, 'INT_64')
    case 'uint8':
      return integer(8, false, 'UINT_8')
    case 'uint16':
      return integer(16, false, 'UINT_16')
    case 'uint32':
      return integer(32, false, 'UINT_32')
    case 'uint64':
      return integer(64, false, 'UINT_64')
    case 'float32':
      return { physical: 'FLOAT' }
    case 'float64':
      return { physical: 'DOUBLE' }
    case 'date':
      return { physical: 'INT32', logical: { name: 'DATE' }, converted: 'DATE' }
    case 'timestamp':
      return timestamp(type.unit === 's' ? 'ms' : type.unit, type.utc)
    case 'time':
      return time(type.unit, type.utc)
    case 'decimal':
      return {
        physical: decimalPhysical(type),
        logical: { name: 'DECIMAL', precision: type.precision, scale: type.scale },
        converted: 'DECIMAL',
      }
    case 'utf8':
      return { physical: 'BYTE_ARRAY', logical: { name: 'STRING' }, converted: 'UTF8' }
    case 'binary':
      return { physical: 'BYTE_ARRAY' }
  }
}

function decimalPhysical(type: Extract<ColumnType, { name: 'decimal' }>): PhysicalType {
  if (isWideDecimal(type)) return 'FIXED_LEN_BYTE_ARRAY'
  return type.precision <= INT32_DIGITS ? 'INT32' : 'INT64'
}

function integer(bitWidth: 8 | 16 | 32 | 64, signed: boolean, converted: ConvertedType): Annotation {
  return {
    physical: bitWidth === 64 ? 'INT64' : 'INT32',
    logical: { name: 'INTEGER', bitWidth, signed },
    converted,
  }
}

/**
 * The converted types mean UTC, and there is none for nanoseconds: where a local time had one, readers that know no
 * other would shift it.
 */
function timestamp(unit: 'ms' | 'us' | 'ns', utc: boolean): Annotation {
  const logical = { name: 'TIMESTAMP', unit, utc } as const
  if (!utc || unit === 'ns') return { physical: 'INT64', logical }
  return { physical: 'INT64', logical, converted: unit === 'ms' ? 'TIMESTAMP_MILLIS' : 'TIMESTAMP_MICROS' }
}

function time(unit: 'ms' | 'us' | 'ns', utc: boolean): Annotation {
  const logical = { name: 'TIME', unit, utc } as const
  const physical = unit === 'ms' ? 'INT32' : 'INT64'
  if (!utc || unit === 'ns') return { physical, logical }
  return { physical, logical, converted: unit === 'ms' ? 'TIME_MILLIS' : 'TIME_MICROS' }
}
