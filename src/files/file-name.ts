/**
 * What a file's name tells: its format, its compression, and the offsets it holds.
 *
 *     ratings.parquet   clicks.csv.gz   log.jsonl.zst   topic+3+0000000100+0000000199.parquet
 */

import type { FileFormat } from '../job/index.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

const FORMATS: ReadonlyMap<string, FileFormat> = new Map([
  ['parquet', 'parquet'],
  ['parq', 'parquet'],
  ['pq', 'parquet'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'jsonl'],
])
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ['gz', 'gzip'],
  ['gzip', 'gzip'],
  ['zst', 'zstd'],
  ['zstd', 'zstd'],
])

/** Format by the name's extension, below a compression extension if there is one; null where it does not tell. */
export function formatOf(path: string): FileFormat | null {
  const parts = nameOf(path).toLowerCase().split('.')
  if (parts.length > 2 && COMPRESSIONS.has(parts.at(-1)!)) parts.pop()
  return parts.length > 1 ? (FORMATS.get(parts.at(-1)!) ?? null) : null
}

export function compressionOf(path: string): Compression {
  const extension = /\.([^.]+)$/.exec(nameOf(path))?.[1]?.toLowerCase()
  return COMPRESSIONS.get(extension ?? '') ?? 'none'
}

/** Partition and offsets of the rows, as sink connectors name their files; null for other names. */
export function offsetRangeOf(
  path: string,
): { readonly partition: number; readonly offsetFirst: number; readonly offsetLast: number } | null {
  const match = /\+(\d+)\+(\d+)\+(\d+)(?:\.[^+]*)?$/.exec(nameOf(path))
  if (match === null) return null
  const [partition, offsetFirst, offsetLast] = match.slice(1).map(Number) as [number, number, number]
  const fits = Number.isSafeInteger(offsetLast) && partition <= 0x7fffffff && offsetFirst <= offsetLast
  return fits ? { partition, offsetFirst, offsetLast } : null
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
