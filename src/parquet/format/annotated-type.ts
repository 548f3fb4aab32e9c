/**
 * What a leaf of the schema means, from its physical type and its annotation: LogicalType, or ConvertedType where an
 * old writer knew no other.
 *
 * Source: apache/parquet-format, `LogicalTypes.md`.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import { DECIMAL_DIGITS_MAX, isWideDecimal } from '../../core/batch/index.ts'
import { corrupt } from '../damage.ts'
import type { ConvertedType, LogicalType, SchemaElement } from './metadata.ts'

/**
 * How a PLAIN value becomes memory:
 * - `direct`: BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY as they are
 * - `int96`: 8 bytes of nanoseconds in the day and 4 bytes of Julian day → timestamp[ns]
 * - `decimal-bytes`: big-endian two's complement in BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY → i64
 * - `decimal-wide`: the same → 16 bytes each, for more digits than 64 bits hold
 * - `int32-as-i64`: INT32 → i64, of decimals and times in ms
 * - `float16`: FIXED_LEN_BYTE_ARRAY(2) → float32
 * - `uuid`: FIXED_LEN_BYTE_ARRAY(16) → utf8 of 36 characters
 * - `fixed`: FIXED_LEN_BYTE_ARRAY → binary
 */
export type ValueForm =
  | 'direct'
  | 'int96'
  | 'decimal-bytes'
  | 'decimal-wide'
  | 'int32-as-i64'
  | 'float16'
  | 'uuid'
  | 'fixed'

/** Our type, or a word for what we do not have; and how PLAIN values become memory. */
export interface Meaning {
  readonly type: ColumnType | null
  readonly foreign: string | null
  readonly form: ValueForm
}

/** The meaning of a leaf. Raises `file-corrupt` for a decimal that cannot be one. */
export function annotatedType(element: SchemaElement): Meaning {
  const logical = element.logical ?? logicalOf(element)
  if (logical === null) return isInterval(element) ? foreign('interval', 'fixed') : bareType(element)
  return fromLogical(element, logical) ?? bareType(element)
}

/** What the physical type means by itself. */
function bareType({ physical }: SchemaElement): Meaning {
  switch (physical) {
    case 'BOOLEAN':
      return own({ name: 'bool' })
    case 'INT32':
      return own({ name: 'int32' })
    case 'INT64':
      return own({ name: 'int64' })
    case 'INT96':
      return own({ name: 'timestamp', unit: 'ns', utc: false }, 'int96')
    case 'FLOAT':
      return own({ name: 'float32' })
    case 'DOUBLE':
      return own({ name: 'float64' })
    case 'BYTE_ARRAY':
      return own({ name: 'binary' })
    case 'FIXED_LEN_BYTE_ARRAY':
      return own({ name: 'binary' }, 'fixed')
    case null:
      throw corrupt('a group of the schema lies where a column belongs')
  }
}

/** Null where the annotation says nothing to us or does not fit the physical type. */
function fromLogical(element: SchemaElement, logical: LogicalType): Meaning | null {
  const { physical, typeLength } = element
  const isFixed = physical === 'FIXED_LEN_BYTE_ARRAY'
  switch (logical.name) {
    case 'STRING':
    case 'ENUM':
    case 'JSON':
      return physical === 'BYTE_ARRAY' ? own({ name: 'utf8' }) : null
    case 'DATE':
      return physical === 'INT32' ? own({ name: 'date' }) : null
    case 'TIMESTAMP':
      return physical === 'INT64' ? own({ name: 'timestamp', unit: logical.unit, utc: logical.utc }) : null
    case 'TIME':
      return time(physical, logical)
    case 'INTEGER':
      return integer(physical, logical)
    case 'DECIMAL':
      return decimal(element, logical)
    case 'UUID':
      return isFixed && typeLength === 16 ? own({ name: 'utf8' }, 'uuid') : null
    case 'FLOAT16':
      return isFixed && typeLength === 2 ? own({ name: 'float32' }, 'float16') : null
    case 'UNKNOWN':
      return foreign('null', bareType(element).form)
    default:
      return null // BSON and the geometries are bytes; MAP, LIST and VARIANT belong to groups
  }
}

function time(
  physical: SchemaElement['physical'],
  { unit, utc }: Extract<LogicalType, { name: 'TIME' | 'TIMESTAMP' }>,
): Meaning | null {
  const isMs = unit === 'ms'
  if (physical !== (isMs ? 'INT32' : 'INT64')) return null
  return own({ name: 'time', unit, utc }, isMs ? 'int32-as-i64' : 'direct')
}

function integer(
  physical: SchemaElement['physical'],
  { bitWidth, signed }: Extract<LogicalType, { name: 'INTEGER' }>,
): Meaning | null {
  if (physical === 'INT64' && bitWidth === 64) return own({ name: signed ? 'int64' : 'uint64' })
  if (physical !== 'INT32') return null
  if (bitWidth === 8) return own({ name: signed ? 'int8' : 'uint8' })
  if (bitWidth === 16) return own({ name: signed ? 'int16' : 'uint16' })
  if (bitWidth === 32) return own({ name: signed ? 'int32' : 'uint32' })
  return null
}

function decimal(
  { name, physical, typeLength }: SchemaElement,
  { precision, scale }: Extract<LogicalType, { name: 'DECIMAL' }>,
): Meaning | null {
  const form = DECIMAL_FORMS.get(physical)
  if (form === undefined) return null
  const text = `decimal(${precision},${scale})`
  if (precision < 1 || scale < 0 || scale > precision) throw corrupt(`column '${name}' is a ${text}`)
  const bytes =
    physical === 'INT32' ? 4 : physical === 'INT64' ? 8 : physical === 'BYTE_ARRAY' ? null : typeLength
  if (bytes !== null && precision > digitsOf(bytes))
    throw corrupt(`column '${name}' is a ${text}, which does not fit into its ${bytes} bytes`)
  const type = { name: 'decimal', precision, scale } as const
  if (!isWideDecimal(type)) return own(type, form)
  // INT32 and INT64 have been refused: they hold no such number of digits
  return precision <= DECIMAL_DIGITS_MAX ? own(type, 'decimal-wide') : foreign(text, form)
}

const DECIMAL_FORMS: ReadonlyMap<SchemaElement['physical'], ValueForm> = new Map([
  ['INT32', 'int32-as-i64'],
  ['INT64', 'direct'],
  ['BYTE_ARRAY', 'decimal-bytes'],
  ['FIXED_LEN_BYTE_ARRAY', 'decimal-bytes'],
] as const)

/** Decimal digits of which any number fits into so many bytes, sign included: ⌊log10(2^(8n − 1) − 1)⌋. */
function digitsOf(bytes: number): number {
  return Math.floor((8 * bytes - 1) * Math.log10(2))
}

/** INTERVAL has no logical type yet. */
function isInterval({ physical, typeLength, converted }: SchemaElement): boolean {
  return converted === 'INTERVAL' && physical === 'FIXED_LEN_BYTE_ARRAY' && typeLength === 12
}

/** The logical type that a converted type stands for. */
function logicalOf({ converted, precision, scale }: SchemaElement): LogicalType | null {
  if (converted === null) return null
  if (converted === 'DECIMAL') return { name: 'DECIMAL', precision: precision ?? 0, scale: scale ?? 0 }
  return LOGICAL_BY_CONVERTED.get(converted) ?? null
}

const LOGICAL_BY_CONVERTED: ReadonlyMap<ConvertedType, LogicalType> = new Map<ConvertedType, LogicalType>([
  ['UTF8', { name: 'STRING' }],
  ['ENUM', { name: 'ENUM' }],
  ['JSON', { name: 'JSON' }],
  ['BSON', { name: 'BSON' }],
  ['DATE', { name: 'DATE' }],
  ['TIME_MILLIS', { name: 'TIME', unit: 'ms', utc: true }],
  ['TIME_MICROS', { name: 'TIME', unit: 'us', utc: true }],
  ['TIMESTAMP_MILLIS', { name: 'TIMESTAMP', unit: 'ms', utc: true }],
  ['TIMESTAMP_MICROS', { name: 'TIMESTAMP', unit: 'us', utc: true }],
  ['UINT_8', { name: 'INTEGER', bitWidth: 8, signed: false }],
  ['UINT_16', { name: 'INTEGER', bitWidth: 16, signed: false }],
  ['UINT_32', { name: 'INTEGER', bitWidth: 32, signed: false }],
  ['UINT_64', { name: 'INTEGER', bitWidth: 64, signed: false }],
  ['INT_8', { name: 'INTEGER', bitWidth: 8, signed: true }],
  ['INT_16', { name: 'INTEGER', bitWidth: 16, signed: true }],
  ['INT_32', { name: 'INTEGER', bitWidth: 32, signed: true }],
  ['INT_64', { name: 'INTEGER', bitWidth: 64, signed: true }],
])

function own(type: ColumnType, form: ValueForm = 'direct'): Meaning {
  return { type, foreign: null, form }
}

function foreign(word: string, form: ValueForm = 'direct'): Meaning {
  return { type: null, foreign: word, form }
}
