/**
 * Lists, maps and structs as JSON text, one row group at a time, read by hyparquet.
 *
 * Invariant: hyparquet gets nothing that was not looked at first: the footer, the place of every chunk, and of every
 * page its header, checksum and sizes; and it decompresses with our codecs. Whatever it raises is `file-corrupt`.
 *
 * Decimals become numbers, as hyparquet has them; int64 beyond 2^53 and times are text, binary is base64.
 */

import type { FileMetaData } from 'hyparquet'
import type { BytesColumn, Column } from '../../core/batch/index.ts'
import { concatColumns, sliceColumn } from '../../core/batch/index.ts'
import { assert, HindcastError, located } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { decompress } from '../codec/decompress.ts'
import { corrupt, passed } from '../damage.ts'
import type { CodecName } from '../format/metadata.ts'
import { plainBound } from '../inspect/bound-value.ts'
import { ChunkCheck } from '../inspect/check-chunk.ts'
import { ProblemList } from '../inspect/problem-list.ts'
import type { ByteSource } from './byte-source.ts'
import type { ParquetFile } from './parquet-file.ts'
import { chunkPlan } from './plan-read.ts'

/** What a top-level column of several leaves, or of a repeated one, is. */
export type Nesting = 'list' | 'map' | 'struct'

/** Top-level columns that can be read as JSON, by name. */
export function nestedColumns(file: ParquetFile): Map<string, Nesting> {
  const columns = new Map<string, Nesting>()
  for (const { foreign, isFlat, path } of file.leaves) {
    if (isFlat || (foreign !== 'list' && foreign !== 'map' && foreign !== 'struct')) continue
    columns.set(path[0]!, foreign)
  }
  return columns
}

export class NestedReader {
  readonly #source: ByteSource
  readonly #file: ParquetFile
  readonly #name: string
  /** The footer in hyparquet's form. */
  #metadata: Promise<FileMetaData> | null = null
  #rowGroup = -1
  #rowFirst = 0
  #rows = 0
  #column: BytesColumn | null = null

  /** `name` is one of `nestedColumns`. */
  constructor(source: ByteSource, file: ParquetFile, name: string) {
    this.#source = source
    this.#file = file
    this.#name = name
  }

  /** Rows [from, to) of the file as JSON text; calls go from front to back. */
  async read(from: number, to: number): Promise<Column> {
    assert(from < to && from >= this.#rowFirst, 'nested columns are read front to back')
    const parts: Column[] = []
    for (let row = from; row < to; ) {
      while (row >= this.#rowFirst + this.#rows) this.#nextGroup()
      this.#column ??= await this.#readGroup()
      const end = Math.min(to, this.#rowFirst + this.#rows)
      parts.push(sliceColumn(this.#column, row - this.#rowFirst, end - this.#rowFirst))
      row = end
    }
    return parts.length === 1 ? parts[0]! : concatColumns(parts)
  }

  #nextGroup(): void {
    this.#rowFirst += this.#rows
    this.#rowGroup++
    this.#rows = this.#file.metadata.rowGroups[this.#rowGroup]!.rows
    this.#column = null
  }

  async #readGroup(): Promise<BytesColumn> {
    const where = { uri: this.#file.uri, rowGroup: this.#rowGroup, column: this.#name }
    try {
      await this.#checkPages()
      return textsOf(await this.#values(), this.#rows)
    } catch (thrown) {
      if (thrown instanceof HindcastError) throw located(thrown, where)
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      throw located(corrupt(`the nested column cannot be read: ${reason}`), where)
    }
  }

  async #checkPages(): Promise<void> {
    const problems = new ProblemList(1)
    for (const leaf of this.#file.leaves) {
      if (leaf.path[0] !== this.#name) continue
      const plan = chunkPlan(this.#file, this.#rowGroup, leaf)
      expectValues(plan.chunk.values, this.#rows)
      const chunk = await ChunkCheck.open(this.#source, plan, this.#rows, problems, { column: leaf.name })
      await chunk.run()
    }
    const [problem] = problems.problems
    if (problem === undefined) return
    const { code, message, ...place } = problem
    throw new HindcastError(code, message, { where: place })
  }

  async #values(): Promise<readonly unknown[]> {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
    const buffer = bufferOf(this.#source)
    this.#metadata ??= parquetMetadataAsync(buffer)
    const metadata = await this.#metadata
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      columns: [this.#name],
      rowStart: this.#rowFirst,
      rowEnd: this.#rowFirst + this.#rows,
      compressors: COMPRESSORS,
      parsers: PARSERS,
      geoparquet: false,
      utf8: false,
    })
    if (rows.length !== this.#rows) throw corrupt(`${rows.length} of ${this.#rows} rows have a value`)
    return rows.map(row => row[this.#name] as unknown)
  }
}

/** Of a nested column every row has a value, if only an empty list; each becomes an object in memory. */
function expectValues(values: number, rows: number): void {
  if (values < rows) throw corrupt(`a nested column has ${values} values in a row group of ${rows} rows`)
  if (values > LIMITS.parquetPageValuesMax)
    throw passed(
      `${values} values of a nested column in a row group are more than ${LIMITS.parquetPageValuesMax}`,
    )
}

interface AsyncBytes {
  readonly byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

/** Negative positions count from the end, as those of arrays do. */
function bufferOf(source: ByteSource): AsyncBytes {
  const { size } = source
  const place = (at: number): number => (at < 0 ? Math.max(0, size + at) : Math.min(at, size))
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const [from, to] = [place(start), place(end)]
      const bytes = await source.read(from, Math.max(0, to - from))
      return new Uint8Array(bytes).buffer
    },
  }
}

/** Results are copied: they may be views of the kernels' memory. */
const COMPRESSORS = Object.fromEntries(
  (['SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const satisfies CodecName[]).map(codec => [
    codec,
    (input: Uint8Array, length: number) => decompress(codec, input, length).slice(),
  ]),
)

const TEXT = new TextDecoder()

/** Times as text at their own precision; JSON stays the text that it is. */
const PARSERS = {
  timestampFromMilliseconds: (ticks: bigint) => timeText('ms', ticks),
  timestampFromMicroseconds: (ticks: bigint) => timeText('us', ticks),
  timestampFromNanoseconds: (ticks: bigint) => timeText('ns', ticks),
  jsonFromBytes: (bytes: Uint8Array | undefined) => (bytes === undefined ? null : TEXT.decode(bytes)),
  dateFromDays: (days: number) => plainBound({ name: 'date' }, BigInt(days)),
}

function timeText(unit: 'ms' | 'us' | 'ns', ticks: bigint): unknown {
  return plainBound({ name: 'timestamp', unit, utc: true }, ticks)
}

const UTF8 = new TextEncoder()

function textsOf(values: readonly unknown[], rows: number): BytesColumn {
  const texts: Uint8Array[] = []
  const offsets = new Int32Array(rows + 1)
  const valid = new Uint8Array(rows)
  let length = 0
  for (let row = 0; row < rows; row++) {
    const value = values[row]
    if (value !== null && value !== undefined) {
      const text = UTF8.encode(JSON.stringify(value, jsonValue))
      length += text.length
      if (length > LIMITS.parquetColumnBytesMax)
        throw passed(
          `a nested column has more than ${LIMITS.parquetColumnBytesMax} bytes of JSON in a row group`,
        )
      texts.push(text)
      valid[row] = 1
    }
    offsets[row + 1] = length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const text of texts) {
    bytes.set(text, at)
    at += text.length
  }
  return { kind: 'bytes', offsets, bytes, valid: valid.includes(0) ? valid : null }
}

/** Values as `rowObject` has them. */
function jsonValue(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value === undefined ? null : value
}
