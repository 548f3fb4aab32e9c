/**
 * The demo's independent check: does what the run wrote agree with the source file, recomputed with plain SQL that
 * shares nothing with Hindcast, nor with the version files that it read?
 *
 * - of all samples: every expected flight is there once (or in `late/`), in order, with counted offsets, and
 *   no version is as new as its flight;
 * - of a few thousand: the version, its values and its status, from the flights that had landed by then.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'

import { wrapError } from '../errors.ts'
import { CALENDAR, DAY_MS, FLIGHTS, flightsSql, HOUR_MS } from './flights.ts'

export interface CheckRequest {
  /** Path of flights-3m.parquet. */
  readonly source: string
  /** One of so many flights takes part in this demo. */
  readonly oneOf: number
  /** The run directory. */
  readonly run: string
  /** Event time up to which every flight is expected, exclusive. */
  readonly untilMs: number
}

/** What was found; all is well when every count but `samples`, `late` and `recomputed` is 0. */
export interface DemoCheck {
  readonly samples: number
  /** Flights in `late/`. */
  readonly late: number
  /** Expected flights that are neither in the samples nor in `late/`. */
  readonly missing: number
  /** Rows of a flight beyond its first, and rows of no expected flight. */
  readonly surplus: number
  /** Samples that are earlier than the one before, or whose offset does not follow. */
  readonly outOfOrder: number
  /** Samples whose feature version is not older than the flight, or that counts flights which had not landed. */
  readonly leaks: number
  readonly recomputed: number
  /** Recomputed samples that differ in version, value or status. */
  readonly differing: number
  /** One that differs, in words; null where none does. */
  readonly example: string | null
}

/** Samples that are recomputed: about so many of each airport, around the seam, and among those without a version. */
const PER_AIRPORT = 10
const NEAR_SEAM = 200
const WITHOUT_VERSION = 500

export function isClean(check: DemoCheck): boolean {
  return check.missing + check.surplus + check.outOfOrder + check.leaks + check.differing === 0
}

/** Throws `output-corrupt` where the samples cannot be read. */
export async function checkDemo(request: CheckRequest): Promise<DemoCheck> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' })
  const connection = await instance.connect()
  try {
    await load(connection, request)
    const whole = await checkAll(connection)
    const some = await recompute(connection)
    return { ...whole, ...some, leaks: whole.leaks + some.leaks }
  } catch (thrown) {
    throw wrapError(thrown, 'output-corrupt', 'the samples of the demo cannot be checked', {
      where: { uri: request.run },
    })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function load(
  connection: DuckDBConnection,
  { source, oneOf, run, untilMs }: CheckRequest,
): Promise<void> {
  await connection.run(`CREATE TABLE flights AS ${flightsSql(source, oneOf)}`)
  await connection.run(`
    CREATE TABLE samples AS
    SELECT flight_id, scheduled, origin, airport__flights_so_far AS so_far, airport__mean_delay AS mean_delay,
           airport__version AS version, airport__status AS status, _partition, _offset
    FROM read_parquet('${quoted(join(run, 'samples'))}/*/*.parquet', hive_partitioning = false)`)
  await connection.run('CREATE TABLE late (flight_id BIGINT)')
  const late = lateFlights(run)
  if (late.length > 0) await connection.run(`INSERT INTO late VALUES ${late.map(id => `(${id})`).join(', ')}`)
  await connection.run(`CREATE VIEW expected AS SELECT flight_id FROM flights WHERE scheduled < ${untilMs}`)
}

/** Flights put aside as late: each line of `late/` holds the event's columns. */
function lateFlights(run: string): readonly number[] {
  const folder = join(run, 'late')
  if (!existsSync(folder)) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.jsonl'),
  )
  const lines = files.flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
  return lines.flatMap(line => {
    const id = /"flight_id":"?(\d+)/.exec(line)?.[1]
    return id === undefined ? [] : [Number(id)]
  })
}

async function checkAll(connection: DuckDBConnection) {
  const counted = await first<
    Pick<DemoCheck, 'samples' | 'late' | 'missing' | 'outOfOrder' | 'leaks'> & { expected: number }
  >(
    connection,
    `SELECT
      (SELECT count(*) FROM samples)::DOUBLE AS samples,
      (SELECT count(*) FROM late)::DOUBLE AS late,
      (SELECT count(*) FROM expected)::DOUBLE AS expected,
      (SELECT count(*) FROM expected ANTI JOIN (FROM (SELECT flight_id FROM samples) UNION ALL FROM late) AS found
         USING (flight_id))::DOUBLE AS missing,
      (SELECT count(*) FROM (
         SELECT scheduled < lag(scheduled) OVER place OR _offset <> row_number() OVER place - 1 AS wrong
         FROM samples WINDOW place AS (PARTITION BY _partition ORDER BY _offset)) WHERE wrong)::DOUBLE AS outOfOrder,
      (SELECT count(*) FROM samples WHERE version >= scheduled)::DOUBLE AS leaks`,
  )
  const { expected, ...rest } = counted
  // What was found beyond one row for each expected flight that was found at all: doubled, or of no expected flight.
  return { ...rest, surplus: counted.samples + counted.late - (expected - counted.missing) }
}

/** The naive twin: for each chosen sample, all flights of its airport that had landed by then, one by one. */
async function recompute(connection: DuckDBConnection) {
  const choose = (where: string, rows: number): string =>
    `(SELECT * FROM samples WHERE ${where} ORDER BY hash(flight_id), flight_id LIMIT ${rows})`
  await connection.run(`
    CREATE TABLE chosen AS SELECT DISTINCT * FROM (
      SELECT samples.* FROM samples JOIN (SELECT origin, count(*) AS flights FROM samples GROUP BY ALL) USING (origin)
      WHERE hash(flight_id) % greatest(1, flights // ${PER_AIRPORT})::UBIGINT = 0
      UNION ALL ${choose(`abs(scheduled - ${CALENDAR.seamMs}) < ${DAY_MS}`, NEAR_SEAM)}
      UNION ALL ${choose("status <> 'hit'", WITHOUT_VERSION)})`)
  await connection.run(`
    CREATE TABLE newest AS
    SELECT c.flight_id, max((f.landed // ${HOUR_MS} + 1) * ${HOUR_MS}) AS version
    FROM chosen c JOIN flights f ON f.origin = c.origin AND (f.landed // ${HOUR_MS} + 1) * ${HOUR_MS} < c.scheduled
    GROUP BY ALL`)
  await connection.run(`
    CREATE TABLE truth AS
    SELECT c.flight_id, n.version, count(*) AS so_far,
           avg(f.delay) FILTER (f.landed >= n.version - ${FLIGHTS.meanHours * HOUR_MS}) AS mean_delay
    FROM chosen c JOIN newest n USING (flight_id) JOIN flights f ON f.origin = c.origin AND f.landed < n.version
    GROUP BY ALL`)
  await connection.run(`
    CREATE TABLE compared AS
    SELECT *, NOT (status = status_true
                   AND version IS NOT DISTINCT FROM version_true
                   AND so_far IS NOT DISTINCT FROM so_far_true
                   AND coalesce(abs(mean_delay - mean_delay_true) < 1e-9, mean_delay IS NULL AND mean_delay_true IS NULL)) AS differs
    FROM (
      SELECT *, if(status_true = 'hit', version_known, NULL) AS version_true,
             if(status_true = 'hit', so_far_known, NULL) AS so_far_true,
             if(status_true = 'hit', mean_delay_known, NULL) AS mean_delay_true
      FROM (
        SELECT c.*, t.version AS version_known, coalesce(t.so_far, 0) AS so_far_known, t.mean_delay AS mean_delay_known,
               CASE WHEN t.version IS NULL THEN 'absent'
                    WHEN c.scheduled - t.version > ${FLIGHTS.maxAgeMs} THEN 'expired' ELSE 'hit' END AS status_true
        FROM chosen c LEFT JOIN truth t USING (flight_id)))`)
  return first<Pick<DemoCheck, 'leaks' | 'recomputed' | 'differing' | 'example'>>(
    connection,
    `SELECT count(*)::DOUBLE AS recomputed,
       count(*) FILTER (differs)::DOUBLE AS differing,
       count(*) FILTER (so_far > so_far_known)::DOUBLE AS leaks,
       min(format('flight {}: {} of version {} with {} flights, expected {} of version {} with {}', flight_id, status,
                  coalesce(version, 0), coalesce(so_far, 0), status_true, coalesce(version_true, 0), coalesce(so_far_true, 0)))
         FILTER (differs) AS example
     FROM compared`,
  )
}

async function first<T>(connection: DuckDBConnection, sql: string): Promise<T> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRowObjectsJS()[0] as T
}

function quoted(text: string): string {
  return text.replaceAll("'", "''")
}
