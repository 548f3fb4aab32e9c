/** Peer: one SQL statement in DuckDB, through the same Node package that Hindcast reads and writes with. */

import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { EVENT_COLUMNS, VERSION_COLUMNS } from '../data/shape.ts'
import type { Peer, PeerTask } from './peer.ts'
import { taskOf } from './peer.ts'

export const duckdbSql: Peer = {
  name: 'DuckDB SQL',
  note: 'ASOF JOIN, ORDER BY and COPY in one statement, 2 threads; one file, no partitions',
  partitioned: false,
  prepare: async () => null,
  command: context => ({
    command: process.execPath,
    args: [fileURLToPath(import.meta.url), JSON.stringify(taskOf(context))],
  }),
}

async function main(task: PeerTask): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const files = task.events.map(path => `'${path}'`).join(', ')
  await connection.run(`
    COPY (
      SELECT ${EVENT_COLUMNS.map(name => `e.${name}`).join(', ')}, ${VERSION_COLUMNS.map(name => `v.${name}`).join(', ')}, v.known_at
      FROM (SELECT *, file_index, file_row_number FROM read_parquet([${files}])) e
      ASOF LEFT JOIN read_parquet('${task.versions}') v
        ON e.user_id = v.user_id AND e.event_time > v.known_at
      ORDER BY e.event_time, e.file_index, e.file_row_number
    ) TO '${task.output}' (FORMAT parquet, COMPRESSION snappy)`)
}

if (import.meta.main) await main(JSON.parse(process.argv[2]!))
