/**
 * The decoder port for Parquet, on DuckDB.
 *
 * DuckDB prunes a read of a row range to its row groups and delivers rows in file order; both are checked. Columns
 * are named by their place in the file, so that names that SQL folds (`A`, `a`, ``, `file_row_number`) are told apart.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { nullColumn } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { DecodedUnit, DecodeRequest, Decoder, FileDescription } from '../decoder.ts'
import { explained, isConversion, isInvalidated } from './duckdb-error.ts'
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
      // statistics that DuckDB cannot print, such as the year 300,000 in ms: the rows may still be readable
      if (!isConversion(error)) throw await explained(error, { uri: path })
    }
    try {
      return await describeWithoutStatistics(session, path)
    } catch (error) {
      throw await explained(error, { uri: path })
    }
  }

  async describeMany(
    paths: readonly string[],
    timeColumn: string,
    unit?: TimeUnit,
  ): Promise<FileDescription[]> {
    await this.#instance.sessionFor(paths)
    const descriptions: FileDescription[] = []
    for (let from = 0; from < paths.length; from += FILES_PER_STATEMENT) {
      const some = paths.slice(from, from + FILES_PER_STATEMENT)
      descriptions.push(...(await this.#describeSome(some, timeColumn, unit)))
    }
    return descriptions
  }

  async #describeSome(
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

/** Columns in the order asked for, absent ones null, rows with misfits set aside. */
function unitOf({ unit, fields }: DecodeRequest, present: Schema, read: StreamColumns): DecodedUnit {
  const found = new Map(present.map((field, i) => [field.name, read.columns[i]!]))
  const columns = fields.map(field => found.get(field.name) ?? nullColumn(field.type, unit.rows))
  const batch: Batch = { schema: fields, rows: unit.rows, columns }
  return setMisfitsAside(batch, read.misfits, read.misfitNames, unit.rowFirst)
}
