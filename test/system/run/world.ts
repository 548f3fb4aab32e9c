/**
 * A small world for system tests: history in disordered files with some bad rows, a live log that overlaps it, feature
 * versions, and a job over them; with the truth kept as plain arrays.
 *
 *     history  [start ………………… T)          files of several row groups, rows shuffled, ties on purpose
 *     live               [T − 1 h ………… end)   out of order by less than the disorder, some late on purpose
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { partitionOfKey } from '../../../src/core/order/index.ts'
import type { LogWriter } from '../../../src/live/index.ts'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { seededRandom } from './seeded-random.ts'

export interface WorldEvent {
  readonly id: number
  readonly key: string
  readonly timeMs: number
  readonly value: number
}

export interface World {
  readonly directory: string
  readonly jobFile: string
  /** Good events of history in file order, and of live in offset order a partition. */
  readonly history: readonly WorldEvent[]
  readonly live: readonly (readonly WorldEvent[])[]
  readonly badRows: number
  readonly seamMs: number
  /** Live events in the order in which they are appended; the first `appended.rows` are in the log. */
  readonly arrival: readonly WorldEvent[]
  readonly appended: { rows: number }
}

/** Keys of the job file that are not as in the world's own job. */
export interface JobChanges {
  readonly stream?: Readonly<Record<string, unknown>>
  readonly live?: Readonly<Record<string, unknown>>
  readonly seam?: Readonly<Record<string, unknown>>
  readonly output?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, unknown>>
  /** Streams beside `events`, and features instead of the world's. */
  readonly streams?: Readonly<Record<string, unknown>>
  readonly features?: Readonly<Record<string, unknown>>
}

export interface WorldOptions {
  readonly seed: number
  readonly historyRows: number
  readonly liveRows: number
  readonly job?: JobChanges
  /** Live events that come up to two hours behind their time, of `liveRows`. Default 0. */
  readonly lateRows?: number
  /** How much of live is in the log at the start, 0…1; the rest comes with `appendUntil`. Default 1. */
  readonly liveShare?: number
  readonly segmentBytes?: number
  /** History files follow one another, so that lanes read spans of them; else they overlap widely. Default false. */
  readonly filesFollow?: boolean
}

export const PARTITIONS = 4
export const HOUR = 3_600_000
export const START = Date.UTC(2024, 0, 1)
export const DISORDER = 300_000

export async function makeWorld(directory: string, options: WorldOptions): Promise<World> {
  const random = seededRandom(options.seed)
  const seamMs = START + 72 * HOUR
  const history = makeEvents(random, options.historyRows, START, seamMs, 1)
  const badRows = await writeHistory(directory, history, random, options.filesFollow === true)
  const overlap = history.filter(event => event.timeMs >= seamMs - HOUR)
  const fresh = makeEvents(random, options.liveRows, seamMs, seamMs + 24 * HOUR, 1_000_000)
  const arrival = arrivalOf([...overlap, ...fresh], fresh[0]!.id + (options.lateRows ?? 0), random)
  createLog(join(directory, 'log'), {
    partitions: PARTITIONS,
    key: ['k'],
    ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
  })
  await writeVersions(directory, random)
  const live = Array.from({ length: PARTITIONS }, (_, p) => arrival.filter(event => partitionOf(event) === p))
  const jobFile = join(directory, 'job.yaml')
  const world = { directory, jobFile, history, live, badRows, seamMs, arrival, appended: { rows: 0 } }
  writeJob(world, 'job.yaml', options.job)
  await appendUntil(world, options.liveShare ?? 1)
  return world
}

function makeEvents(
  random: () => number,
  rows: number,
  fromMs: number,
  untilMs: number,
  firstId: number,
): WorldEvent[] {
  return Array.from({ length: rows }, (_, i) => ({
    id: firstId + i,
    key: `k${Math.floor(random() * 50)}`,
    timeMs: fromMs + 1000 * Math.floor((random() * (untilMs - fromMs)) / 1000),
    value: Math.round(random() * 1000) / 8,
  }))
}

/** Four files of overlapping time, each shuffled within blocks; the last one has rows without a time. */
async function writeHistory(
  directory: string,
  events: WorldEvent[],
  random: () => number,
  filesFollow: boolean,
): Promise<number> {
  const files: (WorldEvent | null)[][] = [[], [], [], []]
  for (const event of events.toSorted((a, b) => a.timeMs - b.timeMs + (random() - 0.5) * HOUR)) {
    const spread = filesFollow ? 0.02 : 1.3
    const file = ((event.timeMs - START) / (72 * HOUR)) * (filesFollow ? 4 : 3) + random() * spread
    files[Math.min(3, Math.floor(file))]!.push(event)
  }
  events.splice(0, events.length, ...files.flat().filter(event => event !== null))
  const bad = 3
  for (let i = 0; i < bad; i++) files[3]!.push(null)
  for (const [f, rows] of files.entries()) {
    const lines = rows.map(event =>
      event === null
        ? { id: -1, k: 'bad', t: null, v: 0 }
        : { id: event.id, k: event.key, t: event.timeMs, v: event.value },
    )
    await copyToParquet(
      directory,
      `history/f${f}`,
      lines,
      `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`,
      4096,
    )
  }
  return bad
}

export async function copyToParquet(
  directory: string,
  name: string,
  rows: readonly object[],
  columns: string,
  rowGroup: number,
): Promise<void> {
  mkdirSync(dirname(join(directory, name)), { recursive: true })
  const jsonl = join(directory, 'rows.jsonl')
  writeFileSync(jsonl, rows.map(row => JSON.stringify(row)).join('\n'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT * FROM read_json('${jsonl}', format = 'newline_delimited', columns = ${columns})) TO '${join(directory, name)}.parquet' (ROW_GROUP_SIZE ${rowGroup})`,
  )
  connection.closeSync()
  instance.closeSync()
}

/** An order that is off by less than the disorder; fresh events with an id below `lateEnd` come far behind theirs. */
function arrivalOf(events: readonly WorldEvent[], lateEnd: number, random: () => number): WorldEvent[] {
  const delay = (event: WorldEvent): number =>
    event.id >= 1_000_000 && event.id < lateEnd ? 2 * HOUR * random() : random() * (DISORDER - 1)
  return events
    .map(event => ({ event, at: event.timeMs + delay(event) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event)
}

/** Appends what is missing of the first `share` of live. */
export async function appendUntil(world: World, share: number): Promise<void> {
  const rows = Math.round(share * world.arrival.length)
  const writer = await openLogWriter(join(world.directory, 'log'))
  try {
    await appendEvents(writer, world.arrival.slice(world.appended.rows, rows))
  } finally {
    await writer.close()
  }
  world.appended.rows = rows
}

/** Appends events to the partitions of their keys, in order. */
export async function appendEvents(writer: LogWriter, events: readonly WorldEvent[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const rows = events.filter(event => partitionOf(event) === partition)
    for (let i = 0; i < rows.length; i += 500) {
      await writer.appendTo(partition, rows.slice(i, i + 500).map(recordOf))
    }
  }
}

/** The record's timestamp is the event's time. */
export function recordOf(event: WorldEvent): { key: Buffer; value: Buffer; timestampMs: number } {
  const value = JSON.stringify({ id: event.id, k: event.key, t: event.timeMs, v: event.value })
  return { key: Buffer.from(event.key), value: Buffer.from(value), timestampMs: event.timeMs }
}

export function partitionOf(event: Pick<WorldEvent, 'key'>): number {
  return partitionOfKey(Buffer.from(event.key), 'murmur2', PARTITIONS)
}

/** Versions of each key every two hours or so: `n` counts them. */
async function writeVersions(directory: string, random: () => number): Promise<void> {
  const rows = Array.from({ length: 48 * 45 }, (_, i) => ({
    key: `k${i % 45}`,
    known: START + Math.floor((random() * 96 * HOUR) / 60_000) * 60_000,
    n: i,
    share: random(),
  }))
  await copyToParquet(
    directory,
    'features/k',
    rows,
    `{key: 'VARCHAR', known: 'BIGINT', n: 'BIGINT', share: 'DOUBLE'}`,
    2048,
  )
}

/** Writes a job over the world (as JSON, which is YAML too) and returns its path. */
export function writeJob(
  world: Pick<World, 'directory' | 'seamMs'>,
  name: string,
  changes: JobChanges = {},
): string {
  const seam = { by: 'time', at: new Date(world.seamMs).toISOString(), overlap: '1h', ...changes.seam }
  const events = {
    key: ['k'],
    time: { column: 't', unit: 'ms' },
    partitions: PARTITIONS,
    disorder: '5m',
    identity: ['id'],
    history: { files: 'history/*.parquet' },
    live: { log: 'log', stop: 'caught-up', ...changes.live },
    seam,
    ...changes.stream,
  }
  const stats = {
    from: {
      files: 'features/*.parquet',
      key: 'key',
      time: { column: 'known', unit: 'ms' },
      columns: ['n', 'share'],
    },
    on: ['k'],
    maxAge: '12h',
  }
  const job = {
    name: 'world',
    samples: 'events',
    streams: { events, ...changes.streams },
    features: changes.features ?? { stats },
    output: { directory: 'out', format: 'parquet', slice: '6h', ...changes.output },
    ...(changes.limits === undefined ? {} : { limits: changes.limits }),
  }
  const path = join(world.directory, name)
  writeFileSync(path, JSON.stringify(job, null, 2))
  return path
}
