/**
 * Makes the demo's data out of the real flights, once:
 *
 *     data/history/part-<n>.parquet   flights before the seam, each file mostly a time block of its own, but
 *                                     overlapping the next one and with its rows shuffled
 *     data/airport/month-<n>.parquet  what an hourly job knew of each airport: one version per airport and
 *                                     hour in which a flight landed there … whole period, so the future is
 *                                     in the files and must not leak
 *     data/live.tsv                   flights from one hour before the seam on, in order of *arrival*
 *
 * The folder appears by one rename: it is either whole or not there. The same arguments make the same rows.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'

import { wrapError } from '../errors.ts'
import type { DemoPaths } from './flights.ts'
import { CALENDAR, demoPaths, FLIGHTS, flightsSql, HOUR_MS } from './flights.ts'

/** Raised whenever the same arguments would make other data than before. */
const MAKER_VERSION = 2
const HISTORY_FILES = 8
const EVENT_COLUMNS = 'flight_id, scheduled, delay, distance, origin, destination'

/** What was made, as kept in `data/made.json`. */
export interface DemoData {
  readonly maker: number
  /** Flights kept, and out of how many one was kept. */
  readonly flights: number
  readonly oneOf: number
  readonly historyRows: number
  readonly historyFiles: number
  readonly liveRows: number
  /** Live rows before the seam, which history has too. */
  readonly overlapRows: number
  readonly airports: number
  readonly versions: number
  readonly sourceBytes: number
}

export interface MakeDataRequest {
  /** Path of flights-3m.parquet. */
  readonly source: string
  readonly paths: DemoPaths
  /** About how many flights to keep, evenly over the whole time. */
  readonly rows: number
}

/** Makes the data, or takes what an earlier demo made; `made` tells which. */
export async function makeDemoData(
  request: MakeDataRequest,
): Promise<{ readonly data: DemoData; readonly made: boolean }> {
  const oneOf = Math.max(1, Math.ceil(FLIGHTS.rowsMax / request.rows))
  const sourceBytes = statSync(request.source).size
  const kept = readMade(request.paths)
  if (
    kept !== null &&
    kept.maker === MAKER_VERSION &&
    kept.oneOf === oneOf &&
    kept.sourceBytes === sourceBytes
  ) {
    return { data: kept, made: false }
  }
  try {
    return { data: await makeAll(request, oneOf, sourceBytes), made: true }
  } catch (thrown) {
    throw wrapError(thrown, 'io-failed', 'the data of the demo could not be made', {
      where: { uri: request.paths.data },
      advice: 'The demo needs about 150 MB below its directory; choose another one with --directory.',
    })
  }
}

function readMade(paths: DemoPaths): DemoData | null {
  const file = join(paths.data, 'made.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DemoData) : null
}

async function makeAll(request: MakeDataRequest, oneOf: number, sourceBytes: number): Promise<DemoData> {
  // Made beside its place under the same layout, so that a demo that was killed leaves no half data set.
  const scratch = demoPaths(join(request.paths.root, '.making'))
  rmSync(scratch.root, { recursive: true, force: true })
  mkdirSync(scratch.history, { recursive: true })
  mkdirSync(scratch.airport, { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' })
  const connection = await instance.connect()
  try {
    await connection.run(`CREATE TABLE flights AS ${flightsSql(request.source, oneOf)}`)
    await makeHistory(connection, scratch.history)
    await makeVersions(connection, scratch.airport)
    await makeLiveFeed(connection, scratch.liveFeed)
    const data: DemoData = {
      maker: MAKER_VERSION,
      oneOf,
      sourceBytes,
      historyFiles: HISTORY_FILES,
      ...(await counts(connection)),
    }
    writeFileSync(join(scratch.data, 'made.json'), `${JSON.stringify(data, null, 2)}\n`)
    rmSync(request.paths.data, { recursive: true, force: true })
    renameSync(scratch.data, request.paths.data)
    return data
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(scratch.root, { recursive: true, force: true })
  }
}

/** A flight lies in the file of its time block or, three times in ten, in the next one; file names are not in time order. */
async function makeHistory(connection: DuckDBConnection, directory: string): Promise<void> {
  const blockMs = Math.ceil((CALENDAR.seamMs - CALENDAR.fromMs) / HISTORY_FILES)
  for (let block = 0; block < HISTORY_FILES; block++) {
    const file = join(directory, `part-${(block * 5 + 3) % HISTORY_FILES}.parquet`)
    await connection.run(`
      COPY (
        SELECT ${EVENT_COLUMNS} FROM flights
        WHERE scheduled < ${CALENDAR.seamMs} AND least(${HISTORY_FILES - 1},
          (scheduled - ${CALENDAR.fromMs}) // ${blockMs} + (hash(flight_id) % 10 < 3)::BIGINT) = ${block}
        ORDER BY hash(flight_id + 7), flight_id
      ) TO ${literal(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 65536)`)
  }
}

/** The hourly job: at each full hour, the airports where a flight landed in the hour before. */
async function makeVersions(connection: DuckDBConnection, directory: string): Promise<void> {
  await connection.run(`
    CREATE TABLE versions AS
    WITH hours AS (
      SELECT origin AS airport, (landed // ${HOUR_MS} + 1) * ${HOUR_MS} AS known_at, count(*) AS n, sum(delay) AS delays
      FROM flights GROUP BY ALL)
    SELECT airport, known_at, (sum(n) OVER so_far)::BIGINT AS flights_so_far,
           (sum(delays) OVER recent)::DOUBLE / (sum(n) OVER recent)::DOUBLE AS mean_delay
    FROM hours
    WINDOW so_far AS (PARTITION BY airport ORDER BY known_at),
           recent AS (PARTITION BY airport ORDER BY known_at
                      RANGE BETWEEN ${(FLIGHTS.meanHours - 1) * HOUR_MS} PRECEDING AND CURRENT ROW)
    ORDER BY known_at, airport`)
  for (let month = 1; month <= 7; month++) {
    const range = `known_at >= ${Date.UTC(2001, month - 1)} AND known_at < ${month === 7 ? Number.MAX_SAFE_INTEGER : Date.UTC(2001, month)}`
    await connection.run(`COPY (SELECT * FROM versions WHERE ${range} ORDER BY known_at, airport)
      TO ${literal(join(directory, `month-${month}.parquet`))} (FORMAT parquet, COMPRESSION snappy)`)
  }
}

/** Records arrive up to (not including) the disorder after their event time; a few come far too late. */
async function makeLiveFeed(connection: DuckDBConnection, file: string): Promise<void> {
  const { disorderMs, stragglerEvery, stragglerMsMin, stragglerMsMax } = FLIGHTS
  const delayMs = `CASE
    WHEN hash(flight_id + 31) % ${stragglerEvery} = 0 AND scheduled >= ${CALENDAR.seamMs + 24 * HOUR_MS}
    THEN ${stragglerMsMin} + hash(flight_id + 17) % ${stragglerMsMax - stragglerMsMin}
    ELSE hash(flight_id + 13) % ${disorderMs} END`
  await connection.run(`
    COPY (
      SELECT arrived, origin, to_json({flight_id: flight_id, scheduled: scheduled, delay: delay,
                                       distance: distance, origin: origin, destination: destination})
      FROM (SELECT *, scheduled + (${delayMs})::BIGINT AS arrived FROM flights WHERE scheduled >= ${CALENDAR.liveFromMs})
      ORDER BY arrived, flight_id
    ) TO ${literal(file)} (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')`)
}

async function counts(connection: DuckDBConnection) {
  const reader = await connection.runAndReadAll(`
    SELECT count(*)::DOUBLE AS flights,
           count(*) FILTER (scheduled < ${CALENDAR.seamMs})::DOUBLE AS historyRows,
           count(*) FILTER (scheduled >= ${CALENDAR.liveFromMs})::DOUBLE AS liveRows,
           count(*) FILTER (scheduled >= ${CALENDAR.liveFromMs} AND scheduled < ${CALENDAR.seamMs})::DOUBLE AS overlapRows,
           count(DISTINCT origin)::DOUBLE AS airports,
           (SELECT count(*) FROM versions)::DOUBLE AS versions
    FROM flights`)
  return reader.getRowObjectsJS()[0] as Pick<
    DemoData,
    'flights' | 'historyRows' | 'liveRows' | 'overlapRows' | 'airports' | 'versions'
  >
}

/** A path as an SQL string literal. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
