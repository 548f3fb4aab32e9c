/**
 * The decoder port for Parquet, on DuckDB.
 *
 * DuckDB prunes a read of a row range to its row groups and delivers rows in file order; both are checked. Columns
 * are named by their place in the file, so that names that SQL folds (`A`, `a`, ``, `file_row_number`) are told apart.
 */

import type { Batch, Field, Schema } from '../../core/batch/index.ts'
import { nullColumn } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { DecodedUnit, DecodeRequest, Decoder, FileDescription } from '../decoder.ts'
import { isInvalidated, readError } from './duckdb-error.ts'
import type { DuckDbOptions } from './instance.ts'
import { Instance } from './instance.ts'
import { MISFIT_BITS, setMisfitsAside } from './misfits.ts'
import { describeParquet, describeWithoutStatistics, readLayouts } from './parquet-describe.ts'
import type { FileColumn, FileLayout } from './parquet-layout.ts'
import type { Projection } from './projection.ts'
import { projectionOf } from './projection.ts'
import type { StreamColumns, StreamQuery } from './row-stream.ts'
import { RowStream } from './row-stream.ts'
import { sqlText } from './session.ts'

/** Streams left open between pieces of row groups: each holds a page of every column. */
const OPEN_STREAMS_MAX = 4
/** Layouts kept: files of one writer share them. */
const LAYOUTS_MAX = 4096

interface OpenStream {
  readonly key: string
  /** First row not yet asked for; set before it is read, so that the next unit can queue behind. */
  rowNext: number
  /** Ends when all that was asked for is read; rejects never. */
  settled: Promise<void>
  readonly stream: Promise<RowStream>
  broken: boolean
}

export class ParquetDecoder implements Decoder {
  readonly #instance: Instance
  readonly #layouts = new Map<string, FileLayout>()
  readonly #streams: OpenStream[] = []

  constructor(options: DuckDbOptions) {
    this.#instance = new Instance(options)
  }

  async describe(path: string, timeColumn: string, unit?: TimeUnit): Promise<FileDescription> {
    const session = await this.#instance.sessionFor([path])
    try {
      return (await describeParquet(session, [path], timeColumn, unit))[0]!
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('Conversion Error')))
        throw readError(error, { uri: path })
    }
    try {
      return await describeWithoutStatistics(session, path)
    } catch (error) {
      throw readError(error, { uri: path })
    }
  }

  async describeMany(
    paths: readonly string[],
    timeColumn: string,
    unit?: TimeUnit,
  ): Promise<FileDescription[]> {
    const session = await this.#instance.sessionFor(paths)
    try {
      return await describeParquet(session, paths, timeColumn, unit)
    } catch (error) {
      if (error instanceof HindcastError) throw error
    }
    // some file is bad: one by one, so that it is named
    const descriptions: FileDescription[] = []
    for (const path of paths) descriptions.push(await this.describe(path, timeColumn, unit))
    return descriptions
  }

  async decode(request: DecodeRequest): Promise<DecodedUnit> {
    const { file, unit } = request
    assert(unit.rows <= LIMITS.unitRows, `a unit of ${unit.rows} rows is more than unitRows`)
    try {
      return await this.#decode(request)
    } catch (error) {
      // another file broke the instance while this one was being read: that says nothing about this one
      if (!isInvalidated(error)) throw readError(error, { uri: file.path, row: unit.rowFirst })
    }
    try {
      return await this.#decode(request)
    } catch (error) {
      throw readError(error, { uri: file.path, row: unit.rowFirst })
    }
  }

  async #decode(request: DecodeRequest): Promise<DecodedUnit> {
    const { path } = request.file
    const layout = await this.#layoutOf(path)
    const present = presentFields(layout, request.fields, path)
    return unitOf(request, present, await this.#read(request, layout, present))
  }

  async close(): Promise<void> {
    for (const open of this.#streams.splice(0)) await drop(open)
    await this.#instance.close()
  }

  async #layoutOf(path: string): Promise<FileLayout> {
    const known = this.#layouts.get(path)
    if (known !== undefined) return known
    const [layout] = await readLayouts(await this.#instance.sessionFor([path]), [path])
    if (this.#layouts.size >= LAYOUTS_MAX) this.#layouts.clear()
    this.#layouts.set(path, layout!)
    return layout!
  }

  /** Goes on with a stream that stands at the unit's first row, or opens one. */
  async #read({ file, unit }: DecodeRequest, layout: FileLayout, present: Schema): Promise<StreamColumns> {
    const end = unit.groupRowEnd ?? unit.rowFirst + unit.rows
    const key = JSON.stringify([file.path, end, present])
    let open = this.#streams.find(stream => stream.key === key && stream.rowNext === unit.rowFirst)
    if (open === undefined) {
      const session = await this.#instance.sessionFor([file.path])
      const query = queryOf(file.path, layout, present, unit.rowFirst, end)
      const stream = RowStream.open(session, query, unit.rowFirst)
      open = { key, rowNext: unit.rowFirst, settled: Promise.resolve(), stream, broken: false }
      this.#streams.push(open)
    }
    return this.#readFrom(open, unit.rows, end)
  }

  async #readFrom(open: OpenStream, rows: number, end: number): Promise<StreamColumns> {
    const before = open.settled
    const settled = Promise.withResolvers<void>()
    open.settled = settled.promise
    open.rowNext += rows
    const last = open.rowNext >= end
    try {
      await before
      assert(!open.broken, 'the piece before failed')
      return await (await open.stream).read(rows)
    } catch (error) {
      open.broken = true
      throw error
    } finally {
      settled.resolve()
      if (last || open.broken) this.#forget(open)
      while (this.#streams.length > OPEN_STREAMS_MAX) this.#forget(this.#streams[0]!)
    }
  }

  #forget(open: OpenStream): void {
    const at = this.#streams.indexOf(open)
    if (at >= 0) this.#streams.splice(at, 1)
    void drop(open)
  }
}

async function drop(open: OpenStream): Promise<void> {
  await open.settled
  await open.stream.then(
    stream => stream.close(),
    () => {}, // it never opened, and whoever asked for it has the error
  )
}

/** Wanted fields that the file has. Raises `unsupported` for a column it has in a form that is not read. */
function presentFields(layout: FileLayout, fields: Schema, path: string): Schema {
  for (const { name } of fields) {
    const foreign = layout.unsupported.find(column => column.name === name)
    if (foreign === undefined || foreign.type === 'null') continue
    throw new HindcastError('unsupported', `column ${name} has type ${foreign.type}, which is not read yet`, {
      where: { uri: path, column: name },
      advice: 'Leave the column out of the job, or write the file anew with a flat column in its place.',
    })
  }
  return fields.filter(field => layout.columns.has(field.name))
}

function queryOf(path: string, layout: FileLayout, fields: Schema, from: number, end: number): StreamQuery {
  const expressions: string[] = []
  const misfits: { name: string; test: string }[] = []
  for (const field of fields) {
    const column = layout.columns.get(field.name)!
    const name = `c${column.index}`
    const { sql, partial } = projected(column, field, name, path)
    expressions.push(sql)
    if (partial) misfits.push({ name: field.name, test: `${name} IS NOT NULL AND ${sql} IS NULL` })
  }
  if (misfits.length > 0) expressions.push(misfitBits(misfits))
  const names = Array.from({ length: layout.width }, (_, c) => `c${c}`)
  const sql = `SELECT ${[...expressions, 'file_row_number'].join(', ')}
    FROM read_parquet(${sqlText(path)}, hive_partitioning = false) AS t(${names.join(', ')})
    WHERE file_row_number >= ${from} AND file_row_number < ${end}`
  return { sql, fields, misfits: misfits.map(misfit => misfit.name) }
}

/** One int32 a row: bit k is set where the k-th test holds. */
function misfitBits(misfits: readonly { readonly test: string }[]): string {
  const bits = misfits.map(
    ({ test }, k) => `CASE WHEN ${test} THEN ${1 << Math.min(k, MISFIT_BITS)} ELSE 0 END`,
  )
  return bits.join(' | ')
}

function projected(column: FileColumn, field: Field, name: string, path: string): Projection {
  try {
    return projectionOf(column, field.type, name)
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error
    throw new HindcastError(error.code, error.message, {
      where: { uri: path, column: field.name },
      advice: error.advice,
      cause: error,
    })
  }
}

/** Columns in the order asked for, absent ones null, rows with misfits set aside. */
function unitOf({ unit, fields }: DecodeRequest, present: Schema, read: StreamColumns): DecodedUnit {
  const found = new Map(present.map((field, i) => [field.name, read.columns[i]!]))
  const columns = fields.map(field => found.get(field.name) ?? nullColumn(field.type, unit.rows))
  const batch: Batch = { schema: fields, rows: unit.rows, columns }
  return setMisfitsAside(batch, read.misfits, read.misfitNames, unit.rowFirst)
}
