/**
 * Files that other programs wrote, as Hindcast reads them, held against the cells that those programs say they wrote.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { columnRows, typeText } from '../../../src/core/batch/index.ts'
import { parsePageHeader } from '../../../src/parquet/format/page-header.ts'
import type { ByteSource, ChunkPlan, LeafColumn, ParquetFile, RowRange } from '../../../src/parquet/index.ts'
import { bytesSource, planRead, RowReader, readParquetFile } from '../../../src/parquet/index.ts'
import { chunkPlan } from '../../../src/parquet/read/plan-read.ts'
import { type Cell, cellsOf, difference } from './cells.ts'
import { boundsComplaints } from './chunk-bounds.ts'

/** A column as its writer says it is. */
export interface KnownColumn {
  readonly name: string
  /** The type that Hindcast has for it, or `-` and the word for what it does not read. */
  readonly type: string
  readonly cells: readonly Cell[]
}

/** One column of one row group, by what the matrix is about. */
export interface Coverage {
  readonly name: string
  readonly physical: string
  readonly optional: boolean
  readonly codec: string
  /** Encodings of its data pages. */
  readonly encodings: readonly string[]
  /** Data pages: more than one is what makes a test of pages. */
  readonly pages: number
  readonly version: 1 | 2 | null
  readonly hasChecksum: boolean
  readonly hasIndex: boolean
}

/** Lines of JSON, as `write_cells` of python/cells.py leaves them. */
export function readCells(path: string): KnownColumn[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as KnownColumn)
}

export interface ForeignFile {
  readonly file: ParquetFile
  readonly source: ByteSource
  readonly bytes: Uint8Array
}

export async function openFile(...path: string[]): Promise<ForeignFile> {
  const bytes = new Uint8Array(readFileSync(join(...path)))
  const source = bytesSource(bytes, path.at(-1)!)
  return { file: await readParquetFile(source), source, bytes }
}

/** Everything in those rows that is not as the file's writer says, and wrong bounds. */
export async function complaintsAbout(
  { file, source }: ForeignFile,
  known: readonly KnownColumn[],
  ranges: readonly RowRange[],
): Promise<string[]> {
  const complaints: string[] = []
  const leaves: LeafColumn[] = []
  const columns: KnownColumn[] = []
  for (const column of known) {
    const leaf = file.leaves.find(({ name }) => name === column.name)
    const type =
      leaf === undefined ? 'missing' : leaf.type === null ? `-${leaf.foreign}` : typeText(leaf.type)
    if (type !== column.type) complaints.push(`${column.name}: is ${type}, not ${column.type}`)
    else if (leaf!.type !== null) {
      leaves.push(leaf!)
      columns.push(column)
    }
  }
  for (const range of ranges) {
    const reader = new RowReader(source, planRead(file, leaves, range), leaves)
    const read = await reader.read(reader.rowsLeft)
    read.forEach((column, c) => {
      const { name, type, cells } = columns[c]!
      if (column.valid !== null && columnRows(column) > 0 && column.valid.every(flag => flag === 1))
        complaints.push(`${name}: validity where no row is null`)
      const wrong = difference(cellsOf(column, leaves[c]!.type!), cells.slice(range.from, range.to), type)
      if (wrong !== null) complaints.push(`${name}[${range.from}, ${range.to}): ${wrong}`)
    })
  }
  leaves.forEach((leaf, c) => {
    complaints.push(...boundsComplaints(file, leaf, columns[c]!.cells))
  })
  return complaints
}

/** What of the matrix the file has, by its page headers. */
export function coverageOf({ file, bytes }: ForeignFile): Coverage[] {
  return file.metadata.rowGroups.flatMap((group, g) =>
    // A row group without rows may have no pages, and chunks that lie nowhere.
    group.rows === 0 ? [] : file.leaves.map(leaf => chunkCoverage(chunkPlan(file, g, leaf), bytes)),
  )
}

function chunkCoverage({ leaf, chunk, range }: ChunkPlan, bytes: Uint8Array): Coverage {
  const encodings = new Set<string>()
  let [version, hasChecksum, pages]: [1 | 2 | null, boolean, number] = [null, true, 0]
  const chunkEnd = range.position + range.length
  for (let at = range.position; at < chunkEnd; ) {
    const { header, end } = parsePageHeader(bytes, at, chunkEnd)
    if (header.type === 'data' || header.type === 'data-v2') {
      encodings.add(header.encoding)
      version = header.type === 'data' ? 1 : 2
      pages++
    }
    hasChecksum &&= header.crc !== null
    at = end + header.compressedBytes
  }
  return {
    name: leaf.name,
    physical: leaf.physical,
    optional: leaf.isOptional,
    codec: chunk.codec,
    encodings: [...encodings],
    pages,
    version,
    hasChecksum,
    hasIndex: chunk.offsetIndex !== null,
  }
}
