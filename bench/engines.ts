/**
 * The engines that people would otherwise take for this job, Spark and Flink, beside Hindcast on the same events. They
 * run only when asked for: each installs hundreds of megabytes first, and takes minutes.
 *
 * What counts here is not only time: a temporal join behind a watermark gives late events no features and says nothing.
 * So each engine's samples are counted: how many there are, and how many lack the version that was there.
 */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { ensureData } from './data/make.ts'
import type { DataPlaces, DataShape } from './data/shape.ts'
import { differences } from './harness/compare.ts'
import { measure } from './harness/measure.ts'
import { problemOf } from './harness/problem.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { gigabytes, markdownTable } from './harness/table.ts'
import { flink, flinkSamples } from './peers/flink.ts'
import { hindcastTwoLanes } from './peers/hindcast.ts'
import type { Peer, PeerContext } from './peers/peer.ts'
import { spark } from './peers/spark.ts'

export const ENGINES = ['spark', 'flink'] as const
export type EngineName = (typeof ENGINES)[number]

const PEERS: Readonly<Record<EngineName, Peer>> = { spark, flink }
/** Flink is slow enough for one size; a number of events on the command line counts for both. */
const EVENTS: Readonly<Record<EngineName, readonly number[]>> = {
  spark: [1_000_000, 5_000_000],
  flink: [1_000_000],
}

/** What became of the samples. */
export interface Counts {
  readonly samples: number
  /** Samples without a version. */
  readonly bare: number
}

interface Line {
  readonly peer: Peer
  readonly events: number
  readonly seconds: number
  /** Of that: until the engine was up; null where it was not told. */
  readonly startSeconds: number | null
  readonly peakBytes: number
  readonly counts: Counts
}

export async function benchEngines(
  options: BenchOptions,
  names: readonly EngineName[],
  events: number | null,
): Promise<BenchReport> {
  const lines: { line: Line; expected: Counts }[] = []
  const notes: string[] = []
  let ok = true
  const sizes = [...new Set(names.flatMap(name => (events === null ? EVENTS[name] : [events])))].toSorted(
    (a, b) => a - b,
  )
  for (const size of sizes) {
    const peers = names
      .filter(name => events !== null || EVENTS[name].includes(size))
      .map(name => PEERS[name])
    const shape = shapeOf(options.shape, size)
    const places = await ensureData(options.cache, shape, options.say)
    const expected = await expectedCounts(places)
    for (const peer of [hindcastTwoLanes, ...peers]) {
      const result = await runPeer(peer, places, options)
      if (typeof result === 'string') {
        notes.push(`${peer.name}: ${result}`)
        ok = false
      } else lines.push({ line: { ...result, events: size }, expected })
    }
    if (peers.includes(spark) && lines.some(({ line }) => line.peer === spark && line.events === size)) {
      const found = await differences(outputOf(spark, options), [outputOf(hindcastTwoLanes, options)])
      notes.push(...found)
      ok &&= found.length === 0
      if (found.length === 0) notes.push(`${size} events: Spark and Hindcast are equal in rows and order.`)
    }
    if (!options.keep) rmSync(join(options.cache, 'engines'), { recursive: true, force: true })
  }
  return {
    title: 'Engines: order, as-of join and samples on disk, 2 cores',
    text: [tableOf(lines), ...notes.map(text => `- ${text}`)].join('\n\n'),
    ok,
  }
}

function tableOf(lines: readonly { line: Line; expected: Counts }[]): string {
  const header = ['', 'events', 'seconds', 'of that: start', 'peak RSS', 'samples', 'features lost', 'how']
  const rows = lines.map(({ line, expected }) => [
    line.peer.name,
    String(line.events),
    line.seconds.toFixed(1),
    line.startSeconds === null ? '–' : line.startSeconds.toFixed(1),
    gigabytes(line.peakBytes),
    String(line.counts.samples),
    lostShare(line.counts, expected),
    line.peer.note,
  ])
  return markdownTable(header, rows)
}

/** Of the samples that have a version to find, the share that came back without, or did not come back. */
export function lostShare(counts: Counts, expected: Counts): string {
  const found = counts.samples - counts.bare
  const there = expected.samples - expected.bare
  return there === 0 ? '–' : `${((100 * (there - found)) / there).toFixed(1)} %`
}

/** Keys and versions in proportion to the events, as in the other benchmarks. */
function shapeOf(shape: DataShape, events: number): DataShape {
  return { ...shape, events, keys: Math.round((shape.keys * events) / shape.events) }
}

/** Runs a peer once; a text says what went wrong. */
async function runPeer(
  peer: Peer,
  places: DataPlaces,
  options: BenchOptions,
): Promise<Omit<Line, 'events'> | string> {
  const context: PeerContext = {
    places,
    cache: options.cache,
    output: outputOf(peer, options).directory,
    say: options.say,
  }
  const problem = await peer.prepare(context)
  if (problem !== null) return `skipped, ${problem}`
  rmSync(context.output, { recursive: true, force: true })
  mkdirSync(context.output, { recursive: true })
  options.say(`${peer.name} …`)
  const run = await measure(peer.command(context))
  if (run.code !== 0) {
    return `failed with exit code ${run.code}: ${problemOf(run.stderr)}`
  }
  const counts = await countSamples(peer, context.output)
  const { seconds, peakBytes } = run
  return { peer, seconds, startSeconds: startSecondsOf(run.stdout), peakBytes, counts }
}

function outputOf(peer: Peer, options: BenchOptions) {
  const directory = join(options.cache, 'engines', peer.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'))
  return { name: peer.name, directory, partitioned: peer.partitioned }
}

function startSecondsOf(stdout: string): number | null {
  const line = stdout.split('\n').find(text => text.startsWith('{"startSeconds"'))
  return line === undefined ? null : (JSON.parse(line) as { startSeconds: number }).startSeconds
}

function countSamples(peer: Peer, output: string): Promise<Counts> {
  if (peer === flink) {
    // Without a header: the version's time is the last of 20 columns.
    const files = join(flinkSamples(output), '*')
    return count(`read_csv('${files}', header = false, all_varchar = true, nullstr = '')`, 'column19')
  }
  if (peer.partitioned) {
    const files = join(output, 'run/samples/*/*.parquet')
    return count(`read_parquet('${files}', hive_partitioning = false)`, 'user__version')
  }
  return count(`read_parquet('${join(output, 'samples.parquet/*.parquet')}')`, 'known_at')
}

/** What there is to find: an event has a version if its user's first one is older. */
function expectedCounts(places: DataPlaces): Promise<Counts> {
  const events = places.events.map(path => `'${path}'`).join(', ')
  return count(
    `(SELECT e.event_time, CASE WHEN v.first_at < e.event_time THEN 1 END AS found
      FROM read_parquet([${events}]) e
      LEFT JOIN (SELECT user_id, min(known_at) AS first_at FROM read_parquet('${places.versions}') GROUP BY user_id) v
      USING (user_id))`,
    'found',
  )
}

async function count(source: string, column: string): Promise<Counts> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(
      `SELECT count(*), count(*) FILTER (WHERE ${column} IS NULL) FROM ${source}`,
    )
    const [samples, bare] = reader.getRows()[0]!.map(Number)
    return { samples: samples!, bare: bare! }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
