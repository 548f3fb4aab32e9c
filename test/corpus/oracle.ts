/**
 * The oracle of decoding: a file as DuckDB itself reads it, and a decoded unit, both as rows of text in one canonical
 * form, so that a test can say *the rows are equal*. Slow and obvious on purpose: every value goes through text.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Column, ColumnType, Field, Schema } from '../../src/core/batch/index.ts'
import { i64ToBigInt, isValid, isWideDecimal, valueAt } from '../../src/core/batch/index.ts'
import type { DecodedUnit, Decoder } from '../../src/history/decoder.ts'
import type { FileUnit, PinnedFile } from '../../src/plan/index.ts'

export type TextRow = readonly (string | null)[]

/** Runs SQL on a DuckDB of its own. */
export async function withDuckDb<Result>(
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Writes files with SQL: `COPY (…) TO '…'` and the like. */
export function runSql(...statements: readonly string[]): Promise<void> {
  return withDuckDb(async connection => {
    for (const statement of statements) await connection.run(statement)
  })
}

/** The file's rows in its order, as DuckDB reads them. */
export function rowsByDuckDb(path: string, fields: Schema): Promise<TextRow[]> {
  return withDuckDb(async connection => {
    const columns = fields.map(field => textOf(field)).join(', ')
    const from = `read_parquet('${path.replaceAll("'", "''")}', hive_partitioning = false)`
    const reader = await connection.runAndReadAll(`SELECT ${columns} FROM ${from} ORDER BY file_row_number`)
    const isFloat = fields.map(({ type }) => type.name === 'float32' || type.name === 'float64')
    const isTime = fields.map(({ type }) => type.name === 'time')
    return reader
      .getRows()
      .map(row =>
        row.map((value, c) =>
          value === null
            ? null
            : isFloat[c]
              ? canonical(String(value))
              : isTime[c]
                ? timeOfDay(String(value))
                : String(value),
        ),
      )
  })
}

function textOf({ name, type }: Field): string {
  const column = `"${name.replaceAll('"', '""')}"`
  switch (type.name) {
    case 'timestamp':
      return `CAST(epoch_${type.unit === 's' ? 'us' : type.unit}(${column}) AS VARCHAR)`
    case 'date':
      return `CAST(${column} - DATE '1970-01-01' AS VARCHAR)`
    case 'binary':
      return `lower(hex(${column}))`
    case 'float32':
    case 'float64':
      return `CAST(CAST(${column} AS DOUBLE) AS VARCHAR)`
    default:
      return `CAST(${column} AS VARCHAR)`
  }
}

/** All rows of the units, bad ones left out, in the same form. */
export function rowsOfUnits(units: readonly DecodedUnit[]): TextRow[] {
  return units.flatMap(({ batch }) =>
    Array.from({ length: batch.rows }, (_, row) =>
      batch.columns.map((column, c) => cellText(column, batch.schema[c]!.type, row)),
    ),
  )
}

function cellText(column: Column, type: ColumnType, row: number): string | null {
  if (!isValid(column, row)) return null
  if (type.name === 'time') return timeOfDay(String(valueAt(column, type, row)))
  if (isWideDecimal(type)) return String(valueAt(column, type, row))
  switch (column.kind) {
    case 'f64':
      return canonical(String(column.values[row]))
    case 'i32':
      if (type.name === 'bool') return column.values[row] === 1 ? 'true' : 'false'
      return String(type.name === 'uint32' ? column.values[row]! >>> 0 : column.values[row])
    case 'i64': {
      const value = i64ToBigInt(column.values[2 * row]!, column.values[2 * row + 1]!, type.name === 'uint64')
      return type.name === 'decimal' ? decimalText(value, type.scale) : String(value)
    }
    case 'bytes': {
      const bytes = column.bytes.subarray(column.offsets[row], column.offsets[row + 1])
      return type.name === 'binary' ? Buffer.from(bytes).toString('hex') : Buffer.from(bytes).toString('utf8')
    }
  }
}

/** Fractions without the zeros at their end, and times of UTC like others. */
function timeOfDay(text: string): string {
  return text
    .replace(/(Z|\+00)$/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
}

function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return sign + (scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`)
}

/** Floats as JavaScript writes them, so that `1.0`, `1e+20` and `nan` compare. */
function canonical(text: string): string {
  if (/^-?(nan|inf|Infinity)$/i.test(text)) return text.toLowerCase().replace(/inf$/, 'infinity')
  return String(Number(text))
}

/** A file as a plan would pin it, as far as decoders look. */
export function pinned(path: string, units: readonly FileUnit[] = []): PinnedFile {
  return { ordinal: 0, path, format: 'parquet', bytes: 1, mtimeMs: 0, fileId: '0', hive: {}, units }
}

/** Describes and decodes a whole file with all its columns. */
export async function decodeFile(
  decoder: Decoder,
  path: string,
  fields?: Schema,
): Promise<{ readonly schema: Schema; readonly units: DecodedUnit[] }> {
  const description = await decoder.describe(path, 't')
  const schema = fields ?? description.schema
  const units: DecodedUnit[] = []
  for (const unit of description.units)
    units.push(await decoder.decode({ file: pinned(path), unit, fields: schema }))
  return { schema, units }
}
