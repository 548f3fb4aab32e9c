/** Values as DuckDB has them, in a table or a file, as cells (see python/cells.py). */
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Cell, floatCell } from './cells.ts'
import type { KnownColumn } from './foreign-files.ts'

/** The columns, in Hindcast's type names; `from` is what stands behind FROM. Columns that are not read have no cells. */
export async function cellsByDuckDb(
  connection: DuckDBConnection,
  from: string,
  columns: readonly Pick<KnownColumn, 'name' | 'type'>[],
): Promise<KnownColumn[]> {
  const expressions = columns.map(column => (column.type.startsWith('-') ? 'NULL' : cellSql(column)))
  const reader = await connection.runAndReadAll(`SELECT ${expressions.join(', ')} FROM ${from}`)
  const found = reader.getColumns()
  return columns.map(({ name, type }, c) => ({
    name,
    type,
    cells: type.startsWith('-') ? [] : (found[c] ?? []).map(cellOf),
  }))
}

/** SQL of a cell's text; floats come as numbers. */
function cellSql({ name, type }: Pick<KnownColumn, 'name' | 'type'>): string {
  const column = `"${name}"`
  // It has no milliseconds of the day.
  if (type.startsWith('time[ms')) return `CAST(epoch_us(${column}) // 1000 AS VARCHAR)`
  if (type.startsWith('time[')) return `CAST(epoch_${type.slice(5, 7)}(${column}) AS VARCHAR)`
  if (type.startsWith('timestamp')) return `CAST(epoch_${type.slice(10, 12)}(${column}) AS VARCHAR)`
  if (type.startsWith('decimal'))
    return `CAST(CAST(replace(CAST(${column} AS VARCHAR), '.', '') AS HUGEINT) AS VARCHAR)`
  if (type.startsWith('float')) return `CAST(${column} AS DOUBLE)`
  if (type === 'date') return `CAST(${column} - DATE '1970-01-01' AS VARCHAR)`
  if (type === 'binary') return `lower(hex(${column}))`
  if (type === 'utf8') return `lower(hex(encode(CAST(${column} AS VARCHAR))))`
  return `CAST(${column} AS VARCHAR)`
}

function cellOf(value: unknown): Cell {
  if (value === null) return null
  return typeof value === 'number' ? floatCell(value) : String(value)
}

/** What DuckDB makes of a cell: its times with a zone have microseconds. */
export function duckDbCell(cell: Cell, type: string): Cell {
  return cell !== null && /^time(stamp)?\[ns, UTC\]$/.test(type)
    ? String((BigInt(cell) / 1000n) * 1000n)
    : cell
}
