/**
 * `hindcast parquet head`: the first rows of a file, as JSON lines for programs and as a table for people.
 */

import type { Batch } from '../parquet/index.ts'
import {
  nestedColumns,
  openFileSource,
  readableColumns,
  readParquet,
  readParquetFile,
  rowObject,
} from '../parquet/index.ts'
import { printable, tableText } from './parquet-table.ts'
import { outputReady, type Terminal } from './terminal.ts'

export interface HeadRequest {
  readonly path: string
  readonly rows: number
  /** Null: all columns that are read, nested ones last. */
  readonly columns: readonly string[] | null
  readonly form: 'json' | 'table'
}

/** Rows are read so many at a time. */
const BATCH_ROWS = 1024
/** A table is laid out as a whole: of more rows, each such part is laid out by itself. */
const CELL_CHARACTERS = 32
const CELL_CHARACTERS_MIN = 8

/** Prints the rows; ends early where the reader of stdout has gone away. */
export async function printHead(request: HeadRequest, terminal: Terminal): Promise<void> {
  const source = await openFileSource(request.path)
  try {
    const file = await readParquetFile(source)
    const nested = nestedColumns(file)
    const columns = request.columns ?? [...readableColumns(file).keys(), ...nested.keys()]
    const options = { rows: { to: request.rows }, batchRows: BATCH_ROWS, columns, nested: 'json' } as const
    for await (const batch of readParquet(source, options)) {
      terminal.out(request.form === 'json' ? jsonLines(batch, nested) : rowsTable(batch, terminal.columns()))
      if (!(await outputReady())) return
    }
  } finally {
    await source.close()
  }
}

/** Nested columns as what they are, not as text. */
function jsonLines(batch: Batch, nested: ReadonlyMap<string, unknown>): string {
  const names = batch.schema.map(({ name }) => name).filter(name => nested.has(name))
  let text = ''
  for (let row = 0; row < batch.rows; row++) {
    const values: Record<string, unknown> = rowObject(batch, row)
    for (const name of names) if (values[name] !== null) values[name] = JSON.parse(values[name] as string)
    text += `${JSON.stringify(values)}\n`
  }
  return text
}

/** As many columns as fit; the others are named below. */
function rowsTable(batch: Batch, width: number): string {
  const names = batch.schema.map(({ name }) => name)
  const rows: string[][] = []
  for (let row = 0; row < batch.rows; row++) {
    const values = rowObject(batch, row)
    rows.push(names.map(name => (values[name] === null ? '' : String(values[name]))))
  }
  const shown = columnsThatFit(names, rows, width)
  const columns = names.slice(0, shown).map((head, c) => ({
    head,
    widthMax: Math.max(CELL_CHARACTERS_MIN, Math.min(CELL_CHARACTERS, width)),
    isNumeric: rows.every(row => row[c] === '' || /^-?[\d.]+(e[+-]\d+)?$/.test(row[c]!)),
  }))
  const table = tableText(
    columns,
    rows.map(row => row.slice(0, shown)),
    '',
  )
  const left = names.slice(shown)
  return left.length === 0 ? table : `${table}not shown: ${printable(left.join(', '))} (--columns)\n`
}

function columnsThatFit(names: readonly string[], rows: readonly string[][], width: number): number {
  let used = 0
  for (const [c, name] of names.entries()) {
    const longest = rows.reduce((most, row) => Math.max(most, printable(row[c]!).length), name.length)
    used += Math.min(CELL_CHARACTERS, longest) + (c === 0 ? 0 : 2)
    if (used > width) return Math.max(1, c)
  }
  return names.length
}
