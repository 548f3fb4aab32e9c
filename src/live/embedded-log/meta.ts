/**
 * An embedded log on disk, and `meta.json`, which says what it is:
 *
 *     DIR/meta.json                              this file, written once, last of all
 *         writer.lock.<pid>-<random>             who writes, while somebody does
 *         partition-0/00000000000000000000.log   segments, named by their first offset
 *         partition-0/00000000000000104857.log
 */

import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError, wrapError } from '../../errors.ts'
import { syncDirectory, wrapWriteError, writeDurably } from '../../files/index.ts'
import type { KeyEncoding, Partitioner } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'

const FORMAT = 'hindcast-log'
const VERSION = 1
const META_FILE = 'meta.json'
const PARTITIONERS: readonly string[] = ['murmur2', 'crc32', 'fnv1a', 'column'] satisfies Partitioner[]
const KEY_ENCODINGS: readonly string[] = ['text', 'int32', 'int64', 'json'] satisfies KeyEncoding[]

export interface LogMeta {
  /** Identity of the log: the plan pins it. */
  readonly id: string
  readonly partitions: number
  /** Columns of an event's JSON that make its key. */
  readonly key: readonly string[]
  readonly keyEncoding: KeyEncoding
  readonly partitioner: Partitioner
  /** Bytes at which a segment is closed. */
  readonly segmentBytes: number
  /** When it was created, ISO 8601. */
  readonly createdAt: string
}

export interface CreateLogOptions {
  readonly partitions: number
  readonly key: readonly string[]
  readonly keyEncoding?: KeyEncoding
  readonly partitioner?: Partitioner
  readonly segmentBytes?: number
  /** Offset of the first record of each partition: a log that goes on where a topic left off. Default 0. */
  readonly offsetFirst?: readonly number[]
}

/** Makes an empty log; the directory must be new or empty. */
export function createLog(directory: string, options: CreateLogOptions): LogMeta {
  const meta: LogMeta = {
    id: randomUUID(),
    partitions: options.partitions,
    key: options.key,
    keyEncoding: options.keyEncoding ?? 'text',
    partitioner: options.partitioner ?? 'murmur2',
    segmentBytes: options.segmentBytes ?? LIMITS.logSegmentBytes,
    createdAt: new Date().toISOString(),
  }
  const fault = faultOf(meta) ?? offsetFault(options)
  if (fault !== null)
    throw new HindcastError('argument-invalid', `cannot create the log: ${fault}`, {
      where: { uri: directory },
    })
  try {
    mkdirSync(directory, { recursive: true })
    if (readdirSync(directory).length > 0) {
      throw new HindcastError('argument-invalid', 'cannot create a log in a directory that is not empty', {
        where: { uri: directory },
        advice: 'Name a new directory.',
      })
    }
    for (let partition = 0; partition < meta.partitions; partition++) {
      const folder = partitionDirectory(directory, partition)
      mkdirSync(folder)
      writeDurably(join(folder, segmentName(options.offsetFirst?.[partition] ?? 0)), '')
    }
    writeDurably(
      join(directory, META_FILE),
      `${JSON.stringify({ format: FORMAT, version: VERSION, ...meta }, null, 2)}\n`,
    )
    syncDirectory(directory)
  } catch (error) {
    throw wrapWriteError(error, directory)
  }
  return meta
}

/** What the log says of itself. Raises `log-invalid` where the directory is not one. */
export function readLogMeta(directory: string): LogMeta {
  const where = { uri: join(directory, META_FILE) }
  let value: unknown
  try {
    value = JSON.parse(readFileSync(where.uri, 'utf8'))
  } catch (error) {
    throw wrapError(error, 'log-invalid', 'this is not an embedded log', {
      where,
      advice: `Check the path, or make a log: hindcast log create ${directory} --partitions 4 --key COLUMN`,
    })
  }
  const meta = value as LogMeta & { format: unknown; version: unknown }
  let fault: string | null
  if (typeof value !== 'object' || value === null || meta.format !== FORMAT)
    fault = 'it is not the meta.json of a log'
  else if (meta.version !== VERSION)
    fault = `its version is ${String(meta.version)}, this Hindcast reads ${VERSION}`
  else fault = faultOf(meta)
  if (fault !== null) {
    throw new HindcastError('log-invalid', `this embedded log cannot be used: ${fault}`, {
      where,
      advice: 'Use the Hindcast that made it, or restore meta.json.',
    })
  }
  const { id, partitions, key, keyEncoding, partitioner, segmentBytes, createdAt } = meta
  return { id, partitions, key, keyEncoding, partitioner, segmentBytes, createdAt }
}

export function partitionDirectory(directory: string, partition: number): string {
  return join(directory, `partition-${partition}`)
}

/** Offsets have at most 16 digits; 20 is what Kafka's tools show. */
export function segmentName(base: number): string {
  return `${String(base).padStart(20, '0')}.log`
}

/** First offsets of the segments of a partition, rising. Other files are left alone. */
export function listSegments(folder: string): number[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    throw wrapError(error, 'file-unreadable', 'cannot list the segments of a partition', {
      where: { uri: folder },
    })
  }
  const bases = names.filter(name => /^\d{20}\.log$/.test(name)).map(name => Number(name.slice(0, 20)))
  return bases.sort((a, b) => a - b)
}

function faultOf(meta: LogMeta): string | null {
  const { id, partitions, key, keyEncoding, partitioner, segmentBytes, createdAt } = meta
  if (typeof id !== 'string' || typeof createdAt !== 'string') return 'it has no id or no date'
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > LIMITS.partitionsMax) {
    return `partitions must be 1…${LIMITS.partitionsMax}`
  }
  if (
    !Array.isArray(key) ||
    key.length === 0 ||
    !key.every(column => typeof column === 'string' && column !== '')
  ) {
    return 'key must name at least one column'
  }
  if (new Set(key).size !== key.length) return 'a key column is named twice'
  if (!KEY_ENCODINGS.includes(keyEncoding)) return `keyEncoding must be one of ${KEY_ENCODINGS.join(', ')}`
  if (!PARTITIONERS.includes(partitioner)) return `partitioner must be one of ${PARTITIONERS.join(', ')}`
  if (partitioner === 'column' && key.length !== 1) return 'partitioner column takes one key column'
  if (!Number.isInteger(segmentBytes) || segmentBytes < 1 || segmentBytes > LIMITS.logSegmentBytesMax) {
    return `segmentBytes must be 1…${LIMITS.logSegmentBytesMax}`
  }
  return null
}

function offsetFault({ partitions, offsetFirst }: CreateLogOptions): string | null {
  if (offsetFirst === undefined) return null
  if (offsetFirst.length !== partitions) return 'offsetFirst needs one offset a partition'
  return offsetFirst.every(offset => Number.isSafeInteger(offset) && offset >= 0)
    ? null
    : 'offsetFirst must be whole numbers from 0'
}
