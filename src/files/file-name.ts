/**
 * What a file's name tells: its format, its compression, and the offsets it holds.
 *
 *     ratings.parquet   clicks.csv.gz   log.jsonl.zst   topic+3+0000000100+0000000199.snappy.parquet
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

/** Kafka numbers partitions with an int32. */
const PARTITION_MAX = 0x7fffffff

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

/** What a file's name tells that one of Kafka Connect's sinks wrote. */
export interface ConnectName {
  readonly topic: string
  readonly partition: number
  /** Offset of the first row. */
  readonly offsetFirst: number
  /** Offset of the last row; null: the name does not tell it. */
  readonly offsetLast: number | null
}

/**
 * The name as Kafka Connect's sinks write it (`kafka-connect-hdfs` FileUtils.committedFileName, `kafka-connect-s3`
 * TopicPartitionWriter.fileKeyToCommit); null for all others.
 *
 *     HDFS   topic+partition+first+last.ext      topic+3+0000000100+0000000199.parquet
 *     S3     topic+partition+first.ext           topic+3+0000000100.snappy.parquet
 *
 * Offsets are padded with zeros to any width, partitions never are: `2024+01+05.csv` is somebody's date. A topic may
 * have a + in it, but not end in + and digits: that would be one number too many, so the name is none of theirs.
 */
export function connectNameOf(path: string): ConnectName | null {
  const match = /^(.+?)\+(0|[1-9]\d*)\+(\d+)(?:\+(\d+))?(?:\.[^+]*)?$/.exec(nameOf(path))
  if (match === null) return null
  const [, topic, ...numbers] = match as unknown as [string, string, string, string, string | undefined]
  if (/\+\d+$/.test(topic)) return null
  const [partition, offsetFirst] = numbers.map(Number) as [number, number]
  const offsetLast = numbers[2] === undefined ? null : Number(numbers[2])
  const end = offsetLast ?? offsetFirst
  const fits = Number.isSafeInteger(end) && offsetFirst <= end && partition <= PARTITION_MAX
  return fits ? { topic, partition, offsetFirst, offsetLast } : null
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
