/**
 * The decoder port for Parquet, on DuckDB.
 *
 * DuckDB prunes a read of a row range to its row groups and delivers rows in file order; both are checked. Columns
 * are named by their place in the file, so that names that SQL folds (`A`, `a`, ``, `file_row_number`) are told apart.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { nullColumn } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import type { Session } from '../../duckdb/index.ts'
import { explained, isConversion, isInvalidated } from '../../duckdb/index.ts'
import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { CursorPool } from '../cursor-pool.ts'
import type { DecodedUnit, DecodeRequest, Decoder, FileDescription } from '../decoder.ts'
import type { DuckDbOptions } from './instance.ts'
import { Instance } from './instance.ts'
import { setMisfitsAside } from './misfits.ts'
import { describeParquet, describeWithoutStatistics, readLayouts } from './parquet-describe.ts'
import type { FileLayout } from './parquet-layout.ts'
import { presentFields, queryOf } from './parquet-query.ts'
import type { StreamColumns } from './row-stream.ts'
import { RowStream } from './row-stream.ts'

/** Streams left open between pieces of row groups: each holds a page of every column. */
const OPEN_STREAMS_MAX = 4
const FILES_PER_STATEMENT = 1000
/** Layouts kept: files of one writer share them. */
const LAYOUTS_MAX = 4096

export class ParquetDecoder implements Decoder {
  readonly #instance: Instance
  readonly #layouts = new Map<string, FileLayout>()
  readonly #streams = new CursorPool<RowStream>(OPEN_STREAMS_MAX)

  constructor(options: DuckDbOptions) {
    this.#instance = new Instance(options)
  }

  async describe(path: string, timeColumn: string, unit?: TimeUnit): Promise<FileDescription> {
    return this.#instance.use([path], session => describeOne(session, path, timeColumn, unit))
  }

  async describeMany(
    paths: readonly string[],
    timeColumn: string,
    unit?: TimeUnit,
  ): Promise<FileDescription[]> {
    return this.#instance.use(paths, async session => {
      const descriptions: FileDescription[] = []
      for (let from = 0; from < paths.length; from += FILES_PER_STATEMENT) {
        const some = paths.slice(from, from + FILES_PER_STATEMENT)
        descriptions.push(...(await this.#describeSome(session, some, timeColumn, unit)))
      }
      return descriptions
    })
  }

  async #describeSome(
    session: Session,
    paths: readonly string[],
    timeColumn: string,
    unit?: TimeUnit,
  ): Promise<FileDescription[]> {
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
      if (!isInvalidated(error)) throw await explained(error, { uri: file.path, row: unit.rowFirst })
    }
    try {
      return await this.#decode(request)
    } catch (error) {
      throw await explained(error, { uri: file.path, row: unit.rowFirst })
    }
  }

  async #decode(request: DecodeRequest): Promise<DecodedUnit> {
    const { path } = request.file
    const layout = await this.#layoutOf(path)
    const present = presentFields(layout, request.fields, path)
    return unitOf(request, present, await this.#read(request, layout, present))
  }

  async close(): Promise<void> {
    await this.#streams.close()
    await this.#instance.close()
  }

  async #layoutOf(path: string): Promise<FileLayout> {
    const known = this.#layouts.get(path)
    if (known !== undefined) return known
    const [layout] = await this.#instance.use([path], session => readLayouts(session, [path]))
    if (this.#layouts.size >= LAYOUTS_MAX) this.#layouts.clear()
    this.#layouts.set(path, layout!)
    return layout!
  }

  #read({ file, unit }: DecodeRequest, layout: FileLayout, present: Schema): Promise<StreamColumns> {
    const end = unit.groupRowEnd ?? unit.rowFirst + unit.rows
    const rowNext = unit.rowFirst + unit.rows
    const open = (): Promise<RowStream> => {
      const query = queryOf(file.path, layout, present, unit.rowFirst, end)
      return this.#instance.use([file.path], session => RowStream.open(session, query, unit.rowFirst))
    }
    const key = JSON.stringify([file.path, end, present])
    const piece = { key, rowFirst: unit.rowFirst, rowNext, last: rowNext >= end, open }
    return this.#streams.read(piece, stream => stream.read(unit.rows))
  }
}

async function describeOne(
  session: Session,
  path: string,
  timeColumn: string,
  unit: TimeUnit | undefined,
): Promise<FileDescription> {
  try {
    return (await describeParquet(session, [path], timeColumn, unit))[0]!
  } catch (error) {
    // statistics that DuckDB cannot print, such as the year 300,000 in ms: the rows may still be readable
    if (!isConversion(error)) throw await explained(error, { uri: path })
  }
  try {
    return await describeWithoutStatistics(session, path)
  } catch (error) {
    throw await explained(error, { uri: path })
  }
}

/** Columns in the order asked for, absent ones null, rows with misfits set aside. */
function unitOf({ unit, fields }: DecodeRequest, present: Schema, read: StreamColumns): DecodedUnit {
  const found = new Map(present.map((field, i) => [field.name, read.columns[i]!]))
  const columns = fields.map(field => found.get(field.name) ?? nullColumn(field.type, unit.rows))
  const batch: Batch = { schema: fields, rows: unit.rows, columns }
  return setMisfitsAside(batch, read.misfits, read.misfitNames, unit.rowFirst)
}
