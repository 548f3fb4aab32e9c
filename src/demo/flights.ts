/**
 * What the demo replays: its calendar, its places on disk and where the real flights come from.
 *
 * The flights are those of the npm package `vega-datasets` (3 M US flights of January to June 2001, from the
 * US Bureau of Transportation Statistics). The package is a development dependency: the demo is the only one
 * that reads it.
 */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

import { HindcastError } from '../errors.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** The demo's calendar, ms since the epoch, UTC. */
export const CALENDAR = {
  /** First flight. */
  fromMs: Date.UTC(2001, 0, 1),
  /** T, the seam: history is before it, live from it on. */
  seamMs: Date.UTC(2001, 5, 1),
  /** The live log starts one hour before the seam, so that both sides can be compared there. */
  liveFromMs: Date.UTC(2001, 5, 1) - HOUR_MS,
  /** The run ends at this event time, while the log still goes on. */
  stopMs: Date.UTC(2001, 5, 30),
  /** The log ends here; the six flights of 1 July in the data set are left out. */
  untilMs: Date.UTC(2001, 6, 1),
} as const

export const FLIGHTS = {
  /** Rows of the data set, the six of 1 July included. */
  rowsMax: 3_000_000,
  partitions: 4,
  /** What the job promises about live; a record of the demo is at most this far out of order … */
  disorderMs: 300_000,
  /** … but for one in so many, which comes much later and must end in `late/`. */
  stragglerEvery: 20_000,
  stragglerMsMin: 20 * 60_000,
  stragglerMsMax: 120 * 60_000,
  /** Live before the seam that is compared with history; the log starts earlier, so that all of it is there. */
  overlapMs: 45 * 60_000,
  /** A feature version older than this is `expired`. */
  maxAgeMs: DAY_MS,
  /** `mean_delay` is over flights that landed in so many hours before the version. */
  meanHours: 3,
} as const

/**
 * When a flight's delay is known, as SQL over `scheduled` (ms), `distance` (miles) and `delay` (minutes): the
 * data set has no landing times, so a flight lands 45 minutes plus a minute per 8 miles plus its delay after
 * its scheduled time.
 */
const LANDED_SQL = 'scheduled + 60000 * (45 + distance // 8 + greatest(delay, 0))'

/**
 * The flights of the data set that take part, as SQL over its file: one of so many, spread over the whole time, and
 * all of the hour before the seam, so that the seam can be proven with few rows too. `flight_id` is the place in
 * the file: no set of the file's own columns tells two flights apart.
 */
export function flightsSql(file: string, oneOf: number): string {
  return `
    SELECT *, ${LANDED_SQL} AS landed FROM (
      SELECT file_row_number + 1 AS flight_id, epoch_ms(date) AS scheduled, delay::INTEGER AS delay,
             distance::INTEGER AS distance, origin, destination
      FROM read_parquet('${file.replaceAll("'", "''")}', file_row_number = true))
    WHERE scheduled < ${CALENDAR.untilMs}
      AND ((flight_id - 1) % ${oneOf} = 0 OR (scheduled >= ${CALENDAR.liveFromMs} AND scheduled < ${CALENDAR.seamMs}))`
}

/** Every path of the demo, absolute. */
export interface DemoPaths {
  readonly root: string
  /** Made once and kept. */
  readonly data: string
  readonly history: string
  readonly airport: string
  /** What will be appended to the log: `arrived TAB key TAB JSON` lines in order of arrival. */
  readonly liveFeed: string
  /** Made anew by every demo. */
  readonly job: string
  readonly log: string
  readonly run: string
  readonly page: string
}

export function demoPaths(directory: string): DemoPaths {
  const root = resolve(directory)
  const data = join(root, 'data')
  return {
    root,
    data,
    history: join(data, 'history'),
    airport: join(data, 'airport'),
    liveFeed: join(data, 'live.tsv'),
    job: join(root, 'job.yaml'),
    log: join(root, 'live', 'flights'),
    run: join(root, 'run'),
    page: join(root, 'report.html'),
  }
}

/**
 * Path of the data set: looked for beside Hindcast and in the working directory. Throws `demo-data-missing` where
 * the package is in neither.
 */
export function flightsFile(places: { readonly besides: readonly string[] } = BESIDES): string {
  for (const place of places.besides) {
    const path = resolveFrom(place)
    if (path !== null && existsSync(path)) return path
  }
  throw new HindcastError(
    'demo-data-missing',
    'the flights of the demo are in the npm package vega-datasets, which is not installed',
    {
      where: { uri: 'node_modules/vega-datasets/data/flights-3m.parquet' },
      advice:
        'In a checkout type `npm ci`; elsewhere `npm install --no-save vega-datasets@3.2.1`; then `hindcast demo` again.',
    },
  )
}

const BESIDES = { besides: [import.meta.url, join(process.cwd(), 'package.json')] }

function resolveFrom(from: string): string | null {
  try {
    // The package exports only its module, so the data file is found relative to that.
    return join(createRequire(from).resolve('vega-datasets'), '..', '..', 'data', 'flights-3m.parquet')
  } catch {
    return null
  }
}
