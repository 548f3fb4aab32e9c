/**
 * Files by our writer, for others to read: the matrix of codecs, encodings and nulls, the cells that are in them, and
 * copies of some in which every byte is destroyed that a reader does not need if it heeds the statistics.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ColumnType, Schema } from '../../../src/core/batch/index.ts'
import { typeText } from '../../../src/core/batch/index.ts'
import { parseOffsetIndex } from '../../../src/parquet/format/page-index.ts'
import type { ChunkPlan, CompressionName, RowRange, WriteOptions } from '../../../src/parquet/index.ts'
import { bytesSource, MemorySink, ParquetWriter, readParquetFile } from '../../../src/parquet/index.ts'
import { chunkPlan } from '../../../src/parquet/read/plan-read.ts'
import { Chance } from '../../unit/sinks/random-batch.ts'
import { type Cell, cellsOf } from './cells.ts'
import type { KnownColumn } from './foreign-files.ts'
import { ownBatch, SCHEMA } from './own-batches.ts'

/** A copy in which the rows [from, to), which lie in one row group, are still there. */
export interface Remnant extends RowRange {
  readonly path: string
}

/** Entry of files.json, which python/read_files.py and python/read_spark.py take. */
export interface OwnFile {
  readonly path: string
  readonly cells: string
  /** What is left where row groups are ruled out, and where pages are. */
  readonly remnants: { readonly groups: Remnant; readonly pages: Remnant } | null
}

interface Recipe {
  readonly name: string
  readonly rows: number
  readonly nullsIn1000: number
  readonly options: WriteOptions
  /** Rows of an append: what they do not divide makes row groups and pages of odd sizes. */
  readonly appendRows: number
  readonly hasRemnants: boolean
}

const CODECS: readonly CompressionName[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW', 'BROTLI']
const ENCODINGS = ['auto', 'plain'] as const
const NULLS = { none: 0, some: 200, all: 1000 }

function recipes(): Recipe[] {
  const small = { appendRows: 90, hasRemnants: false }
  const matrix = CODECS.flatMap(codec =>
    ENCODINGS.flatMap(encodings =>
      Object.entries(NULLS).map(([nulls, nullsIn1000]): Recipe => {
        const options = { codec, encodings, pageRows: 64, rowGroupRows: 250 }
        return { ...small, name: `${codec}-${encodings}-${nulls}`, rows: 500, nullsIn1000, options }
      }),
    ),
  )
  // Dictionaries are given up behind 1,024 values, and DELTA comes then.
  const large = ENCODINGS.flatMap(encodings =>
    (['none', 'some'] as const).map((nulls): Recipe => {
      const options = { encodings, pageRows: 300, rowGroupRows: 1800, metadata: { job: 'j', 'plan é': '1' } }
      const nullsIn1000 = NULLS[nulls]
      return {
        name: `large-${encodings}-${nulls}`,
        rows: 4000,
        nullsIn1000,
        options,
        appendRows: 450,
        hasRemnants: true,
      }
    }),
  )
  const bytes = { pageBytes: 100, pageRows: 5000 }
  return [
    ...matrix,
    ...large,
    { ...small, name: 'page-bytes', rows: 300, nullsIn1000: 100, options: bytes },
    { ...small, name: 'one-row', rows: 1, nullsIn1000: 0, options: {} },
    { ...small, name: 'no-rows', rows: 0, nullsIn1000: 0, options: {} },
  ]
}

/** Writes all files, their cells and files.json into the folder; of the columns whose type is taken. */
export async function writeOwnFiles(
  folder: string,
  takes: (type: ColumnType) => boolean = () => true,
): Promise<OwnFile[]> {
  const schema = SCHEMA.filter(({ type }) => takes(type))
  const files: OwnFile[] = []
  for (const recipe of recipes()) files.push(await writeOne(folder, schema, recipe))
  writeFileSync(join(folder, 'files.json'), JSON.stringify(files))
  return files
}

async function writeOne(folder: string, schema: Schema, recipe: Recipe): Promise<OwnFile> {
  const { name, rows, appendRows, nullsIn1000, options } = recipe
  const chance = new Chance(name.length * 7919 + rows)
  const sink = new MemorySink()
  const writer = new ParquetWriter(sink, schema, options)
  const cells: Cell[][] = schema.map(() => [])
  for (let row = 0; row < rows; row += appendRows) {
    const whole = ownBatch(row, Math.min(appendRows, rows - row), chance, nullsIn1000)
    const columns = whole.columns.filter((_, c) => schema.includes(SCHEMA[c]!))
    const batch = { schema, rows: whole.rows, columns }
    await writer.append(batch)
    batch.columns.forEach((column, c) => {
      for (const cell of cellsOf(column, schema[c]!.type)) cells[c]!.push(cell)
    })
  }
  await writer.close()
  const [path, cellsPath] = [`${name}.parquet`, `${name}.cells`]
  writeFileSync(join(folder, path), sink.bytes)
  writeFileSync(
    join(folder, cellsPath),
    writtenColumns(schema, cells)
      .map(known => JSON.stringify(known))
      .join('\n'),
  )
  const remnants = recipe.hasRemnants ? await writeRemnants(folder, name, sink.bytes) : null
  return { path, cells: cellsPath, remnants }
}

/** The cells as a file has them: it knows no seconds, so they are written as milliseconds. */
function writtenColumns(schema: Schema, cells: readonly (readonly Cell[])[]): KnownColumn[] {
  return schema.map(({ name, type }, c) => {
    if (type.name !== 'timestamp' || type.unit !== 's')
      return { name, type: typeText(type), cells: cells[c]! }
    const scaled = cells[c]!.map(cell => (cell === null ? null : String(BigInt(cell) * 1000n)))
    return { name, type: typeText({ ...type, unit: 'ms' }), cells: scaled }
  })
}

/** No page header: it lacks everything. */
const DESTROYED = 0

/** Rows from the middle of the second row group, over the end of a page. */
async function writeRemnants(
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<{ groups: Remnant; pages: Remnant }> {
  const file = await readParquetFile(bytesSource(bytes))
  const [first, second] = file.metadata.rowGroups
  const wanted = { from: 580, to: 640 } // of the row group
  const rows = { from: first!.rows + wanted.from, to: first!.rows + wanted.to }
  const groups = bytes.slice()
  const pages = bytes.slice()
  for (let g = 0; g < file.metadata.rowGroups.length; g++) {
    for (const leaf of file.leaves) {
      const plan = chunkPlan(file, g, leaf)
      const { position, length } = plan.range
      if (g !== 1) {
        groups.fill(DESTROYED, position, position + length)
        pages.fill(DESTROYED, position, position + length)
      } else destroyPages(plan, bytes, pages, second!.rows, wanted)
    }
  }
  const paths = { groups: `${name}-groups.remnant`, pages: `${name}-pages.remnant` }
  writeFileSync(join(folder, paths.groups), groups)
  writeFileSync(join(folder, paths.pages), pages)
  return { groups: { path: paths.groups, ...rows }, pages: { path: paths.pages, ...rows } }
}

/** Destroys the data pages of a chunk that hold none of the wanted rows. */
function destroyPages(
  { chunk }: ChunkPlan,
  bytes: Uint8Array,
  out: Uint8Array,
  rows: number,
  wanted: RowRange,
): void {
  const { position, length } = chunk.offsetIndex!
  const index = parseOffsetIndex(bytes.subarray(position, position + length))
  for (let p = 0; p < index.positions.length; p++) {
    const end = index.rowFirst[p + 1] ?? rows
    if (index.rowFirst[p]! < wanted.to && wanted.from < end) continue
    out.fill(DESTROYED, index.positions[p], index.positions[p]! + index.lengths[p]!)
  }
}
