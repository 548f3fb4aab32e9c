/** Files by DuckDB: all its types × codecs × format versions, read equal by us. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withDuckDb } from '../../corpus/oracle.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { cellsByDuckDb } from './duckdb-cells.ts'
import { examineFolder } from './tools.ts'

interface DuckColumn {
  readonly name: string
  readonly sql: string
  /** As in KnownColumn. */
  readonly type: string
}

/** `i` is the row; every column has a few distinct values, the extremes, and some nulls. */
const COLUMNS: readonly DuckColumn[] = [
  column('bool', 'i % 3 = 0', 'bool'),
  ...[8, 16, 32, 64].flatMap(bits => [whole(`int${bits}`, bits, true), whole(`uint${bits}`, bits, false)]),
  column('float32', floatSql('FLOAT', '3.4028235e38'), 'float32'),
  column('float64', floatSql('DOUBLE', '1.7976931348623157e308'), 'float64'),
  ...[
    [4, 1],
    [9, 2],
    [18, 4],
    [18, 18],
    [19, 0],
    [38, 0],
    [38, 10],
    [38, 38],
  ].map(([precision, scale]) => decimal(precision!, scale!)),
  column('date', "DATE '1969-06-01' + CAST(i * 7 AS INT)", 'date'),
  column('us', "TIMESTAMP '1969-12-31 23:50:00.123456' + to_seconds(i * 977)", 'timestamp[us]'),
  column('us_utc', "TIMESTAMPTZ '1900-01-01 00:00:00+00' + to_days(CAST(i AS INT))", 'timestamp[us, UTC]'),
  column('ns', 'make_timestamp_ns(i * 1234567890123 - 7)', 'timestamp[ns]'),
  column('ms', 'CAST(make_timestamp(i * 86400000000 - 1000) AS TIMESTAMP_MS)', 'timestamp[ms]'),
  column('few', "'text ' || i % 5", 'utf8'),
  column('many', "repeat('é', CAST(i % 9 AS INT)) || i", 'utf8'),
  column('long', "repeat('long', CAST(i % 50 AS INT))", 'utf8'),
  column('blob', "unhex(repeat(printf('%02x', i % 256), CAST(i % 4 AS INT)))", 'binary'),
  column('uuid', 'CAST(md5(CAST(i AS VARCHAR)) AS UUID)', 'utf8'),
  column('enum', "CAST(CASE WHEN i % 2 = 0 THEN 'b' ELSE 'c' END AS ENUM('a', 'b', 'c'))", 'utf8'),
  column('json', `CAST('{"n":' || i % 7 || '}' AS JSON)`, 'utf8'),
  column('time', "TIME '00:00:00' + to_microseconds(i * 86399999999 // 2500)", 'time[us]'),
  column('time_few', "CASE WHEN i % 2 = 0 THEN TIME '24:00:00' ELSE TIME '10:00:00' END", 'time[us]'),
  column('interval', 'to_days(CAST(i AS INT))', '-interval'),
  column('list', '[i, i + 1]', 'missing'),
]

function column(name: string, sql: string, type: string): DuckColumn {
  return { name, sql, type }
}

function whole(type: string, bits: number, signed: boolean): DuckColumn {
  const [low, high] = signed
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    : [0n, 2n ** BigInt(bits) - 1n]
  const sqlType = `${signed ? '' : 'U'}${{ 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }[bits]}`
  const sql = `CAST(CASE i % 5 WHEN 0 THEN ${low}::HUGEINT WHEN 1 THEN ${high}::HUGEINT ELSE i % 100 END AS ${sqlType})`
  return column(type, sql, type)
}

function decimal(precision: number, scale: number): DuckColumn {
  const most = `${'9'.repeat(precision - scale) || '0'}.${'9'.repeat(scale)}`
  const type = `DECIMAL(${precision}, ${scale})`
  const middle = precision === scale ? `'0.${'1'.padStart(scale, '0')}'` : 'i % 9'
  const sql = `CASE i % 4 WHEN 0 THEN CAST('${most}' AS ${type}) WHEN 1 THEN CAST('-${most}' AS ${type}) ELSE CAST(${middle} AS ${type}) END`
  return column(`decimal${precision}_${scale}`, sql, `decimal(${precision},${scale})`)
}

function floatSql(type: string, most: string): string {
  const special = ["'nan'", "'inf'", "'-inf'", "'-0.0'", most].map(
    (value, i) => `WHEN ${i} THEN CAST(${value} AS ${type})`,
  )
  return `CASE i % 11 ${special.join(' ')} ELSE CAST(i / 7 AS ${type}) END`
}

const CODECS = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']

describe('files by DuckDB', () => {
  it('of every type, codec and format version are read equal', () =>
    withTempDirectory(folder =>
      withDuckDb(async connection => {
        const files: { path: string; cells: string }[] = []
        const shapes = { nullable: [2500, 5], full: [2500, 0], nulls: [100, 1], empty: [0, 0], one: [1, 0] }
        for (const [table, [rows, nullEvery]] of Object.entries(shapes)) {
          const columns = COLUMNS.map(({ name, sql }, c) => {
            const value =
              nullEvery === 0 ? sql : `CASE WHEN (i + ${c}) % ${nullEvery} = 0 THEN NULL ELSE ${sql} END`
            return `${value} AS "${name}"`
          })
          await connection.run(
            `CREATE TABLE "${table}" AS SELECT ${columns.join(', ')} FROM range(${rows}) t(i)`,
          )
          const read = COLUMNS.filter(({ type }) => type !== 'missing')
          const known = await cellsByDuckDb(connection, `"${table}" ORDER BY rowid`, read)
          const lines = known.map(column => JSON.stringify(column))
          writeFileSync(join(folder, `${table}.cells`), lines.join('\n'))
          for (const codec of CODECS) {
            for (const version of ['V1', 'V2']) {
              const path = `${table}-${codec}-${version}.parquet`
              await connection.run(
                `COPY "${table}" TO '${join(folder, path)}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048)`,
              )
              files.push({ path, cells: `${table}.cells` })
            }
          }
        }
        writeFileSync(join(folder, 'files.json'), JSON.stringify({ writer: 'DuckDB', files }))
        const { complaints, coverage } = await examineFolder(folder)
        expect(complaints).toEqual([])
        // Its second version is what has encodings of its own.
        const encodings = new Set(coverage.flatMap(chunk => chunk.encodings))
        expect([...encodings].sort()).toEqual([
          'BYTE_STREAM_SPLIT',
          'DELTA_BINARY_PACKED',
          'DELTA_LENGTH_BYTE_ARRAY',
          'PLAIN',
          'PLAIN_DICTIONARY',
          'RLE_DICTIONARY',
        ])
        expect(new Set(coverage.map(chunk => chunk.codec)).size).toBe(CODECS.length)
      }),
    ))
})
