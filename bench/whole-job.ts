/**
 * The whole job, history to samples on disk: Hindcast and every peer in turn, round by round, each a process of
 * its own. Results must be equal; the table gives medians, ratios against the fastest form of Hindcast, and memory.
 */

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureData } from './data/make.ts'
import type { DataPlaces } from './data/shape.ts'
import type { Output } from './harness/compare.ts'
import { differences } from './harness/compare.ts'
import type { Measured } from './harness/measure.ts'
import { measure, median } from './harness/measure.ts'
import { problemOf } from './harness/problem.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { gigabytes, markdownTable, millions } from './harness/table.ts'
import { duckdbSql } from './peers/duckdb-sql.ts'
import { hindcastOneLane, hindcastTwoLanes } from './peers/hindcast.ts'
import type { Peer, PeerContext } from './peers/peer.ts'
import { plain } from './peers/plain.ts'
import { polarsInMemory, polarsStreaming } from './peers/polars.ts'

const PEERS: readonly Peer[] = [
  hindcastTwoLanes,
  hindcastOneLane,
  duckdbSql,
  polarsInMemory,
  polarsStreaming,
  plain,
]
/** Whatever the unpartitioned peers agree with. */
const REFERENCE = duckdbSql

interface Entry {
  readonly peer: Peer
  readonly runs: Measured[]
  /** Why it is not in the table. */
  skipped: string | null
}

export async function benchWhole(options: BenchOptions): Promise<BenchReport> {
  const places = await ensureData(options.cache, options.shape, options.say)
  const entries = PEERS.filter(peer => wanted(peer, options)).map(
    (peer): Entry => ({ peer, runs: [], skipped: null }),
  )
  for (const entry of entries)
    entry.skipped = await entry.peer.prepare(contextOf(entry.peer, places, options))
  for (let round = 0; round < options.rounds; round++) {
    for (const entry of entries) if (entry.skipped === null) await runOnce(entry, places, options, round)
    if (round === 0) dropSlowerTwin(entries, options)
  }
  const found = await compare(entries, options)
  if (!options.keep) rmSync(resultsOf(options), { recursive: true, force: true })
  const skipped = entries
    .filter(entry => entry.skipped !== null)
    .map(entry => `- ${entry.peer.name}: skipped, ${entry.skipped}`)
  const failed = entries.some(entry => entry.skipped?.startsWith('failed'))
  const equal =
    found.length === 0
      ? 'Results are equal: rows, every column, and order.'
      : `**Results differ:**\n${found.map(text => `- ${text}`).join('\n')}`
  return {
    title: `Whole job: ${options.shape.events} events × 15 columns, ${options.shape.keys * options.shape.versionsPerKey} versions`,
    text: [tableOf(entries, options), equal, ...skipped].join('\n\n'),
    ok: found.length === 0 && !failed,
  }
}

function wanted(peer: Peer, options: BenchOptions): boolean {
  return (
    options.peers.length === 0 ||
    options.peers.some(text => peer.name.toLowerCase().includes(text.toLowerCase()))
  )
}

async function runOnce(
  entry: Entry,
  places: DataPlaces,
  options: BenchOptions,
  round: number,
): Promise<void> {
  const context = contextOf(entry.peer, places, options)
  rmSync(context.output, { recursive: true, force: true })
  mkdirSync(context.output, { recursive: true })
  warm(places)
  const run = await measure(entry.peer.command(context))
  options.say(
    `${entry.peer.name} (${entry.peer.note}), round ${round + 1}: ${run.seconds.toFixed(2)} s, ${gigabytes(run.peakBytes)}`,
  )
  if (run.code === 0) entry.runs.push(run)
  else entry.skipped = `failed with exit code ${run.code}: ${problemOf(run.stderr)}`
}

/** Of two forms of a peer only the faster is shown, so that nobody is beaten in the form that suits it least. */
function dropSlowerTwin(entries: readonly Entry[], options: BenchOptions): void {
  for (const entry of entries) {
    const twin = entries.find(other => other !== entry && other.peer.name === entry.peer.name)
    if (twin === undefined || entry.skipped !== null || twin.skipped !== null) continue
    if (entry.runs[0]!.seconds > twin.runs[0]!.seconds) {
      entry.skipped = `${entry.peer.note}: slower than its twin`
      options.say(`${entry.peer.name}: the faster form is ${twin.peer.note}`)
    }
  }
}

async function compare(entries: readonly Entry[], options: BenchOptions): Promise<string[]> {
  const ran = entries.filter(entry => entry.runs.length > 0)
  const reference = ran.find(entry => entry.peer === REFERENCE) ?? ran.find(entry => !entry.peer.partitioned)
  if (reference === undefined) return []
  options.say('comparing results …')
  const outputOf = ({ peer }: Entry): Output => ({
    name: peer.name,
    directory: directoryOf(peer, options),
    partitioned: peer.partitioned,
  })
  return differences(outputOf(reference), ran.filter(entry => entry !== reference).map(outputOf))
}

function tableOf(entries: readonly Entry[], options: BenchOptions): string {
  const shown = entries.filter(entry => entry.skipped === null && entry.runs.length > 0)
  const ours = shown.find(entry => entry.peer.partitioned)
  const base = ours === undefined ? Number.NaN : median(ours.runs.map(run => run.seconds))
  const rows = shown.map(({ peer, runs }) => {
    const seconds = median(runs.map(run => run.seconds))
    const range =
      runs.length > 1
        ? ` (${Math.min(...runs.map(run => run.seconds)).toFixed(2)}–${Math.max(...runs.map(run => run.seconds)).toFixed(2)})`
        : ''
    return [
      peer.name,
      `${seconds.toFixed(2)}${range}`,
      millions(options.shape.events / seconds),
      median(runs.map(run => run.cpuSeconds)).toFixed(1),
      gigabytes(Math.max(...runs.map(run => run.peakBytes))),
      Number.isNaN(base) ? '–' : `${(seconds / base).toFixed(2)}×`,
      peer.note,
    ]
  })
  return markdownTable(['', 'seconds', 'M rows/s', 'CPU s', 'peak RSS', 'time ÷ Hindcast', 'how'], rows)
}

function contextOf(peer: Peer, places: DataPlaces, options: BenchOptions): PeerContext {
  return { places, cache: options.cache, output: directoryOf(peer, options), say: options.say }
}

function resultsOf(options: BenchOptions): string {
  return join(options.cache, 'results')
}

function directoryOf(peer: Peer, options: BenchOptions): string {
  const form = PEERS.filter(other => other.name === peer.name).indexOf(peer)
  return join(resultsOf(options), `${peer.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${form}`)
}

/** Reads the input once, so that nobody pays for the disk. */
function warm(places: DataPlaces): void {
  for (const path of [...places.events, places.versions]) readFileSync(path)
}
