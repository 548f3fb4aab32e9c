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
}

export interface WorldOptions {
  readonly seed: number
  readonly historyRows: number
  readonly liveRows: number
  /** Appended to the job file. */
  readonly more?: string
}

export const PARTITIONS = 4
const HOUR = 3_600_000
const START = Date.UTC(2024, 0, 1)
const DISORDER = 300_000

export async function makeWorld(directory: string, options: WorldOptions): Promise<World> {
  const random = seededRandom(options.seed)
  const seamMs = START + 72 * HOUR
  const history = makeEvents(random, options.historyRows, START, seamMs, 1)
  const badRows = await writeHistory(directory, history, random)
  const overlap = history.filter(event => event.timeMs >= seamMs - HOUR)
  const fresh = makeEvents(random, options.liveRows, seamMs, seamMs + 24 * HOUR, 1_000_000)
  const live = await writeLive(join(directory, 'log'), [...overlap, ...fresh], random)
  await writeVersions(directory, random)
  const jobFile = join(directory, 'job.yaml')
  writeFileSync(jobFile, jobText(seamMs, options.more ?? ''))
  return { directory, jobFile, history, live, badRows, seamMs }
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

/** Four files of overlapping time, each shuffled within blocks; every 1000th row of the last one has no time. */
async function writeHistory(directory: string, events: WorldEvent[], random: () => number): Promise<number> {

  const files: (WorldEvent | null)[][] = [[], [], [], []]
  for (const event of events.toSorted((a, b) => a.timeMs - b.timeMs + (random() - 0.5) * HOUR)) {
    files[Math.min(3, Math.floor(((event.timeMs - START) / (72 * HOUR)) * 3 + random() * 1.3))]!.push(event)
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

/** Appends in an order that is off by less than the disorder; ids tell partitions apart by the key's hash. */
async function writeLive(
  directory: string,
  events: readonly WorldEvent[],
  random: () => number,
): Promise<WorldEvent[][]> {
  createLog(directory, { partitions: PARTITIONS, key: ['k'] })
  const arrival = events
    .map(event => ({ event, at: event.timeMs + random() * (DISORDER - 1) }))
    .toSorted((a, b) => a.at - b.at)
  const partitions: WorldEvent[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const { event } of arrival) partitions[partitionOf(event)]!.push(event)
  const writer = await openLogWriter(directory)
  for (const [partition, rows] of partitions.entries()) {
    for (let i = 0; i < rows.length; i += 500) {
      await writer.appendTo(
        partition,
        rows.slice(i, i + 500).map(event => ({
          key: Buffer.from(event.key),
          value: Buffer.from(JSON.stringify({ id: event.id, k: event.key, t: event.timeMs, v: event.value })),
          timestampMs: event.timeMs,
        })),
      )
    }
  }
  await writer.close()
  return partitions
}

export function partitionOf(event: WorldEvent): number {
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

function jobText(seamMs: number, more: string): string {
  return `name: world
streams:
  events:
    key: [k]
    time: { column: t, unit: ms }
    partitions: ${PARTITIONS}
    disorder: 5m
    identity: [id]
    history: { files: history/*.parquet }
    live: { log: log, stop: caught-up }
    seam: { by: time, at: ${new Date(seamMs).toISOString()}, overlap: 1h }
features:
  stats:
    from: { files: features/*.parquet, key: key, time: { column: known, unit: ms }, columns: [n, share] }
    on: [k]
    maxAge: 12h
output: { directory: out, format: parquet, slice: 6h }
${more}`
}
