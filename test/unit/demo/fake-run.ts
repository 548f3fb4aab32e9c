/**
 * Samples as a correct run of the demo would write them, made by DuckDB's own ASOF join out of the demo's data: what
 * the check is checked with. One statement may then spoil them.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DemoPaths } from '../../../src/demo/flights.ts'
import { CALENDAR, FLIGHTS, flightsSql } from '../../../src/demo/flights.ts'

export interface FakeRunOptions {
  /** SQL that changes the table `samples`. */
  readonly spoil?: string
  /** Flights that went to `late/` instead. */
  readonly late?: readonly number[]
}

export async function writeFakeRun(
  paths: DemoPaths,
  source: string,
  oneOf: number,
  options: FakeRunOptions = {},
): Promise<void> {
  const late = [0, ...(options.late ?? [])]
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`
    CREATE TABLE versions AS FROM read_parquet('${paths.airport}/*.parquet');
    CREATE TABLE samples AS
    WITH events AS (
      SELECT flight_id, scheduled, origin FROM (${flightsSql(source, oneOf)}) WHERE scheduled < ${CALENDAR.stopMs}),
    joined AS (
      SELECT e.*, v.known_at, v.flights_so_far, v.mean_delay,
        CASE WHEN v.known_at IS NULL THEN 'absent' WHEN scheduled - known_at > ${FLIGHTS.maxAgeMs} THEN 'expired' ELSE 'hit' END AS status
      FROM events e ASOF LEFT JOIN versions v ON e.origin = v.airport AND e.scheduled > v.known_at)
    SELECT flight_id, scheduled, origin,
           if(status = 'hit', flights_so_far, NULL) AS airport__flights_so_far,
           if(status = 'hit', mean_delay, NULL) AS airport__mean_delay,
           if(status = 'hit', known_at, NULL) AS airport__version,
           status AS airport__status,
           (hash(origin) % ${FLIGHTS.partitions})::INTEGER AS _partition,
           row_number() OVER (PARTITION BY hash(origin) % ${FLIGHTS.partitions} ORDER BY scheduled, flight_id) - 1 AS _offset
    FROM joined WHERE flight_id NOT IN (${late.join(', ')});`)
  if (options.spoil !== undefined) await connection.run(options.spoil)
  for (let partition = 0; partition < FLIGHTS.partitions; partition++) {
    const folder = join(paths.run, 'samples', `partition=${partition}`)
    mkdirSync(folder, { recursive: true })
    await connection.run(`COPY (FROM samples WHERE _partition = ${partition}) TO '${folder}/all.parquet'`)
  }
  if (options.late !== undefined) {
    mkdirSync(join(paths.run, 'late'), { recursive: true })
    const lines = options.late.map(id => JSON.stringify({ reason: 'late', row: { flight_id: id } }))
    writeFileSync(join(paths.run, 'late', 'all.jsonl'), `${lines.join('\n')}\n`)
  }
  connection.closeSync()
  instance.closeSync()
}
