/**
 * The decoder port for Parquet, on the core in parquet/. A unit that is a piece of a larger row group leaves its
 * reader open at the unit's end, since the page it ends in has been decoded already; the next unit goes on from there.
 */

import type { Batch, Column, Field, Schema } from '../../core/batch/index.ts'
import { nullColumn, RecycledMemory } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { ByteSource, LeafColumn, ParquetFile, ReadPlan, RowRange } from '../../parquet/index.ts'
import {
  keepsTimes,
  openFileSource,
  planRead,
  RowReader,
  readableColumns,
  readParquetFile,
  rowsToRead,
} from '../../parquet/index.ts'
import type { FileUnit } from '../../plan/index.ts'
import { CursorPool } from '../cursor-pool.ts'
import type {
  DecodedUnit,
  DecodeRequest,
  Decoder,
  DecoderCounters,
  FileDescription,
  OpenFile,
} from '../decoder.ts'
import { countingSource } from './counting-source.ts'
import { describeParquet } from './describe-parquet.ts'
import { FooterCache } from './footer-cache.ts'
import type { Misfits } from './misfits.ts'
import { rowsNotUtf8, setMisfitsAside } from './misfits.ts'
import { widenColumn } from './widen-column.ts'

/** Readers left open between pieces of row groups: each holds a page of every column. */
const OPEN_READERS_MAX = 4
/** Memory of decoded units that is kept for the next ones: one of 131,072 rows × 20 columns. */
const RECYCLED_BYTES = 24 * 1024 * 1024
/** Footers read at the same time. */
const FOOTERS_AT_ONCE = 16

export class ParquetDecoder implements Decoder {
  readonly counters: DecoderCounters = { bytesRead: 0, rowsPruned: 0 }
  readonly #openFile: OpenFile
  readonly #footers = new FooterCache(path => this.#open(path))
  readonly #memory = new RecycledMemory(RECYCLED_BYTES)
  readonly #readers = new CursorPool<RowReader>(OPEN_READERS_MAX)

  constructor(open: OpenFile = openFileSource) {
    this.#openFile = open
  }

  async describe(path: string, timeColumn: string, unit?: TimeUnit): Promise<FileDescription> {
    const source = await this.#open(path)
    try {
      return describeParquet(await readParquetFile(source), timeColumn, unit)
    } finally {
      await source.close()
    }
  }

  async describeMany(
    paths: readonly string[],
    timeColumn: string,
    unit?: TimeUnit,
  ): Promise<FileDescription[]> {
    const descriptions: FileDescription[] = []
    for (let from = 0; from < paths.length; from += FOOTERS_AT_ONCE) {
      const some = paths.slice(from, from + FOOTERS_AT_ONCE)
      descriptions.push(...(await Promise.all(some.map(path => this.describe(path, timeColumn, unit)))))
    }
    return descriptions
  }

  async decode(request: DecodeRequest): Promise<DecodedUnit> {
    const { file, unit, fields } = request
    assert(unit.rows <= LIMITS.unitRows, `a unit of ${unit.rows} rows is more than unitRows`)
    const footer = await this.#footers.get(file.path)
    const present = presentColumns(footer, fields)
    const leaves = present.map(({ leaf }) => leaf)
    const rowEnd = unit.groupRowEnd ?? unit.rowFirst + unit.rows
    if (rowEnd > footer.metadata.rows) throw tooShort(footer, unit)
    const pruned = await this.#wantedRows(request, footer)
    if (pruned !== null) return this.#decodeSome(request, footer, present, pruned)
    const piece = {
      key: JSON.stringify([file.path, rowEnd, present.map(({ leaf }) => leaf.index)]),
      rowFirst: unit.rowFirst,
      rowNext: unit.rowFirst + unit.rows,
      last: unit.rowFirst + unit.rows >= rowEnd,
      open: () =>
        this.#openReader(file.path, planRead(footer, leaves, { from: unit.rowFirst, to: rowEnd }), leaves),
    }
    const columns = await this.#readers.read(piece, reader => reader.read(unit.rows))
    return { ...unitOf(request, present, columns, null), release: () => this.#release(columns) }
  }

  /** Rows of each row group but for pages that hold none of the wanted times; null where nothing is left out. */
  async #wantedRows(
    { file, unit, times }: DecodeRequest,
    footer: ParquetFile,
  ): Promise<ReadonlyMap<number, readonly RowRange[]> | null> {
    const leaf = times === undefined ? undefined : readableColumns(footer).get(times.column)
    if (times === undefined || leaf === undefined) return null
    const keep = keepsTimes({ leaf, ...times })
    const wanted = new Map<number, readonly RowRange[]>()
    let left = 0
    const source = await this.#open(file.path)
    try {
      for (const { rowGroup, wanted: asked } of planRead(footer, [leaf], rowsOf(unit)).groups) {
        const kept = await rowsToRead(source, footer, rowGroup, leaf, asked[0]!, keep)
        wanted.set(rowGroup, kept)
        for (const { from, to } of kept) left += to - from
      }
    } finally {
      await source.close()
    }
    return left === unit.rows ? null : wanted
  }

  async #decodeSome(
    request: DecodeRequest,
    footer: ParquetFile,
    present: readonly PresentColumn[],
    wanted: ReadonlyMap<number, readonly RowRange[]>,
  ): Promise<DecodedUnit> {
    const leaves = present.map(({ leaf }) => leaf)
    const { file, unit } = request
    const plan = planRead(footer, leaves, rowsOf(unit), group => wanted.get(group)!)
    const reader = await this.#openReader(file.path, plan, leaves)
    try {
      const columns = await reader.read(plan.rows)
      this.counters.rowsPruned += unit.rows - plan.rows
      return unitOf(request, present, columns, fileRows(plan))
    } finally {
      await reader.close()
    }
  }

  async #openReader(path: string, plan: ReadPlan, leaves: readonly LeafColumn[]): Promise<RowReader> {
    return new RowReader(await this.#open(path), plan, leaves, this.#memory)
  }

  #release(columns: readonly Column[]): void {
    for (const column of columns) this.#memory.giveColumn(column)
  }

  async #open(path: string): Promise<ByteSource> {
    return countingSource(await this.#openFile(path), this.counters)
  }

  close(): Promise<void> {
    return this.#readers.close()
  }
}

interface PresentColumn {
  readonly field: Field
  readonly leaf: LeafColumn
}

/** Wanted fields that the file has. Raises `unsupported` for a column it has in a form that is not read. */
function presentColumns(footer: ParquetFile, fields: Schema): PresentColumn[] {
  const columns = readableColumns(footer)
  const present: PresentColumn[] = []
  for (const field of fields) {
    const leaf = columns.get(field.name)
    if (leaf !== undefined) {
      present.push({ field, leaf })
      continue
    }
    const foreign = footer.leaves.find(({ path }) => path[0] === field.name)?.foreign ?? null
    if (foreign === null || foreign === 'null') continue
    throw new HindcastError(
      'unsupported',
      `column ${field.name} has type ${foreign}, which is not read yet`,
      {
        where: { uri: footer.uri, column: field.name },
        advice: 'Leave the column out of the job, or write the file anew with a flat column in its place.',
      },
    )
  }
  return present
}

function rowsOf({ rowFirst, rows }: FileUnit): RowRange {
  return { from: rowFirst, to: rowFirst + rows }
}

/** Row in the file of each row that the plan reads. */
function fileRows({ groups, rows }: ReadPlan): Float64Array {
  const fileRow = new Float64Array(rows)
  let at = 0
  for (const { rowFirst, wanted } of groups) {
    for (const { from, to } of wanted) for (let row = from; row < to; row++) fileRow[at++] = rowFirst + row
  }
  return fileRow
}

/** Columns in the order asked for, absent ones null, rows with misfits set aside. */
function unitOf(
  { file, unit, fields }: DecodeRequest,
  present: readonly PresentColumn[],
  read: readonly Column[],
  fileRow: Float64Array | null,
): DecodedUnit {
  const rows = fileRow?.length ?? unit.rows
  const found = new Map<string, Column>()
  const misfits: Misfits[] = []
  present.forEach(({ field, leaf }, c) => {
    const widened = widenNamed(read[c]!, leaf, field, file.path)
    found.set(field.name, widened.column)
    if (widened.misfits.length > 0) {
      misfits.push({ name: field.name, reason: 'is out of range', rows: widened.misfits })
    }
    const { column } = widened
    if (field.type.name !== 'utf8' || column.kind !== 'bytes') return
    const rows = rowsNotUtf8(column)
    if (rows.length > 0) misfits.push({ name: field.name, reason: 'is not UTF-8', rows })
  })
  const columns = fields.map(field => found.get(field.name) ?? nullColumn(field.type, rows))
  const batch: Batch = { schema: fields, rows, columns }
  return setMisfitsAside(batch, misfits, fileRow, unit.rowFirst)
}

function widenNamed(
  column: Column,
  leaf: LeafColumn,
  field: Field,
  path: string,
): ReturnType<typeof widenColumn> {
  try {
    return widenColumn(oneNan(column), leaf.type!, field.type)
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error
    throw new HindcastError(error.code, error.message, {
      where: { uri: path, column: field.name },
      advice: error.advice,
      cause: error,
    })
  }
}

/** One NaN for all: an engine may change the bits of a NaN when it is moved, and a digest must not depend on that. */
function oneNan(column: Column): Column {
  if (column.kind !== 'f64') return column
  const { values } = column
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) values[i] = Number.NaN
  return column
}

function tooShort(footer: ParquetFile, unit: FileUnit): HindcastError {
  return new HindcastError(
    'file-changed',
    `the plan reads rows up to ${unit.rowFirst + unit.rows}, the file has ${footer.metadata.rows}`,
    { where: { uri: footer.uri }, advice: 'Make a new plan: the file was replaced since.' },
  )
}
