/**
 * Sample files: the SampleSink port on the writer in parquet/.
 *
 *     batches ─► pages, compressed, per open slice ─► row groups ─► x.parquet.tmp ─► fsync, rename ─► x.parquet
 *
 * Invariants: a file holds the rows of its slice in the order they were appended; pages of all open slices together
 * stay within the sink's memory: past it the slice that holds most writes what it has as a row group, early.
 */

import { join } from 'node:path'
import type { Batch } from '../core/batch/index.ts'
import { assert } from '../errors.ts'
import type { CompressionName, WriteOptions } from '../parquet/index.ts'
import { checkColumnNames, FileSink, ParquetWriter } from '../parquet/index.ts'
import { SCHEMA_KEY, schemaText } from './schema-text.ts'
import type { SampleSink, SinkOptions, SliceFile, SliceWriter } from './sink.ts'

export interface ParquetSinkOptions extends SinkOptions {
  readonly compression?: 'snappy' | 'zstd' | 'gzip' | 'uncompressed'
  /** `plain`: no DELTA encodings, for readers that only know the oldest ones. */
  readonly encodings?: 'auto' | 'plain'
}

const CODECS: Readonly<Record<NonNullable<ParquetSinkOptions['compression']>, CompressionName>> = {
  snappy: 'SNAPPY',
  zstd: 'ZSTD',
  gzip: 'GZIP',
  uncompressed: 'UNCOMPRESSED',
}

/** One sink per lane. Raises `unsupported` for columns that a file could not name. */
export function createParquetSink(options: ParquetSinkOptions): SampleSink {
  checkColumnNames(options.schema)
  return new ParquetSink(options)
}

class ParquetSink implements SampleSink {
  readonly #options: ParquetSinkOptions
  readonly #writeOptions: WriteOptions
  readonly #writers = new Set<ParquetSliceWriter>()

  constructor(options: ParquetSinkOptions) {
    this.#options = options
    this.#writeOptions = {
      codec: CODECS[options.compression ?? 'snappy'],
      encodings: options.encodings ?? 'auto',
      ordinal: options.ordinal ?? null,
      metadata: { ...options.metadata, [SCHEMA_KEY]: schemaText(options.schema) },
    }
  }

  open(slice: { readonly partition: number; readonly startMs: number; readonly path: string }): SliceWriter {
    const sink = new FileSink(join(this.#options.directory, slice.path))
    const writer = new ParquetWriter(sink, this.#options.schema, this.#writeOptions)
    const open = new ParquetSliceWriter(this, slice.path, writer)
    this.#writers.add(open)
    return open
  }

  forget(writer: ParquetSliceWriter): void {
    this.#writers.delete(writer)
  }

  /** Nothing to wait for while memory suffices. */
  boundMemory(): void | Promise<void> {
    let bytes = 0
    let largest: ParquetSliceWriter | null = null
    for (const writer of this.#writers) {
      bytes += writer.memoryBytes
      if (largest === null || writer.memoryBytes > largest.memoryBytes) largest = writer
    }
    if (bytes > this.#options.memoryBytes && largest !== null) return largest.flush()
  }

  async close(): Promise<void> {
    for (const writer of [...this.#writers]) await writer.discard()
  }
}

class ParquetSliceWriter implements SliceWriter {
  readonly #sink: ParquetSink
  readonly #path: string
  readonly #writer: ParquetWriter
  #isClosed = false
  memoryBytes = 0

  constructor(sink: ParquetSink, path: string, writer: ParquetWriter) {
    this.#sink = sink
    this.#path = path
    this.#writer = writer
  }

  append(batch: Batch): void | Promise<void> {
    assert(!this.#isClosed, 'append to a slice that is closed')
    const written = this.#writer.append(batch)
    this.memoryBytes = this.#writer.memoryBytes
    const bounded = this.#sink.boundMemory()
    if (written === undefined) return bounded
    return bounded === undefined ? written : Promise.all([written, bounded]).then(() => undefined)
  }

  flush(): Promise<void> {
    const written = this.#writer.flush()
    this.memoryBytes = 0
    return written
  }

  complete(): Promise<void> {
    return this.flush()
  }

  async seal(ordinalFirst?: number): Promise<SliceFile> {
    assert(!this.#isClosed, 'a slice is sealed or discarded once')
    this.#isClosed = true
    const { rows } = this.#writer
    assert(rows > 0, 'a slice without rows is not sealed')
    try {
      return { path: this.#path, rows, bytes: await this.#writer.close(ordinalFirst) }
    } catch (thrown) {
      await this.#writer.discard().catch(() => undefined) // the first error is the one to tell
      throw thrown
    } finally {
      this.#sink.forget(this)
    }
  }

  async discard(): Promise<void> {
    this.#isClosed = true
    this.#sink.forget(this)
    await this.#writer.discard()
  }
}
