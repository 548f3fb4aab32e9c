/** The demo's job file, as a user would have written it: commented YAML with paths relative to itself. */

import { relative } from 'node:path'

import { durationText } from '../job/index.ts'
import type { DemoPaths } from './flights.ts'
import { CALENDAR, FLIGHTS } from './flights.ts'

/** How the job file begins; also says that a directory is the demo's own. */
export const DEMO_MARK = '# Made by `hindcast demo`, anew each time.'

export interface DemoJobOptions {
  /** Leaves out the live side and the seam. */
  readonly historyOnly: boolean
}

/** Text of `job.yaml`. */
export function demoJobText(paths: DemoPaths, { historyOnly }: DemoJobOptions): string {
  const from = (path: string): string => relative(paths.root, path).replaceAll('\\', '/')
  return `${DEMO_MARK} Try it by hand:
#   hindcast plan ${from(paths.job)}
#   hindcast run ${from(paths.job)} --run another-run
name: flight-samples
samples: flights # every flight becomes a sample
streams:
  flights:
    key: [origin] # decides the partition, as Kafka's Java client would
    time: { column: scheduled, unit: ms }
    partitions: ${FLIGHTS.partitions}
    disorder: ${durationText(FLIGHTS.disorderMs)} # how far out of order live may be; history may be in any order
    identity: [flight_id] # what makes two records the same flight: the seam is proven with it
    late: side
    history:
      files: ${from(paths.history)}/*.parquet
${historyOnly ? '' : liveText(from(paths.log))}features:
  airport: # what an hourly job knew of the airport by then
    from:
      files: ${from(paths.airport)}/*.parquet
      key: airport
      time: { column: known_at, unit: ms }
      columns: [flights_so_far, mean_delay]
    on: [origin]
    boundary: exclusive # a version is used for events after it, never at its own moment
    maxAge: ${durationText(FLIGHTS.maxAgeMs)}
output: { directory: ${from(paths.run)}, format: parquet, slice: 1d }
limits: { memory: 1GiB, lanes: 2 }
`
}

function liveText(log: string): string {
  const seam = isoText(CALENDAR.seamMs)
  return `    live:
      log: ${log}
      stop: ${isoText(CALENDAR.stopMs)} # the log goes on; this run ends here
    seam: { by: time, at: ${seam}, overlap: ${durationText(FLIGHTS.overlapMs)} }
`
}

function isoText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
