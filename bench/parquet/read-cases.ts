/**
 * The files that readers are measured on. All come from DuckDB, so that no reader sees only its own writer, and are
 * made once below the cache.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { ensureData } from '../data/make.ts'
import type { DataShape } from '../data/shape.ts'

export interface ReadCase {
  readonly what: string
  readonly files: readonly string[]
  /** Columns to read; null: all. */
  readonly columns: readonly string[] | null
  /** How many that are. */
  readonly columnCount: number
}

/** Of the event files, so many are read: two of the full data have 1.25 M rows, enough to be warm in. */
const FILES = 2
const FOUR = ['event_time', 'user_id', 'price', 'position'] as const
const TEXT_ROWS = 500_000
const WIDE_ROWS = 40_960
const WIDE = { f64: 250, i64: 150, i32: 75, text: 25 } as const

export interface CaseOptions {
  readonly cache: string
  readonly shape: DataShape
  readonly say: (text: string) => void
}

/** The cases in the order of the table; makes what is missing. */
export async function ensureReadCases({ cache, shape, say }: CaseOptions): Promise<ReadCase[]> {
  const { events } = await ensureData(cache, shape, say)
  const files = events.slice(0, FILES)
  const scale = Math.min(1, shape.events / 5_000_000)
  const directory = join(cache, `parquet-read-${shape.events}`)
  const own = (name: string) => join(directory, `${name}.parquet`)
  if (!existsSync(directory)) {
    say('making files for parquet-read (once) …')
    const from = `read_parquet([${files.map(path => `'${path}'`).join(', ')}])`
    await make(directory, [
      [`FROM ${from}`, own('v2'), 'COMPRESSION snappy, PARQUET_VERSION v2, ROW_GROUP_SIZE 104448'],
      [`FROM ${from}`, own('zstd'), 'COMPRESSION zstd, ROW_GROUP_SIZE 104448'],
      [textQuery(Math.round(TEXT_ROWS * scale)), own('text'), 'COMPRESSION snappy, ROW_GROUP_SIZE 104448'],
      [wideQuery(Math.round(WIDE_ROWS * scale)), own('wide'), 'COMPRESSION snappy, ROW_GROUP_SIZE 10240'],
    ])
  }
  const wide = WIDE.f64 + WIDE.i64 + WIDE.i32 + WIDE.text
  return [
    { what: 'events, 15 columns, Snappy, v1 pages', files, columns: null, columnCount: 15 },
    { what: 'the same, 4 columns', files, columns: FOUR, columnCount: FOUR.length },
    { what: 'the same, v2 encodings', files: [own('v2')], columns: null, columnCount: 15 },
    { what: 'the same, zstd', files: [own('zstd')], columns: null, columnCount: 15 },
    { what: '10 columns of text, Snappy', files: [own('text')], columns: null, columnCount: 10 },
    { what: `${wide} columns, Snappy`, files: [own('wide')], columns: null, columnCount: wide },
  ]
}

async function make(directory: string, copies: readonly [query: string, path: string, how: string][]) {
  rmSync(directory, { recursive: true, force: true })
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'true' })
  const connection = await instance.connect()
  for (const [query, path, how] of copies) {
    const target = path.replace(directory, unfinished)
    await connection.run(`COPY (${query}) TO '${target}' (FORMAT parquet, ${how})`)
  }
  connection.closeSync()
  instance.closeSync()
  renameSync(unfinished, directory)
}

/** Text from two distinct values to all distinct, empty and long ones, with nulls. */
function textQuery(rows: number): string {
  const pick = (name: string, distinct: number) => `(hash(i, '${name}') % ${distinct})`
  const columns = [
    `['yes', 'no'][1 + ${pick('flag', 2)}::INTEGER] AS flag`,
    `'country-' || ${pick('country', 200)} AS country`,
    `CASE WHEN ${pick('null', 10)} > 0 THEN 'city ' || ${pick('city', 3000)} END AS city`,
    `'https://shop.example/item/' || ${pick('item', 40_000)} AS url`,
    `'user-' || ${pick('user', 400_000)} AS user_name`,
    `md5(i::VARCHAR) AS request`,
    `i::VARCHAR AS row_text`,
    `CASE WHEN ${pick('empty', 2)} = 0 THEN '' ELSE 'ok' END AS note`,
    `repeat('lorem ipsum ', 1 + ${pick('long', 12)}::INTEGER) || i AS body`,
    `CASE WHEN ${pick('rare', 20)} = 0 THEN 'größe ' || ${pick('size', 50)} END AS rare`,
  ]
  return `SELECT ${columns.join(', ')} FROM range(${rows}) AS r(i)`
}

/** Many columns of few rows: what a column costs, beside its values. */
function wideQuery(rows: number): string {
  const many = (count: number, sql: (c: number) => string) => Array.from({ length: count }, (_, c) => sql(c))
  const columns = [
    ...many(
      WIDE.f64,
      c =>
        `${c % 5 === 0 ? `CASE WHEN hash(i, 'n', ${c}) % 20 > 0 THEN hash(i, 'f', ${c}) / 1e19 END` : `hash(i, 'f', ${c}) / 1e19`} AS f${c}`,
    ),
    ...many(WIDE.i64, c => `(hash(i, 'l', ${c}) % ${10 ** (1 + (c % 12))})::BIGINT AS l${c}`),
    ...many(WIDE.i32, c => `(hash(i, 'i', ${c}) % 1000)::INTEGER AS i${c}`),
    ...many(WIDE.text, c => `'t' || (hash(i, 't', ${c}) % 100) AS t${c}`),
  ]
  return `SELECT ${columns.join(', ')} FROM range(${rows}) AS r(i)`
}
