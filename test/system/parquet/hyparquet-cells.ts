/** Values as hyparquet reads them, as cells (see python/cells.py). */
import { readFileSync } from 'node:fs'
import * as zlib from 'node:zlib'
import type { Compressors, ParquetParsers, ParquetQueryFilter } from 'hyparquet'
import { parquetReadObjects } from 'hyparquet'
import { type Cell, floatCell } from './cells.ts'
import type { KnownColumn } from './foreign-files.ts'

/** Codecs that it has no decoder of its own for; LZ4 is not among what Node can. */
const COMPRESSORS: Compressors = {
  GZIP: input => zlib.gunzipSync(input),
  ZSTD: input => zlib.zstdDecompressSync(input),
  BROTLI: input => zlib.brotliDecompressSync(input),
}

/** Values are left as they are in the file: its dates have milliseconds, and its text replaces what is no UTF-8. */
const RAW = {
  timestampFromMilliseconds: (value: unknown) => value,
  timestampFromMicroseconds: (value: unknown) => value,
  timestampFromNanoseconds: (value: unknown) => value,
  dateFromDays: (value: unknown) => value,
  stringFromBytes: (value: unknown) => value,
} as unknown as Partial<ParquetParsers>

export interface RangeQuery {
  readonly column: Pick<KnownColumn, 'name' | 'type'>
  readonly low: Cell
  readonly high: Cell
}

/** All columns of a file. */
export async function cellsByHyparquet(
  path: string,
  columns: readonly Pick<KnownColumn, 'name' | 'type'>[],
): Promise<KnownColumn[]> {
  const file = fileBuffer(path)
  const rows = await parquetReadObjects({ file, compressors: COMPRESSORS, parsers: RAW, utf8: false })
  return columns.map(({ name, type }) => ({ name, type, cells: rows.map(row => cellOf(row[name], type)) }))
}

/** Values of one column between two, by way of the page index. */
export async function rangeByHyparquet(path: string, { column, low, high }: RangeQuery): Promise<Cell[]> {
  const { name, type } = column
  const filter: ParquetQueryFilter = {
    [name]: { $gte: literalOf(low, type), $lte: literalOf(high, type) },
  }
  const rows = await parquetReadObjects({
    file: fileBuffer(path),
    columns: [name],
    compressors: COMPRESSORS,
    parsers: { ...RAW, stringFromBytes: bytes => new TextDecoder().decode(bytes) },
    filter,
    usePageIndex: true,
  })
  return rows.map(row => cellOf(row[name], type))
}

/** What it makes of a decimal: a number, for want of another type. */
export function hyparquetCell(cell: Cell, type: string): Cell {
  return cell !== null && type.startsWith('decimal') ? floatCell(decimalNumber(cell, type)) : cell
}

function decimalNumber(cell: string, type: string): number {
  return Number(cell) * 10 ** -Number(/,(\d+)/.exec(type)![1])
}

function literalOf(cell: Cell, type: string): string | number | bigint {
  if (cell === null) throw new Error('a range has two ends')
  if (type === 'utf8') return Buffer.from(cell, 'hex').toString()
  if (type.startsWith('decimal')) return decimalNumber(cell, type)
  if (type.startsWith('float')) return Buffer.from(cell, 'hex').readDoubleBE()
  return /64|timestamp|time\[[un]s/.test(type) ? BigInt(cell) : Number(cell)
}

function cellOf(value: unknown, type: string): Cell {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (type === 'utf8') return Buffer.from(String(value)).toString('hex')
  if (type.startsWith('float') || type.startsWith('decimal')) return floatCell(Number(value))
  return String(value)
}

function fileBuffer(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path)
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength)
}
