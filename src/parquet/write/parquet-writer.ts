/**
 * Writes one Parquet file: batches in, row groups out. Rows wait as compressed pages until a row group is full, so
 * that small batches make large row groups.
 *
 *     PAR1 │ row group: chunk chunk chunk │ row group … │ column indexes │ offset indexes │ footer │ length PAR1
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { assert, HindcastError } from '../../errors.ts'
import { located } from '../damage.ts'
import type { ByteRange, ColumnChunk, RowGroup } from '../format/metadata.ts'
import { encodeColumnIndex, encodeOffsetIndex } from '../format/page-index.ts'
import { schemaElements } from '../format/schema-elements.ts'
import { encodeMetadata } from '../format/write-metadata.ts'
import type { ByteSink } from './byte-sink.ts'
import type { PlacedChunk } from './chunk-assembly.ts'
import { placeChunk } from './chunk-assembly.ts'
import { ColumnWriter } from './column-writer.ts'
import { physicalValues } from './physical-values.ts'
import type { ResolvedWriteOptions, WriteOptions } from './write-options.ts'
import { resolveWriteOptions } from './write-options.ts'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

interface WrittenGroup {
  readonly rows: number
  readonly chunks: readonly PlacedChunk[]
}

export class ParquetWriter {
  readonly #sink: ByteSink
  readonly #schema: Schema
  readonly #options: ResolvedWriteOptions
  readonly #groups: WrittenGroup[] = []
  #columns: ColumnWriter[] = []
  /** Rows of the row group under way. */
  #groupRows = 0
  #rows = 0
  #position = 0
  /** Ends with the last write that was begun: what is written comes out in order, awaited or not. */
  #written: Promise<void> = Promise.resolve()

  /** Raises `unsupported` for a schema that no file can have: two columns of one name, one without a name. */
  constructor(sink: ByteSink, schema: Schema, options: WriteOptions = {}) {
    checkColumnNames(schema)
    this.#sink = sink
    this.#schema = schema
    this.#options = resolveWriteOptions(options)
  }

  /** Rows taken so far. */
  get rows(): number {
    return this.#rows
  }

  /** Bytes of rows that wait in memory. */
  get memoryBytes(): number {
    return this.#columns.reduce((bytes, column) => bytes + column.memoryBytes, 0)
  }

  /** Takes a batch of the schema's columns; a full row group is written, which is what is awaited. */
  append(batch: Batch): void | Promise<void> {
    assert(batch.columns.length === this.#schema.length, 'a batch has the columns of the file')
    if (batch.rows === 0) return
    if (this.#columns.length === 0) this.#beginGroup()
    for (let c = 0; c < this.#columns.length; c++) {
      const { name, type } = this.#schema[c]!
      try {
        this.#columns[c]!.append(physicalValues(batch.columns[c]!, type), batch.rows)
      } catch (thrown) {
        throw located(thrown, { column: name })
      }
    }
    this.#groupRows += batch.rows
    this.#rows += batch.rows
    if (this.#groupRows >= this.#options.rowGroupRows) return this.flush()
  }

  /** Writes what waits as a row group. */
  async flush(): Promise<void> {
    if (this.#groupRows === 0) return
    const finished = this.#columns.map(column => column.finish())
    const parts: Uint8Array[] = this.#position === 0 ? [MAGIC] : []
    let position = this.#position === 0 ? MAGIC.length : this.#position
    const chunks = finished.map(chunk => {
      const placed = placeChunk(chunk, position)
      if (chunk.dictionary !== null) parts.push(chunk.dictionary.bytes)
      for (const { page } of chunk.pages) parts.push(page.bytes)
      position += placed.chunk.compressedBytes
      return placed
    })
    this.#groups.push({ rows: this.#groupRows, chunks })
    this.#columns = []
    this.#groupRows = 0
    this.#position = position
    await this.#write(parts)
  }

  /** Writes the footer and closes the sink; returns the size of the file. */
  async close(): Promise<number> {
    await this.flush()
    const parts: Uint8Array[] = this.#position === 0 ? [MAGIC] : []
    let position = this.#position === 0 ? MAGIC.length : this.#position
    const place = (bytes: Uint8Array): ByteRange => {
      parts.push(bytes)
      position += bytes.length
      return { position: position - bytes.length, length: bytes.length }
    }
    const columnIndexes = this.#groups.map(({ chunks }) =>
      chunks.map(({ columnIndex }) => (columnIndex === null ? null : place(encodeColumnIndex(columnIndex)))),
    )
    const rowGroups = this.#groups.map(({ rows, chunks }, g): RowGroup => {
      const columns = chunks.map(({ chunk, offsetIndex }, c): ColumnChunk => {
        const columnIndex = columnIndexes[g]![c]!
        return { ...chunk, columnIndex, offsetIndex: place(encodeOffsetIndex(offsetIndex)) }
      })
      const uncompressedBytes = columns.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0)
      return { rows, uncompressedBytes, columns, sorting: [] }
    })
    const footer = this.#footer(rowGroups)
    place(footer)
    place(trailer(footer.length))
    await this.#write(parts)
    await this.#sink.close()
    return position
  }

  async discard(): Promise<void> {
    this.#columns = []
    await this.#written.catch(() => undefined) // told to whoever wrote
    await this.#sink.discard()
  }

  #write(parts: readonly Uint8Array[]): Promise<void> {
    this.#written = this.#written.then(() => this.#sink.write(parts))
    return this.#written
  }

  #beginGroup(): void {
    const elements = schemaElements(this.#schema).slice(1)
    this.#columns = this.#schema.map((field, c) => new ColumnWriter(elements[c]!, field.type, this.#options))
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
