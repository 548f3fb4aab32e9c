/**
 * Writes one Parquet file: batches in, row groups out. Rows wait as compressed pages until a row group is full, so
 * that small batches make large row groups.
 *
 *     PAR1 │ row group: chunk chunk chunk │ row group … │ column indexes │ offset indexes │ footer │ length PAR1
 */

import type { Batch, Column, Schema } from '../../core/batch/index.ts'
import { assert, HindcastError, located } from '../../errors.ts'
import type { ByteRange, ColumnChunk, RowGroup, SchemaElement } from '../format/metadata.ts'
import { encodeColumnIndex, encodeOffsetIndex } from '../format/page-index.ts'
import { schemaElements } from '../format/schema-elements.ts'
import { encodeMetadata } from '../format/write-metadata.ts'
import type { ByteSink } from './byte-sink.ts'
import type { FinishedChunk, PlacedChunk } from './chunk-assembly.ts'
import { placeChunk } from './chunk-assembly.ts'
import { ColumnWriter } from './column-writer.ts'
import { ordinalChunk } from './ordinal-column.ts'
import { physicalValues } from './physical-values.ts'
import { WRITE_MEMORY } from './write-memory.ts'
import type { ResolvedWriteOptions, WriteOptions } from './write-options.ts'
import { resolveWriteOptions } from './write-options.ts'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

interface WrittenGroup {
  readonly rows: number
  /** In the order of the schema; null: the ordinal column, which is written last. */
  readonly chunks: (PlacedChunk | null)[]
}

export class ParquetWriter {
  readonly #sink: ByteSink
  readonly #schema: Schema
  readonly #options: ResolvedWriteOptions
  readonly #elements: readonly SchemaElement[]
  readonly #groups: WrittenGroup[] = []
  /** In the order of the schema; null: the ordinal column. */
  #columns: (ColumnWriter | null)[] = []
  /** Rows of the row group under way. */
  #groupRows = 0
  #rows = 0
  /** Bytes that have been given to the sink. */
  #position = 0
  /** Ends with the last write that was begun: what is written comes out in order, awaited or not. */
  #written: Promise<void> = Promise.resolve()

  /** Raises `unsupported` for a schema that no file can have: two columns of one name, one without a name. */
  constructor(sink: ByteSink, schema: Schema, options: WriteOptions = {}) {
    checkColumnNames(schema)
    this.#sink = sink
    this.#schema = schema
    this.#options = resolveWriteOptions(options)
    this.#elements = schemaElements(schema).slice(1)
  }

  /** Rows taken so far. */
  get rows(): number {
    return this.#rows
  }

  /** Bytes of rows that wait in memory. */
  get memoryBytes(): number {
    return this.#columns.reduce((bytes, column) => bytes + (column?.memoryBytes ?? 0), 0)
  }

  /** Takes a batch of the schema's columns, without the ordinal; a full row group is written, and that is awaited. */
  append(batch: Batch): void | Promise<void> {
    if (batch.rows === 0) return
    if (this.#columns.length === 0) this.#beginGroup()
    let next = 0
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c]!
      if (column !== null) this.#appendColumn(column, c, batch.columns[next++], batch.rows)
    }
    assert(next === batch.columns.length, 'a batch has the columns of the file')
    this.#groupRows += batch.rows
    this.#rows += batch.rows
    if (this.#groupRows >= this.#options.rowGroupRows) return this.flush()
  }

  #appendColumn(writer: ColumnWriter, c: number, column: Column | undefined, rows: number): void {
    const { name, type } = this.#schema[c]!
    assert(column !== undefined, `a batch has no column ${name}`)
    try {
      writer.append(physicalValues(column, type), rows)
    } catch (thrown) {
      throw located(thrown, { column: name })
    }
  }

  /** Writes what waits as a row group. */
  async flush(): Promise<void> {
    if (this.#groupRows === 0) return
    const parts = this.#head()
    const chunks = this.#columns.map(column => (column === null ? null : this.#place(column.finish(), parts)))
    this.#groups.push({ rows: this.#groupRows, chunks })
    this.#columns = []
    this.#groupRows = 0
    await this.#write(parts)
  }

  /**
   * Writes the footer and closes the sink; returns the size of the file. `ordinalFirst` is the number of the first row,
   * where there is an ordinal column.
   */
  async close(ordinalFirst = 0): Promise<number> {
    await this.flush()
    const parts = this.#head()
    this.#placeOrdinals(ordinalFirst, parts)
    const groups = this.#groups.map(({ rows, chunks }) => ({ rows, chunks: chunks as PlacedChunk[] }))
    const columnIndexes = groups.map(({ chunks }) =>
      chunks.map(({ columnIndex }) =>
        columnIndex === null ? null : this.#put(encodeColumnIndex(columnIndex), parts),
      ),
    )
    const rowGroups = groups.map(({ rows, chunks }, g): RowGroup => {
      const columns = chunks.map(({ chunk, offsetIndex }, c): ColumnChunk => {
        const columnIndex = columnIndexes[g]![c]!
        return { ...chunk, columnIndex, offsetIndex: this.#put(encodeOffsetIndex(offsetIndex), parts) }
      })
      const uncompressedBytes = columns.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0)
      return { rows, uncompressedBytes, columns, sorting: [] }
    })
    const footer = this.#footer(rowGroups)
    this.#put(footer, parts)
    this.#put(trailer(footer.length), parts)
    await this.#write(parts)
    await this.#sink.close()
    return this.#position
  }

  async discard(): Promise<void> {
    this.#columns = []
    await this.#written.catch(() => undefined) // told to whoever wrote
    await this.#sink.discard()
  }

  /** What a file begins with, the first time. */
  #head(): Uint8Array[] {
    if (this.#position > 0) return []
    this.#position = MAGIC.length
    return [MAGIC]
  }

  /** Gives bytes their place behind all others. */
  #put(bytes: Uint8Array, parts: Uint8Array[]): ByteRange {
    const position = this.#position
    parts.push(bytes)
    this.#position += bytes.length
    return { position, length: bytes.length }
  }

  #place(chunk: FinishedChunk, parts: Uint8Array[]): PlacedChunk {
    const placed = placeChunk(chunk, this.#position)
    if (chunk.dictionary !== null) this.#put(chunk.dictionary.bytes, parts)
    for (const { page } of chunk.pages) this.#put(page.bytes, parts)
    return placed
  }

  #placeOrdinals(first: number, parts: Uint8Array[]): void {
    const c = this.#schema.findIndex(field => field.name === this.#options.ordinal)
    if (c < 0) return
    let next = first
    for (const { rows, chunks } of this.#groups) {
      const chunk = ordinalChunk(this.#schema[c]!, this.#elements[c]!, next, rows, this.#options)
      chunks[c] = this.#place(chunk, parts)
      next += rows
    }
  }

  #write(parts: readonly Uint8Array[]): Promise<void> {
    this.#written = this.#written.then(async () => {
      await this.#sink.write(parts)
      for (const part of parts) WRITE_MEMORY.give(part)
    })
    return this.#written
  }

  #beginGroup(): void {
    const { ordinal } = this.#options
    this.#columns = this.#schema.map(({ name, type }, c) =>
      name === ordinal ? null : new ColumnWriter(this.#elements[c]!, type, this.#options),
    )
  }

  #footer(rowGroups: readonly RowGroup[]): Uint8Array {
    return encodeMetadata({
      version: 2,
      schema: schemaElements(this.#schema),
      rows: this.#rows,
      rowGroups,
      keyValues: Object.entries(this.#options.metadata).map(([key, value]) => ({ key, value })),
      createdBy: this.#options.createdBy,
    })
  }
}

function trailer(footerBytes: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setUint32(0, footerBytes, true)
  bytes.set(MAGIC, 4)
  return bytes
}

/** Raises `unsupported` for names that a file cannot have, or that not all readers tell apart: `A` and `a`. */
export function checkColumnNames(schema: Schema): void {
  const seen = new Map<string, string>()
  for (const { name } of schema) {
    const twin = seen.get(name.toLowerCase())
    const why =
      name === ''
        ? 'a column without a name cannot be written'
        : twin !== undefined
          ? `columns "${twin}" and "${name}" differ at most in case and cannot be written to one file`
          : null
    if (why !== null) {
      throw new HindcastError('unsupported', why, {
        where: { column: name },
        advice: 'Leave the column out with `output.columns`.',
      })
    }
    seen.set(name.toLowerCase(), name)
  }
}
