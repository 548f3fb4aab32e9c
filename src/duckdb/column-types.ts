/**
 * Our column types as DuckDB and Parquet name them.
 *
 * What DuckDB cannot say exactly: Parquet has no seconds and DuckDB no UTC timestamps but in microseconds. So
 * `timestamp[s]` is written in microseconds, `timestamp[s|ms, UTC]` in microseconds with the UTC flag, and
 * `timestamp[ns, UTC]` in nanoseconds without it. No value is lost; `hindcast.schema` in the file's metadata
 * keeps the exact types.
 */

import type { DuckDBStructType, DuckDBType } from '@duckdb/node-api'
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  FLOAT,
  INTEGER,
  SMALLINT,
  STRUCT,
  TIMESTAMP,
  TIMESTAMP_MS,
  TIMESTAMP_NS,
  TIMESTAMP_S,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import type { ColumnType, Schema } from '../core/batch/index.ts'
import { typeFromText, typeText } from '../core/batch/index.ts'

const PLAIN: Readonly<Record<string, DuckDBType>> = {
  bool: BOOLEAN,
  int8: TINYINT,
  int16: SMALLINT,
  int32: INTEGER,
  int64: BIGINT,
  uint8: UTINYINT,
  uint16: USMALLINT,
  uint32: UINTEGER,
  uint64: UBIGINT,
  float32: FLOAT,
  float64: DOUBLE,
  date: DATE,
  utf8: VARCHAR,
  binary: BLOB,
}

const ZONELESS = { s: TIMESTAMP_S, ms: TIMESTAMP_MS, us: TIMESTAMP, ns: TIMESTAMP_NS } as const

/** The DuckDB type that holds a column on its way into a file. */
export function duckdbType(type: ColumnType): DuckDBType {
  if (type.name === 'decimal') return DECIMAL(type.precision, type.scale)
  if (type.name !== 'timestamp') return PLAIN[type.name]!
  return type.utc && type.unit !== 'ns' ? TIMESTAMPTZ : ZONELESS[type.unit]
}

/** The STRUCT that holds a row: fields `c0`, `c1`, … so that any column name is possible. */
export function rowType(schema: Schema): DuckDBStructType {
  return STRUCT(Object.fromEntries(schema.map((field, c) => [`c${c}`, duckdbType(field.type)])))
}

/** Factor from our ticks to the ticks of `duckdbType`: 1, unless UTC seconds or milliseconds become microseconds. */
export function tickFactor(type: ColumnType): 1 | 1000 | 1000000 {
  if (type.name !== 'timestamp' || !type.utc) return 1
  return type.unit === 's' ? 1_000_000 : type.unit === 'ms' ? 1000 : 1
}

/** Key of the file metadata under which `schemaText` is kept. */
export const SCHEMA_KEY = 'hindcast.schema'

/** A schema as one line of JSON: `[["user","int64"], …]`. */
export function schemaText(schema: Schema): string {
  return JSON.stringify(schema.map(field => [field.name, typeText(field.type)]))
}

/** Inverse of `schemaText`; null where the text is not one. */
export function schemaFromText(text: string): Schema | null {
  try {
    const pairs: unknown = JSON.parse(text)
    if (!Array.isArray(pairs)) return null
    const schema: { name: string; type: ColumnType }[] = []
    for (const pair of pairs) {
      const type = Array.isArray(pair) && typeof pair[1] === 'string' ? typeFromText(pair[1]) : null
      if (type === null || typeof pair[0] !== 'string') return null
      schema.push({ name: pair[0], type })
    }
    return schema
  } catch {
    return null
  }
}
