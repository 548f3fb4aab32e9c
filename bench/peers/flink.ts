/**
 * Peer: Flink from PyPI, pinned, a local cluster of two slots: an event-time temporal join in streaming mode with a
 * watermark a minute behind, as a live job has it. It reads and writes CSV, which needs no further package, and gives
 * no order. Java 17 or newer must be there.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DataPlaces } from '../data/shape.ts'
import type { PythonPackage } from '../installs/python-packages.ts'
import { ensurePython, pythonOf } from '../installs/python-packages.ts'
import { javaProblem } from './java.ts'
import type { Peer } from './peer.ts'

const FLINK: PythonPackage = {
  name: 'apache-flink',
  version: '2.3.0',
  folder: 'flink',
  module: 'pyflink',
  installMs: 600_000,
}
const WATERMARK_SECONDS = 60

export const flink: Peer = {
  name: 'Flink',
  note: `PyPI apache-flink ${FLINK.version}, local, temporal join, watermark ${WATERMARK_SECONDS} s behind; CSV in and out, no order`,
  partitioned: false,
  prepare: async context => {
    const problem = javaProblem() ?? ensurePython(context.cache, FLINK, context.say)
    if (problem === null) await ensureCsv(context.places, context.say)
    return problem
  },
  command: context => {
    const csv = csvOf(context.places)
    const task = {
      events: join(csv, 'events'),
      versions: join(csv, 'versions'),
      output: flinkSamples(context.output),
      watermarkSeconds: WATERMARK_SECONDS,
    }
    return {
      command: pythonOf(context.cache, FLINK),
      args: [fileURLToPath(new URL('with_flink.py', import.meta.url)), JSON.stringify(task)],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    }
  },
}

/** Folder of the files that the peer writes, CSV without a header. */
export function flinkSamples(output: string): string {
  return join(output, 'samples')
}

function csvOf(places: DataPlaces): string {
  return join(places.directory, 'csv')
}

/** The data as CSV: not part of what is timed. */
async function ensureCsv(places: DataPlaces, say: (text: string) => void): Promise<void> {
  const directory = csvOf(places)
  if (existsSync(directory)) return
  say('writing the data as CSV (once) …')
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  for (const folder of ['events', 'versions']) mkdirSync(join(unfinished, folder), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const copy = (query: string, path: string) =>
    connection.run(`COPY (${query}) TO '${join(unfinished, path)}' (FORMAT csv, HEADER false)`)
  for (const [f, path] of places.events.entries())
    await copy(`FROM read_parquet('${path}')`, `events/part-${f}.csv`)
  await copy(
    `SELECT user_id, orders, spent, trend, tier, known_at FROM read_parquet('${places.versions}')`,
    'versions/versions.csv',
  )
  connection.closeSync()
  instance.closeSync()
  renameSync(unfinished, directory)
}
