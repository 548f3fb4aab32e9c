/**
 * A second stream beside the events of a world, with a log of its own and, if wanted, a history and a seam: it gives
 * no samples, and gates those of the world by its watermark.
 */

import { join } from 'node:path'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { seededRandom } from './seeded-random.ts'
import type { World, WorldEvent } from './world.ts'
import { appendEvents, copyToParquet, DISORDER, HOUR, PARTITIONS } from './world.ts'

export interface OtherStream {
  readonly name: string
  /** Live events in the order in which they are appended. */
  readonly arrival: readonly WorldEvent[]
  readonly log: string
  appended: number
  /** Its entry of `streams:`. */
  readonly job: Readonly<Record<string, unknown>>
}

export interface OtherOptions {
  readonly seed: number
  readonly rows: number
  /** Has history before this many hours behind the world's seam, and a seam there; without it live is all. */
  readonly seamHours?: number
  readonly live?: Readonly<Record<string, unknown>>
}

/** Events from an hour before the world's seam to a day behind it; with a history from two days before. */
export async function makeOther(world: World, name: string, options: OtherOptions): Promise<OtherStream> {
  const random = seededRandom(options.seed)
  const seamMs = world.seamMs + (options.seamHours ?? 0) * HOUR
  const firstMs = world.seamMs - (options.seamHours === undefined ? 1 : 48) * HOUR
  const untilMs = world.seamMs + 24 * HOUR
  const events = Array.from({ length: options.rows }, (_, i) => ({
    id: 5_000_000 + i,
    key: `k${Math.floor(random() * 50)}`,
    timeMs: firstMs + Math.floor(random() * (untilMs - firstMs)),
    value: i,
  }))
  const log = join(world.directory, name)
  createLog(log, { partitions: PARTITIONS, key: ['k'] })
  const liveFromMs = options.seamHours === undefined ? firstMs : seamMs - HOUR
  const arrival = events
    .filter(event => event.timeMs >= liveFromMs)
    .map(event => ({ event, at: event.timeMs + random() * (DISORDER - 1) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event)
  const base = { key: ['k'], time: { column: 't', unit: 'ms' }, partitions: PARTITIONS, disorder: '5m' }
  const live = { log: name, stop: 'caught-up', ...options.live }
  if (options.seamHours === undefined) {
    const columns = { id: 'int64', k: 'utf8', t: 'int64' }
    return { name, arrival, log, appended: 0, job: { ...base, columns, live } }
  }
  await writeHistory(
    world.directory,
    name,
    events.filter(event => event.timeMs < seamMs),
  )
  const seam = { by: 'time', at: new Date(seamMs).toISOString(), overlap: '1h' }
  const history = { files: `${name}-history/*.parquet` }
  return { name, arrival, log, appended: 0, job: { ...base, identity: ['id'], history, live, seam } }
}

async function writeHistory(directory: string, name: string, events: readonly WorldEvent[]): Promise<void> {
  const rows = events.map(event => ({ id: event.id, k: event.key, t: event.timeMs }))
  const half = Math.floor(rows.length / 2)
  for (const [f, part] of [rows.slice(0, half), rows.slice(half)].entries()) {
    const columns = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT'}`
    await copyToParquet(directory, `${name}-history/f${f}`, part, columns, 2048)
  }
}

/** Appends what comes before this many hours behind the world's seam, as far as it is not in the log yet. */
export async function appendOther(world: World, other: OtherStream, untilHours: number): Promise<void> {
  const end = other.arrival.findIndex(event => event.timeMs >= world.seamMs + untilHours * HOUR)
  const rows = end < 0 ? other.arrival.length : end
  const writer = await openLogWriter(other.log)
  try {
    await appendEvents(writer, other.arrival.slice(other.appended, rows))
  } finally {
    await writer.close()
  }
  other.appended = Math.max(other.appended, rows)
}
