/**
 * The SQL that brings a file's column into the memory form of the type that is wanted (see vector-sinks.ts), and says
 * where a value does not fit.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import { physicalKind, sameType, typeText } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import { widensTo } from '../../plan/index.ts'
import type { FileColumn } from './parquet-layout.ts'

export interface Projection {
  /** Expression of DuckDB type INTEGER, DATE, BIGINT-sized, DOUBLE or VARCHAR/BLOB, by the wanted type's kind. */
  readonly sql: string
  /** Whether a value that is not null can come out as null, because the wanted type does not reach it. */
  readonly partial: boolean
}

/** `name` is the SQL name of the column. Raises `schema-conflict` where the wanted type is no widening. */
export function projectionOf(column: FileColumn, wanted: ColumnType, name: string): Projection {
  if (!widensTo(column.type, wanted)) {
    const message = `the column is ${typeText(column.type)}, which does not widen to ${typeText(wanted)} without loss`
    throw new HindcastError('schema-conflict', message, {
      advice: 'Make a new plan: the file has another schema now.',
    })
  }
  if (wanted.name === 'timestamp') return timestampProjection(column, wanted.unit, name)
  if (wanted.name === 'decimal') {
    return { sql: `CAST(${name} AS DECIMAL(18,${wanted.scale}))`, partial: false }
  }
  switch (physicalKind(wanted)) {
    case 'i32':
      if (wanted.name === 'date' || wanted.name === 'uint32')
        return { sql: castTo(column, wanted, name), partial: false }
      return { sql: column.duckdb === 'INTEGER' ? name : `CAST(${name} AS INTEGER)`, partial: false }
    case 'f64':
      return { sql: column.duckdb === 'DOUBLE' ? name : `CAST(${name} AS DOUBLE)`, partial: false }
    case 'i64':
      return { sql: castTo(column, wanted, name), partial: false }
    case 'bytes':
      return { sql: column.duckdb === 'UUID' ? `CAST(${name} AS VARCHAR)` : name, partial: false }
  }
}

const SQL_NAME: ReadonlyMap<string, string> = new Map([
  ['date', 'DATE'],
  ['uint32', 'UINTEGER'],
  ['int64', 'BIGINT'],
  ['uint64', 'UBIGINT'],
])

function castTo(column: FileColumn, wanted: ColumnType, name: string): string {
  const target = SQL_NAME.get(wanted.name)!
  return sameType(column.type, wanted) ? name : `CAST(${name} AS ${target})`
}

/** Whole numbers of the wanted unit since the epoch. DuckDB holds all Parquet times but TIMESTAMP_NS in microseconds. */
function timestampProjection(column: FileColumn, unit: string, name: string): Projection {
  const { type, duckdb } = column
  if (type.name === 'date') {
    const factor = { s: 86_400, ms: 86_400_000, us: 86_400_000_000, ns: 86_400_000_000_000 }[unit]!
    return {
      sql: `TRY_CAST(CAST(${name} - DATE '1970-01-01' AS HUGEINT) * ${factor} AS BIGINT)`,
      partial: unit === 'us' || unit === 'ns',
    }
  }
  if (duckdb === 'TIMESTAMP_NS' || unit === 'us') return { sql: name, partial: false }
  if (unit === 'ms') return { sql: `epoch_ms(${name})`, partial: false }
  return { sql: `TRY_CAST(CAST(epoch_us(${name}) AS HUGEINT) * 1000 AS BIGINT)`, partial: true }
}
