/**
 * Peer: the program a good engineer writes in an hour. Reads all with hyparquet, sorts row indexes, looks
 * versions up by binary search in a Map of arrays, and writes with the DuckDB appender (hyparquet reads only).
 * One thread, everything in memory.
 */

import { fileURLToPath } from 'node:url'
import type { DuckDBAppender, DuckDBValue } from '@duckdb/node-api'
import { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, VARCHAR } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { EVENT_COLUMNS, VERSION_COLUMNS } from '../data/shape.ts'
import type { Peer, PeerTask } from './peer.ts'
import { taskOf } from './peer.ts'

export const plain: Peer = {
  name: 'plain JavaScript',
  note: 'hyparquet, index sort, binary search, 1 thread; written through the DuckDB appender; one file, no partitions',
  partitioned: false,
  prepare: async () => null,
  command: context => ({
    command: process.execPath,
    args: ['--max-old-space-size=16384', fileURLToPath(import.meta.url), JSON.stringify(taskOf(context))],
  }),
}

type Table = Record<string, DuckDBValue[]>

const TYPES = [
  ...Array(4).fill(BIGINT),
  ...Array(2).fill(VARCHAR),
  ...Array(6).fill(DOUBLE),
  ...Array(3).fill(INTEGER),
  BIGINT,
  DOUBLE,
  DOUBLE,
  INTEGER,
  BIGINT,
]
const CHUNK_ROWS = 2048

async function main(task: PeerTask): Promise<void> {
  const events = await readAll(task.events)
  const versions = await readAll([task.versions])
  const byUser = groupVersions(versions)

  const time = Float64Array.from(events.event_time as bigint[], Number)
  const order = Uint32Array.from(time, (_, i) => i)
  order.sort((a, b) => time[a]! - time[b]! || a - b)

  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const names = [...EVENT_COLUMNS, ...VERSION_COLUMNS, 'known_at']
  await connection.run(`CREATE TABLE samples (${names.map((name, c) => `${name} ${TYPES[c]}`).join(', ')})`)
  const appender = await connection.createAppender('samples')
  for (let from = 0; from < order.length; from += CHUNK_ROWS) {
    const rows = order.subarray(from, from + CHUNK_ROWS)
    const version = Array.from(rows, row =>
      latestBefore(byUser.get(events.user_id![row] as bigint), time[row]!),
    )
    appendRows(appender, [
      ...EVENT_COLUMNS.map(name => Array.from(rows, row => events[name]![row]!)),
      ...[...VERSION_COLUMNS, 'known_at'].map(name =>
        version.map(v => (v === -1 ? null : versions[name]![v]!)),
      ),
    ])
  }
  appender.closeSync()
  await connection.run(`COPY samples TO '${task.output}' (FORMAT parquet, COMPRESSION snappy)`)
}

async function readAll(paths: readonly string[]): Promise<Table> {
  const files = await Promise.all(paths.map(path => asyncBufferFromFile(path)))
  const footers = await Promise.all(files.map(file => parquetMetadataAsync(file)))
  const total = footers.reduce((rows, footer) => rows + Number(footer.num_rows), 0)
  const table: Table = {}
  let start = 0
  for (const [f, file] of files.entries()) {
    const base = start
    await parquetRead({
      file,
      metadata: footers[f]!,
      onChunk: ({ columnName, columnData, rowStart }) => {
        table[columnName] ??= new Array<DuckDBValue>(total)
        const column = table[columnName]
        for (let i = 0; i < columnData.length; i++) column[base + rowStart + i] = columnData[i]
      },
    })
    start += Number(footers[f]!.num_rows)
  }
  return table
}

interface Versions {
  readonly times: number[]
  readonly rows: number[]
}

/** The versions of each user; the file is in time order, so each user's are too. */
function groupVersions(versions: Table): Map<bigint, Versions> {
  const byUser = new Map<bigint, Versions>()
  const users = versions.user_id as bigint[]
  const times = versions.known_at as bigint[]
  for (let row = 0; row < users.length; row++) {
    const of = byUser.get(users[row]!) ?? { times: [], rows: [] }
    if (of.rows.length === 0) byUser.set(users[row]!, of)
    of.times.push(Number(times[row]))
    of.rows.push(row)
  }
  return byUser
}

/** Row of the newest version older than `time`, or -1. */
function latestBefore(versions: Versions | undefined, time: number): number {
  if (versions === undefined) return -1
  let low = 0
  let high = versions.times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (versions.times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low === 0 ? -1 : versions.rows[low - 1]!
}

function appendRows(appender: DuckDBAppender, columns: DuckDBValue[][]): void {
  const chunk = DuckDBDataChunk.create(TYPES)
  chunk.setColumns(columns)
  appender.appendDataChunk(chunk)
}

if (import.meta.main) await main(JSON.parse(process.argv[2]!))
