/**
 * Whole files that mutants are made of: by our writer (every type, every codec, several row groups and pages, page
 * index, checksums), by DuckDB (its codecs and both its format versions, bloom filters, no checksums), and by hand what
 * neither writes (v2 pages, required columns, INT96, fixed lengths, old levels). All small, so that many mutants are
 * read a second.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Column, ColumnType, Schema } from '../../src/core/batch/index.ts'
import { physicalKind } from '../../src/core/batch/index.ts'
import type { CompressionName, WriteOptions } from '../../src/parquet/index.ts'
import { MemorySink, ParquetWriter } from '../../src/parquet/index.ts'
import { runSql } from './oracle.ts'
import { Random } from './parquet-random.ts'
import { handmadeSeeds } from './parquet-seeds-handmade.ts'

export interface SeedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const TYPES: readonly ColumnType[] = [
  { name: 'bool' },
  { name: 'int8' },
  { name: 'int16' },
  { name: 'int32' },
  { name: 'uint8' },
  { name: 'uint16' },
  { name: 'uint32' },
  { name: 'int64' },
  { name: 'uint64' },
  { name: 'date' },
  { name: 'timestamp', unit: 'ms', utc: true },
  { name: 'timestamp', unit: 'us', utc: false },
  { name: 'timestamp', unit: 'ns', utc: true },
  { name: 'decimal', precision: 7, scale: 2 },
  { name: 'decimal', precision: 18, scale: 4 },
  { name: 'float32' },
  { name: 'float64' },
  { name: 'utf8' },
  { name: 'binary' },
]

/** What the values of a column look like: each makes the writer choose another encoding. */
type Shape = 'few' | 'rising' | 'many' | 'few-then-many' | 'null'
const SHAPES: readonly Shape[] = ['few', 'rising', 'many', 'few-then-many', 'null']

const OUR_CODECS: readonly CompressionName[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW']
const DUCKDB_CODECS = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']

/** All seed files; those of DuckDB are written into `directory` on the way. */
export async function seedFiles(directory: string): Promise<readonly SeedFile[]> {
  const ours: SeedFile[] = []
  for (const codec of OUR_CODECS) ours.push(await wide(codec))
  for (const [i, shape] of [...SHAPES, ...SHAPES].entries()) {
    for (const type of TYPES) {
      if ((TYPES.indexOf(type) + i) % 3 === 0) ours.push(await narrow(type, shape, i < SHAPES.length, i))
    }
  }
  return [...ours, ...(await duckDbSeeds(directory)), ...handmadeSeeds()]
}

function wide(codec: CompressionName): Promise<SeedFile> {
  const random = new Random(1, codec.length)
  const rows = 90
  const schema = TYPES.map((type, c) => ({ name: `c${c}`, type }))
  const columns = TYPES.map((type, c) => valuesOf(type, SHAPES[c % 4]!, rows, c % 2 === 0, random))
  return written(`wide-${codec}`, schema, columns, rows, { codec, rowGroupRows: 60, pageRows: 25 })
}

function narrow(type: ColumnType, shape: Shape, hasNulls: boolean, i: number): Promise<SeedFile> {
  const rows = 700
  const codec = OUR_CODECS[(i + TYPES.indexOf(type)) % OUR_CODECS.length]!
  const values = valuesOf(type, shape, rows, hasNulls, new Random(2, i))
  const options: WriteOptions = {
    codec,
    rowGroupRows: 400,
    pageRows: 130,
    encodings: i % 4 === 3 ? 'plain' : 'auto',
  }
  const name = `${type.name}-${TYPES.indexOf(type)}-${shape}-${hasNulls}-${codec}`
  return written(name, [{ name: 'value', type }], [values], rows, options)
}

async function written(
  name: string,
  schema: Schema,
  columns: readonly Column[],
  rows: number,
  options: WriteOptions,
): Promise<SeedFile> {
  const sink = new MemorySink()
  const writer = new ParquetWriter(sink, schema, { ...options, metadata: { job: 'fuzz' } })
  // In two batches, as a row group ends with a batch.
  const first = Math.min(rows, options.rowGroupRows ?? rows)
  await writer.append({ schema, rows: first, columns: columns.map(column => part(column, 0, first)) })
  await writer.append({
    schema,
    rows: rows - first,
    columns: columns.map(column => part(column, first, rows)),
  })
  await writer.close()
  return { name, bytes: sink.bytes }
}

function part(column: Column, from: number, to: number): Column {
  const valid = column.valid?.slice(from, to) ?? null
  switch (column.kind) {
    case 'bytes':
      return { ...column, offsets: column.offsets.slice(from, to + 1), valid }
    case 'i64':
      return { ...column, values: column.values.slice(2 * from, 2 * to), valid }
    case 'i32':
      return { ...column, values: column.values.slice(from, to), valid }
    case 'f64':
      return { ...column, values: column.values.slice(from, to), valid }
  }
}

function valuesOf(type: ColumnType, shape: Shape, rows: number, hasNulls: boolean, random: Random): Column {
  const valid =
    hasNulls || shape === 'null'
      ? Uint8Array.from({ length: rows }, () => (shape === 'null' || random.oneIn(5) ? 0 : 1))
      : null
  const numbers = Array.from({ length: rows }, (_, row) => {
    if (valid?.[row] === 0) return 0
    if (shape === 'rising') return row
    if (shape === 'few' || (shape === 'few-then-many' && row < rows / 3)) return random.below(5)
    return random.below(limitOf(type))
  })
  const kind = physicalKind(type)
  switch (kind) {
    case 'i32':
      return { kind, values: Int32Array.from(numbers), valid }
    case 'i64':
      return { kind, values: Int32Array.from(numbers.flatMap(value => [value, value >> 31])), valid }
    case 'f64':
      return { kind, values: Float64Array.from(numbers, value => Math.fround(value / 4)), valid }
    case 'bytes': {
      const texts = numbers.map((value, row) => (valid?.[row] === 0 ? '' : `text ${value}`.repeat(value % 3)))
      const offsets = new Int32Array(rows + 1)
      texts.forEach((text, row) => {
        offsets[row + 1] = offsets[row]! + text.length
      })
      return { kind, offsets, bytes: new TextEncoder().encode(texts.join('')), valid }
    }
  }
}

function limitOf(type: ColumnType): number {
  if (type.name === 'bool') return 2
  if (type.name.endsWith('8') && type.name !== 'utf8') return 128
  return type.name.endsWith('16') ? 30_000 : 1_000_000
}

const DUCKDB_COLUMNS = `i::INTEGER AS i, TIMESTAMP '2001-01-01' + INTERVAL (i) SECOND AS t, 'city ' || (i % 5) AS c,
  'a string ' || (i * 7919 % 1000) AS s, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 7 END AS f, (i / 3)::DECIMAL(9, 2) AS d,
  i % 2 = 0 AS b, (i * i)::HUGEINT::DECIMAL(18, 3) AS w, md5(i::VARCHAR)::UUID AS u, i::BIGINT * 1000003 AS l, (i / 3)::FLOAT AS r`

async function duckDbSeeds(directory: string): Promise<readonly SeedFile[]> {
  const files = DUCKDB_CODECS.flatMap(codec =>
    ['v1', 'v2'].map(version => ({ name: `duckdb-${codec}-${version}`, codec, version })),
  )
  const path = (name: string): string => join(directory, `${name}.parquet`)
  const copies = files.map(
    ({ name, codec, version }) =>
      `COPY (SELECT ${DUCKDB_COLUMNS} FROM range(300) t(i)) TO '${path(name)}'
         (FORMAT parquet, ROW_GROUP_SIZE 2048, COMPRESSION ${codec}, PARQUET_VERSION ${version})`,
  )
  await runSql(...copies)
  return files.map(({ name }) => ({ name, bytes: new Uint8Array(readFileSync(path(name))) }))
}
