/** The data of the demo is what its story says. */

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CALENDAR, demoPaths, FLIGHTS, flightsFile, HOUR_MS } from '../../../src/demo/flights.ts'
import type { DemoData } from '../../../src/demo/make-data.ts'
import { makeDemoData } from '../../../src/demo/make-data.ts'

const paths = demoPaths(mkdtempSync(join(tmpdir(), 'hindcast-data-')))
const source = flightsFile()
const LIVE = `read_csv('${paths.liveFeed}', delim = '\t', quote = '', escape = '', header = false,
  columns = {arrived: 'BIGINT', key: 'VARCHAR', value: 'VARCHAR'})`
const HISTORY = `read_parquet('${paths.history}/*.parquet', filename = true, file_row_number = true)`

let data: DemoData

beforeAll(async () => {
  const result = await makeDemoData({ source, paths, rows: 30_000 })
  expect(result.made).toBe(true)
  data = result.data
})

afterAll(() => {
  rmSync(paths.root, { recursive: true, force: true })
})

/** First row of a query, as numbers. */
async function numbers(sql: string): Promise<Record<string, number>> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const row = (await connection.runAndReadAll(sql)).getRowObjectsJS()[0]!
  connection.closeSync()
  instance.closeSync()
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]))
}

describe('the data of the demo', () => {
  it('is every kept flight once: before the seam in files, from one hour before it in the feed', async () => {
    const found = await numbers(`
      SELECT count(*) AS n, count(DISTINCT flight_id) AS ids, min(scheduled) AS first, max(scheduled) AS last,
             count(*) FILTER (scheduled >= ${CALENDAR.liveFromMs}) AS overlap FROM ${HISTORY}`)
    expect(found).toMatchObject({ n: data.historyRows, ids: data.historyRows, overlap: data.overlapRows })
    expect(found.first).toBeGreaterThanOrEqual(CALENDAR.fromMs)
    expect(found.last).toBeLessThan(CALENDAR.seamMs)
    const live = await numbers(`
      SELECT count(*) AS n, min(CAST(value ->> 'scheduled' AS BIGINT)) AS first, max(CAST(value ->> 'scheduled' AS BIGINT)) AS last
      FROM ${LIVE}`)
    expect(live.n).toBe(data.liveRows)
    expect(live.first).toBeGreaterThanOrEqual(CALENDAR.liveFromMs)
    expect(live.last).toBeLessThan(CALENDAR.untilMs)
    expect(data.flights).toBe(data.historyRows + data.liveRows - data.overlapRows)
    // All flights of the hour before the seam are kept, however few take part otherwise.
    expect(data.overlapRows).toBe(122)
    expect(data.flights).toBeGreaterThan(29_000)
    expect(data.flights).toBeLessThan(31_000)
  })

  it('is out of order in every history file, and the files overlap', async () => {
    const found = await numbers(`
      WITH steps AS (SELECT *, scheduled < lag(scheduled) OVER (PARTITION BY filename ORDER BY file_row_number) AS back FROM ${HISTORY}),
      files AS (SELECT filename, min(scheduled) AS first, max(scheduled) AS last, avg(back::INT) AS back FROM steps GROUP BY ALL)
      SELECT count(*) AS files, min(back) AS back,
        (SELECT count(*) FROM files a JOIN files b ON a.filename < b.filename AND a.first < b.last AND b.first < a.last) AS overlaps,
        (SELECT count(*) FROM (SELECT first < lag(first) OVER (ORDER BY filename) AS back FROM files) WHERE back) AS names
      FROM files`)
    expect(found.files).toBe(8)
    expect(found.back).toBeGreaterThan(0.4)
    expect(found.overlaps).toBeGreaterThanOrEqual(7)
    expect(found.names).toBeGreaterThan(0)
  })

  it('arrives in order of arrival, out of order in event time, within the disorder but for a few', async () => {
    const found = await numbers(`
      WITH feed AS (SELECT *, CAST(value ->> 'scheduled' AS BIGINT) AS scheduled, row_number() OVER () AS place FROM ${LIVE})
      SELECT count(*) FILTER (key <> value ->> 'origin') AS foreignKeys,
        count(*) FILTER (arrived - scheduled NOT BETWEEN 0 AND ${FLIGHTS.disorderMs - 1}) AS stragglers,
        min(arrived - scheduled) AS earliest, max(arrived - scheduled) AS latest,
        (SELECT count(*) FROM (SELECT arrived < lag(arrived) OVER (ORDER BY place) AS back FROM feed) WHERE back) AS unsorted,
        (SELECT count(*) FROM (SELECT scheduled < lag(scheduled) OVER (ORDER BY place) AS back FROM feed) WHERE back) AS disordered
      FROM feed`)
    expect(found).toMatchObject({ foreignKeys: 0, unsorted: 0 })
    expect(found.earliest).toBeGreaterThanOrEqual(0)
    expect(found.stragglers).toBeLessThanOrEqual(5)
    expect(found.latest).toBeLessThan(FLIGHTS.stragglerMsMax)
    expect(found.disordered).toBeGreaterThan(20)
  })

  it('has versions that know nothing of what was not over yet', async () => {
    const found = await numbers(`
      SELECT count(*) AS n, count(DISTINCT (airport, known_at)) AS keys, count(DISTINCT airport) AS airports,
        count(*) FILTER (known_at % ${HOUR_MS} <> 0) AS between,
        count(*) FILTER (flights_so_far <= coalesce(before, 0)) AS shrinking
      FROM (SELECT *, lag(flights_so_far) OVER (PARTITION BY airport ORDER BY known_at) AS before
            FROM read_parquet('${paths.airport}/*.parquet'))`)
    expect(found).toEqual({
      n: data.versions,
      keys: data.versions,
      airports: data.airports,
      between: 0,
      shrinking: 0,
    })
  })

  it('is kept, made anew for other rows, and whole or not there', async () => {
    const before = statSync(paths.liveFeed).mtimeMs
    writeFileSync(join(paths.root, '.making'), 'left by a demo that was killed')
    expect(await makeDemoData({ source, paths, rows: 30_000 })).toEqual({ data, made: false })
    expect(statSync(paths.liveFeed).mtimeMs).toBe(before)
    const other = await makeDemoData({ source, paths, rows: 3000 })
    expect(other.made).toBe(true)
    expect(other.data.flights).toBeLessThan(4000)
    expect(existsSync(join(paths.root, '.making'))).toBe(false)
  })

  it('says what to type where the package is missing', () => {
    // The package is installed here, so only a directory without it can show the error.
    expect(() => flightsFile({ besides: [join(paths.root, 'nowhere', 'index.js')] })).toThrow(
      expect.objectContaining({
        code: 'demo-data-missing',
        advice: expect.stringContaining('npm install --no-save vega-datasets@3.2.1'),
      }),
    )
  })
})
