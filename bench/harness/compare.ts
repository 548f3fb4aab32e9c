/**
 * Whether two outputs are the same samples, found by DuckDB over the files: rows, values of every column as a
 * multiset, whole rows as a multiset, and order. A partitioned output is compared with an unpartitioned one
 * partition by partition: the rows of a partition must come in the order they have in the other.
 *
 * Values are compared through 64-bit hashes summed up: equal sums of 5 M hashes by chance are out of the question.
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'
import { SAMPLE_COLUMNS, VERSION_COLUMNS } from '../data/shape.ts'

export interface Output {
  readonly name: string
  /** Directory that the peer wrote to: `samples.parquet`, or a folder of that name with files in order of their names. */
  readonly directory: string
  readonly partitioned: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  scene: 'VARCHAR',
  device: 'VARCHAR',
  position: 'INTEGER',
  quantity: 'INTEGER',
  flags: 'INTEGER',
  tier: 'INTEGER',
}
const DOUBLES = new Set(['price', 'score', 'discount', 'dwell', 'bid', 'ctr', 'spent', 'trend'])

/** What differs between the reference (not partitioned) and the others, in words; nothing where all are equal. */
export async function differences(reference: Output, others: readonly Output[]): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await load(connection, reference, 'r')
    const expected = await summary(connection, reference)
    const found: string[] = []
    for (const other of others) {
      await load(connection, other, 'o')
      const got = await summary(connection, other)
      const multiset = SUMMARY.filter((_, i) => got[i] !== expected[i]).map(name => `${name} differ`)
      const order = multiset.length > 0 ? [] : await compareOrder(connection, other.partitioned)
      found.push(...[...multiset, ...order].map(text => `${other.name} against ${reference.name}: ${text}`))
      await connection.run('DROP TABLE o')
    }
    return found
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Table `place, part, written, row_hash, key` of an output, in its own order. */
async function load(connection: DuckDBConnection, output: Output, table: string): Promise<void> {
  const own = output.partitioned
    ? '_partition AS part, _offset AS written'
    : '0 AS part, NULL::BIGINT AS written'
  await connection.run(`
    CREATE TABLE ${table} AS
    SELECT row_number() OVER (ORDER BY filename, file_row_number) AS place, ${own},
      hash(${SAMPLE_COLUMNS.map(name => valueSql(output, name)).join(', ')}) AS row_hash, CAST(user_id AS BIGINT) AS key
    FROM ${source(output)}`)
}

const SUMMARY = ['rows', ...SAMPLE_COLUMNS.map(name => `values of ${name}`), 'whole rows']

/** One figure for each line of SUMMARY. */
function summary(connection: DuckDBConnection, output: Output): Promise<string[]> {
  const values = SAMPLE_COLUMNS.map(name => valueSql(output, name))
  const hashes = [...values.map(value => `hash(${value})`), `hash(${values.join(', ')})`]
  return firstRow(
    connection,
    `SELECT count(*), ${hashes.map(hash => `sum(${hash}::HUGEINT)`).join(', ')} FROM ${source(output)}`,
  )
}

function source(output: Output): string {
  const single = join(output.directory, 'samples.parquet')
  const files = output.partitioned
    ? join(output.directory, 'run/samples/*/*.parquet')
    : existsSync(single) && statSync(single).isDirectory()
      ? join(single, '*.parquet')
      : single
  return `read_parquet('${files}', hive_partitioning = false)`
}

function valueSql(output: Output, name: string): string {
  return `CAST(${output.partitioned ? written(name) : name} AS ${typeOf(name)})`
}

/** Name of a column in a run's samples. */
function written(name: string): string {
  if (name === 'known_at') return 'user__version'
  return (VERSION_COLUMNS as readonly string[]).includes(name) ? `user__${name}` : name
}

function typeOf(name: string): string {
  return DOUBLES.has(name) ? 'DOUBLE' : (TYPES[name] ?? 'BIGINT')
}

async function compareOrder(connection: DuckDBConnection, partitioned: boolean): Promise<string[]> {
  if (!partitioned) {
    const wrong = await firstRow(
      connection,
      'SELECT count(*) FROM r JOIN o USING (place) WHERE r.row_hash <> o.row_hash',
    )
    return wrong[0] === '0' ? [] : [`${wrong[0]} rows are in another place`]
  }
  const split = await firstRow(
    connection,
    'SELECT count(*) FROM (SELECT key FROM o GROUP BY key HAVING count(DISTINCT part) > 1)',
  )
  if (split[0] !== '0') return [`${split[0]} keys are in more than one partition`]
  const wrong = await firstRow(
    connection,
    `WITH parts AS (SELECT DISTINCT key, part FROM o),
      mine AS (SELECT part, row_number() OVER (PARTITION BY part ORDER BY place) - 1 AS n, row_hash, written FROM o),
      theirs AS (SELECT p.part, row_number() OVER (PARTITION BY p.part ORDER BY r.place) - 1 AS n, r.row_hash FROM r JOIN parts p USING (key))
    SELECT count(*) FILTER (WHERE mine.row_hash <> theirs.row_hash), count(*) FILTER (WHERE mine.written <> mine.n), count(*)
    FROM mine JOIN theirs USING (part, n)`,
  )
  const rows = await firstRow(connection, 'SELECT count(*) FROM o')
  return [
    ...(wrong[0] === '0' ? [] : [`${wrong[0]} rows are in another place of their partition`]),
    ...(wrong[1] === '0' ? [] : [`${wrong[1]} rows have another offset than their place`]),
    ...(wrong[2] === rows[0] ? [] : [`only ${wrong[2]} of ${rows[0]} rows have a partner`]),
  ]
}

async function firstRow(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRows()[0]!.map(value => String(value))
}
