/**
 * Makes the benchmark data once, through DuckDB's SQL: deterministic by seed, whatever the number of threads.
 *
 * Events lie nearly in time order over all files, as a collector writes them: each row's time is moved by up to
 * a third of a row group either way, so that rows are shuffled locally and neighbouring row groups (and files)
 * overlap. Two pairs of files have swapped names, so that the order of files is not the order of time. One user
 * in eleven has no versions; a few users have many events.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DataPlaces, DataShape } from './shape.ts'
import { placesOf, SPAN_MS, STARTS_MS } from './shape.ts'

/** DuckDB rounds row groups to this. */
const CHUNK_ROWS = 2048

/** The data's places; makes it first where it is not there whole. */
export async function ensureData(
  cache: string,
  shape: DataShape,
  say: (text: string) => void,
): Promise<DataPlaces> {
  const places = placesOf(cache, shape)
  if (existsSync(places.directory)) return places
  say(`making ${shape.events} events and ${shape.keys * shape.versionsPerKey} versions (once) …`)
  const unfinished = `${places.directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(join(unfinished, 'events'), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'true' })
  const connection = await instance.connect()
  for (let f = 0; f < shape.files; f++) {
    await connection.run(eventFile(shape, nameOrder(f), join(unfinished, 'events', `part-${f}.parquet`)))
  }
  await connection.run(versionFile(shape, join(unfinished, 'versions.parquet')))
  connection.closeSync()
  instance.closeSync()
  renameSync(unfinished, places.directory)
  return places
}

/** A directory of many small event files, for the start-up of `plan`. */
export async function ensureSmallFiles(
  cache: string,
  files: number,
  say: (text: string) => void,
): Promise<string> {
  const directory = join(cache, `small-${files}`)
  if (existsSync(directory)) return directory
  say(`making ${files} small files (once) …`)
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const shape: DataShape = {
    events: files * 1000,
    files,
    rowGroupsPerFile: 1,
    keys: 1000,
    versionsPerKey: 1,
    seed: 2,
  }
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (let f = 0; f < files; f++)
    await connection.run(eventFile(shape, f, join(unfinished, `f${String(f).padStart(4, '0')}.parquet`)))
  connection.closeSync()
  instance.closeSync()
  renameSync(unfinished, directory)
  return directory
}

/** Part 2 comes before part 1 in time, and 6 before 5. */
function nameOrder(file: number): number {
  return [0, 2, 1, 3, 4, 6, 5, 7][file] ?? file
}

function eventFile(shape: DataShape, part: number, path: string): string {
  const perFile = shape.events / shape.files
  const perGroup = Math.ceil(perFile / shape.rowGroupsPerFile / CHUNK_ROWS) * CHUNK_ROWS
  const stepMs = SPAN_MS / shape.events
  const unit = (name: string) => `(hash(i, '${name}', ${shape.seed}) / 18446744073709551616.0)`
  const users = Math.round(shape.keys * 1.1)
  const columns = [
    `(${STARTS_MS} + floor(greatest(0, least(${shape.events - 1}, i + (${unit('t')} - 0.5) * ${perGroup * 0.66})) * ${stepMs}))::BIGINT AS event_time`,
    `floor(${users} * pow(${unit('user')}, 1.5))::BIGINT AS user_id`,
    `(1000000000 + floor(3000000 * pow(${unit('item')}, 2)))::BIGINT AS item_id`,
    `(7000000000 + floor(50000 * ${unit('seller')}))::BIGINT AS seller_id`,
    `'scene-' || floor(25 * pow(${unit('scene')}, 2))::INTEGER AS scene`,
    `['android-', 'ios-', 'web-'][1 + floor(3 * ${unit('kind')})::INTEGER] || floor(60 * ${unit('device')})::INTEGER || '.' || floor(9 * ${unit('minor')})::INTEGER AS device`,
    `round(${unit('price')} * 50000) / 100 AS price`,
    `${unit('score')} AS score`,
    `CASE WHEN ${unit('has')} < 0.8 THEN floor(${unit('discount')} * 50) / 100 END AS discount`,
    `CASE WHEN ${unit('stay')} < 0.97 THEN -ln(1 - ${unit('dwell')}) * 30 END AS dwell`,
    `${unit('bid')} * 3 AS bid`,
    `${unit('ctr')} * 0.2 AS ctr`,
    `floor(40 * ${unit('position')})::INTEGER AS position`,
    `CASE WHEN ${unit('buys')} < 0.9 THEN (1 + floor(5 * ${unit('quantity')}))::INTEGER END AS quantity`,
    `floor(1024 * ${unit('flags')})::INTEGER AS flags`,
  ]
  const range = `range(${part * perFile}, ${(part + 1) * perFile}) AS r(i)`
  return `COPY (SELECT ${columns.join(',\n')} FROM ${range}) TO '${path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${perGroup})`
}

/** Version k of a key lies in the k-th part of the span, so that no two have the same time. */
function versionFile(shape: DataShape, path: string): string {
  const partMs = (SPAN_MS + 86_400_000) / shape.versionsPerKey
  const unit = (name: string) => `(hash(k, v, '${name}', ${shape.seed}) / 18446744073709551616.0)`
  const columns = [
    'k::BIGINT AS user_id',
    `(${STARTS_MS - 86_400_000} + floor((v + ${unit('t')}) * ${partMs}))::BIGINT AS known_at`,
    `(v * 3 + floor(3 * ${unit('orders')}))::BIGINT AS orders`,
    `round(${unit('spent')} * 1000000) / 100 AS spent`,
    `CASE WHEN v > 0 THEN ${unit('trend')} - 0.5 END AS trend`,
    `floor(5 * ${unit('tier')})::INTEGER AS tier`,
  ]
  const rows = `range(${shape.versionsPerKey}) AS a(v), range(${shape.keys}) AS b(k)`
  return `COPY (SELECT ${columns.join(',\n')} FROM ${rows} ORDER BY known_at, user_id) TO '${path}' (FORMAT parquet, COMPRESSION snappy)`
}
