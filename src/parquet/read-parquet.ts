/**
 * `readParquet`: a file as batches, for whoever wants its rows and no more. Plan and execute by hand are `planRead` and
 * `RowReader`.
 */

import type { Batch, Field, Schema } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { LeafColumn } from './format/leaf-columns.ts'
import { unreadableWhy } from './inspect/describe-schema.ts'
import type { ByteSource } from './read/byte-source.ts'
import { bytesSource, openFileSource } from './read/byte-source.ts'
import { NestedReader, nestedColumns } from './read/nested-json.ts'
import type { ParquetFile } from './read/parquet-file.ts'
import { readableColumns, readParquetFile } from './read/parquet-file.ts'
import type { RowRange } from './read/plan-read.ts'
import { planRead } from './read/plan-read.ts'
import { RowReader } from './read/row-reader.ts'

export interface ReadOptions {
  /** Names of columns, in the order that the batches will have. Default: all that can be read. */
  readonly columns?: readonly string[]
  /** Rows [from, to) of the file; what lies behind its end is left out. Default: all. */
  readonly rows?: { readonly from?: number; readonly to?: number }
  /** Rows of a batch; the last one has fewer. Default 65,536. */
  readonly batchRows?: number
  /**
   * `json`: lists, maps and structs that `columns` names come as utf8 columns of JSON text. They are read a row group at
   * a time, by hyparquet, and are slow. Default: they are refused.
   */
  readonly nested?: 'json'
}

const BATCH_ROWS = 65_536

/**
 * Reads a local file (by path), bytes in memory, or any source; front to back, each batch in memory of its own. What
 * was opened here is closed at the end, also after `break`; a source that was handed in stays open.
 *
 * Raises `column-missing` for a name that the file does not have, `unsupported` for a column that is not read,
 * `argument-invalid`, `file-unreadable`, and with file, row group, column and page `file-corrupt` and `limit-passed`.
 */
export async function* readParquet(
  from: string | Uint8Array | ByteSource,
  options: ReadOptions = {},
): AsyncGenerator<Batch, void, undefined> {
  const { batchRows = BATCH_ROWS } = options
  const rows = { from: options.rows?.from ?? 0, to: options.rows?.to ?? Number.MAX_SAFE_INTEGER }
  expectWhole('batchRows', batchRows, 1)
  expectWhole('rows.from', rows.from, 0)
  expectWhole('rows.to', rows.to, 0)
  const source =
    typeof from === 'string'
      ? await openFileSource(from)
      : from instanceof Uint8Array
        ? bytesSource(from)
        : from
  try {
    const file = await readParquetFile(source)
    const nested = options.nested === 'json' ? nestedNamed(file, options.columns ?? []) : new Set<string>()
    const flat = options.columns && [...new Set(options.columns)].filter(name => !nested.has(name))
    yield* batchesOf(source, file, {
      names: options.columns ?? null,
      leaves: columnsNamed(file, flat),
      nested,
      rows,
      batchRows,
    })
  } finally {
    if (source !== from) await source.close()
  }
}

interface Request {
  /** Columns of the batches, in their order; null: all leaves. */
  readonly names: readonly string[] | null
  readonly leaves: readonly LeafColumn[]
  readonly nested: ReadonlySet<string>
  readonly rows: RowRange
  readonly batchRows: number
}

async function* batchesOf(source: ByteSource, file: ParquetFile, request: Request): AsyncGenerator<Batch> {
  const { leaves, rows, batchRows } = request
  const fields = new Map<string, Field>(leaves.map(({ name, type }) => [name, { name, type: type! }]))
  const readers = [...request.nested].map(name => new NestedReader(source, file, name))
  for (const name of request.nested) fields.set(name, { name, type: { name: 'utf8' } })
  const found = [...fields.keys()]
  const order = (request.names ?? found).map(name => found.indexOf(name))
  const schema: Schema = order.map(c => fields.get(found[c]!)!)
  const reader = new RowReader(source, planRead(file, leaves, rows), leaves)
  for (let row = rows.from; reader.rowsLeft > 0; ) {
    const some = Math.min(batchRows, reader.rowsLeft)
    const columns = await reader.read(some)
    for (const nested of readers) columns.push(await nested.read(row, row + some))
    yield { schema, rows: some, columns: order.map(c => columns[c]!) }
    row += some
  }
}

function nestedNamed(file: ParquetFile, names: readonly string[]): ReadonlySet<string> {
  const [flat, nested] = [readableColumns(file), nestedColumns(file)]
  return new Set(names.filter(name => nested.has(name) && !flat.has(name)))
}

/**
 * Leaves of the columns with these names, or of all that can be read. Raises `column-missing` and `unsupported`, which
 * says why a column is not read.
 */
export function columnsNamed(file: ParquetFile, names: readonly string[] | undefined): readonly LeafColumn[] {
  const readable = readableColumns(file)
  if (names === undefined) return [...readable.values()]
  return names.map(name => readable.get(name) ?? refuse(file, name, [...readable.keys()]))
}

function refuse(file: ParquetFile, name: string, readable: readonly string[]): never {
  const where = { uri: file.uri, column: name }
  const other = file.leaves.find(leaf => leaf.name === name || leaf.path[0] === name)
  if (other !== undefined) {
    throw new HindcastError('unsupported', `column '${name}' is not read: ${unreadableWhy(other)}`, {
      where,
      advice: nestedColumns(file).has(name)
        ? "Read it as JSON text (`nested: 'json'`), or leave it out of the columns."
        : 'Leave it out of the columns, or write the file anew with a type that is read.',
    })
  }
  throw new HindcastError('column-missing', `the file has no column '${name}'`, {
    where,
    advice: `Its columns are ${readable.slice(0, 20).join(', ')}${readable.length > 20 ? ', …' : ''}.`,
  })
}

function expectWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new HindcastError('argument-invalid', `${name} must be a whole number from ${least}, not ${value}`)
}
