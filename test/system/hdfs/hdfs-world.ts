/**
 * The main job over the same history twice, on local disk and in a real HDFS of small blocks: Parquet files whose pages
 * have checksums, one file of JSON lines, and feature versions.
 *
 *     DIRECTORY/data/events/part-0.parquet … part-6.parquet, part-7.jsonl.gz      /data/events/… in HDFS
 *     DIRECTORY/data/versions.parquet                                             /data/versions.parquet
 */
import { createReadStream, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { ensureData } from '../../../bench/data/make.ts'
import { QUICK, VERSION_COLUMNS } from '../../../bench/data/shape.ts'
import { isSoak } from '../../../scripts/test/tiers.ts'
import type { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import { openFileSource, readParquet, readParquetFile, writeParquet } from '../../../src/parquet/index.ts'
import type { HdfsCluster } from '../../stack/index.ts'

export const EVENTS = isSoak() ? 500_000 : 200_000
/** Of the files in `/data/events`; the last one is JSON lines. */
const FILES = 8
const TEXT_FILE = 'part-7'
const UPLOADS_AT_ONCE = 4

/** Where a job finds its history: a folder, or its URI. */
export interface JobPlaces {
  readonly data: string
  /** Default: `out` beside the job. */
  readonly output?: string
  /** Patterns below `data`. Default: all events. */
  readonly files?: readonly string[]
}

/** Makes the data below `DIRECTORY/data`. */
export async function makeHistory(directory: string): Promise<string> {
  const shape = { ...QUICK, events: EVENTS, files: FILES }
  const made = await ensureData(join(directory, 'made'), shape, () => undefined)
  const data = join(directory, 'data')
  mkdirSync(join(data, 'events'), { recursive: true })
  for (const path of made.events) {
    const name = path.slice(path.lastIndexOf('/') + 1, -'.parquet'.length)
    if (name === TEXT_FILE) await copyAsLines(path, join(data, 'events', `${name}.jsonl.gz`))
    else await copyWithChecksums(path, join(data, 'events', `${name}.parquet`))
  }
  await copyWithChecksums(made.versions, join(data, 'versions.parquet'))
  return data
}

/** Our own writer gives each page a checksum, so that a byte which was turned over on the way is seen. */
async function copyWithChecksums(from: string, to: string): Promise<void> {
  const source = await openFileSource(from)
  try {
    const { leaves } = await readParquetFile(source)
    const schema = leaves.map(({ name, type }) => ({ name, type: type! }))
    await writeParquet(to, schema, readParquet(source, { batchRows: 8192 }), { rowGroupRows: 8192 })
  } finally {
    await source.close()
  }
}

async function copyAsLines(from: string, to: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`COPY (SELECT * FROM '${from}') TO '${to}' (FORMAT json, COMPRESSION gzip)`)
  connection.closeSync()
  instance.closeSync()
}

/** Copies all files of a local folder to a folder of HDFS, names and folders kept. */
export async function upload(files: WebHdfsFileSystem, from: string, to: string): Promise<void> {
  const names = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(from.length))
    .values()
  const worker = async (): Promise<void> => {
    for (const name of names)
      await files.writeFile(`${to}${name}`, () => createReadStream(join(from, name)), { overwrite: true })
  }
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, worker))
}

/** Writes a job over the history and returns its path. `access` goes beside each URI. */
export function writeJob(path: string, places: JobPlaces, access: Readonly<Record<string, unknown>>): string {
  const at = (pattern: string): string => `${places.data}/${pattern}`
  const reach = (uri: string): object => (uri.startsWith('/') ? {} : access)
  const { output = 'out', files = ['events/*.parquet', 'events/*.jsonl.gz'] } = places
  const job = {
    name: 'hdfs',
    streams: {
      events: {
        key: ['user_id'],
        time: { column: 'event_time', unit: 'ms' },
        partitions: 4,
        history: { files: files.map(at), ...reach(places.data) },
      },
    },
    features: {
      user: {
        from: {
          files: at('versions.parquet'),
          key: 'user_id',
          time: { column: 'known_at', unit: 'ms' },
          columns: [...VERSION_COLUMNS],
          ...reach(places.data),
        },
        on: ['user_id'],
      },
    },
    output: { directory: output, slice: '1d', ...(output.includes('://') ? access : {}) },
    limits: { lanes: 2, memory: '512MiB' },
  }
  writeFileSync(path, JSON.stringify(job, null, 2))
  return path
}

/** `webhdfs://…` of a path in HDFS, through its NameNode or whatever stands before it. */
export function uriIn(cluster: HdfsCluster, path: string, http = cluster.nameNode.http): string {
  return `${http.replace(/^http:/, 'webhdfs:')}${path}`
}
