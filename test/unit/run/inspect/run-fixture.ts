/**
 * A run directory as a run would have left it, made of plausible numbers: half a year of daily slices in four
 * partitions, five months of history and one of live. Deterministic; no run is needed to make it.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Certificate } from '../../../../src/core/seam/index.ts'
import { makeCertificate, proveByTime } from '../../../../src/core/seam/index.ts'
import type { Job } from '../../../../src/job/index.ts'
import type { Plan } from '../../../../src/plan/index.ts'
import type { ManifestSlice } from '../../../../src/run/manifest.ts'
import type { PartialReport, ProgressPoint, RunFacts } from '../../../../src/run/report.ts'
import { buildReport, LATENESS_BOUNDS_MS } from '../../../../src/run/report.ts'

const DAY_MS = 86_400_000
const FROM_MS = Date.UTC(2001, 0, 1)
export const SEAM_MS = Date.UTC(2001, 5, 1)
const UNTIL_MS = Date.UTC(2001, 5, 30)
const PARTITIONS = 4
const PLAN_HASH = '5f2b8c7d9e0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4'

export interface FixtureOptions {
  /** Leaves out the report and certificate, seals only some slices, and tears the last line of the manifest. */
  readonly unfinished?: boolean
  /** Name of the job, to try what must be escaped. */
  readonly job?: string
  readonly proven?: boolean
}

/** Writes the run; returns what the manifest says. */
export function writeRunFixture(directory: string, options: FixtureOptions = {}): readonly ManifestSlice[] {
  const slices = manifestSlices(directory, options.unfinished === true ? 40 : (UNTIL_MS - FROM_MS) / DAY_MS)
  write(directory, 'plan.json', JSON.stringify(fixturePlan(options.job ?? 'flight-samples')))
  const lines = [{ version: 1, plan: PLAN_HASH, after: null }, ...slices].map(line => JSON.stringify(line))
  write(
    directory,
    'manifest.json',
    `${lines.join('\n')}\n${options.unfinished === true ? '{"slice":9813' : ''}`,
  )
  write(directory, 'late/partition=1/2001-06-04.jsonl', lateLines(14))
  write(directory, 'late/partition=2/2001-06-09.jsonl', lateLines(9))
  write(directory, 'quarantine/partition=0/2001-03-11.jsonl', quarantineLines())
  if (options.unfinished === true) return slices
  write(directory, 'certificate.json', JSON.stringify(fixtureCertificate(options.proven ?? true)))
  write(directory, 'report.json', JSON.stringify(buildReport(fixtureFacts(options), slices, fixtureParts())))
  return slices
}

function write(directory: string, name: string, text: string): void {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Repeatable noise in [0, 1). */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453
  return x - Math.floor(x)
}

function manifestSlices(directory: string, days: number): ManifestSlice[] {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    mkdirSync(join(directory, 'samples', `partition=${partition}`), { recursive: true })
  }
  return Array.from({ length: days }, (_, day) => {
    const startMs = FROM_MS + day * DAY_MS
    const weekend = new Date(startMs).getUTCDay() === 6 ? 0.84 : 1
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => {
      const rows = Math.round((3500 + 700 * partition + 400 * noise(day * 7 + partition)) * weekend)
      const path = `samples/partition=${partition}/${new Date(startMs).toISOString().slice(0, 10)}.parquet`
      writeFileSync(join(directory, path), 'x'.repeat(rows % 97))
      const absent = day === 0 ? 300 : 0
      const expired = Math.round(20 * noise(day + partition))
      return {
        partition,
        rows,
        digest: (day * PARTITIONS + partition).toString(16).padStart(64, '0'),
        path,
        bytes: rows % 97,
        late: 0,
        quarantined: 0,
        offsetNext: rows * (day + 1),
        features: { airport: { hit: rows - absent - expired, absent, expired, unavailable: 0 } },
      }
    })
    return { slice: startMs, endMs: startMs + DAY_MS, partitions }
  })
}

function fixturePlan(name: string): Plan {
  const stream: Job['streams'][number] = {
    name: 'flights',
    key: ['origin'],
    keyEncoding: 'text',
    partitioner: 'murmur2',
    time: { column: 'scheduled', unit: 'ms' },
    partitions: PARTITIONS,
    disorderMs: 300_000,
    identity: ['flight_id'],
    tieBreak: [],
    order: 'time',
    late: 'side',
    maxFutureMs: 3_600_000,
    columns: [],
    history: {
      files: ['data/*.parquet'],
      csv: { delimiter: ',', header: true, null: '' },
      badRows: 'quarantine',
    },
    live: {
      place: { kind: 'log', directory: 'live' },
      spool: false,
      stop: { kind: 'instant', atMs: UNTIL_MS },
    },
    seam: { by: 'time', atMs: SEAM_MS, overlapMs: 1_800_000, beforeSeam: 'side' },
  }
  return {
    version: 2,
    hash: PLAN_HASH,
    plannedAtMs: Date.UTC(2026, 0, 1),
    job: {
      name,
      samples: 'flights',
      streams: [stream],
      features: [],
      output: { directory: 'out', format: 'parquet', sliceMs: DAY_MS, columns: null },
      limits: { memoryBytes: 1 << 30, lanes: 2, quarantineShare: 0.001 },
    },
    timeline: 'ms',
    streams: [],
    features: [],
    slices: Array.from({ length: (SEAM_MS - FROM_MS) / DAY_MS }, (_, day) => ({
      startMs: FROM_MS + day * DAY_MS,
      endMs: FROM_MS + (day + 1) * DAY_MS,
    })),
    output: [],
    totals: {
      files: 8,
      rows: 2_497_772,
      bytes: 38_000_000,
      fromMs: FROM_MS,
      untilMs: SEAM_MS,
      secondsEstimated: 5,
    },
    pinned: true,
    notes: [],
  }
}

function fixtureCertificate(proven: boolean): Certificate {
  const doubled = [12, 9, 17, 15]
  const seams = doubled.map((both, partition) =>
    proveByTime({
      stream: 'flights',
      partition,
      at: SEAM_MS,
      historyLast: { time: SEAM_MS - 60_000, offset: null },
      liveFirst: { time: SEAM_MS + partition * 60_000, offset: both },
      counts: {
        history: both,
        live: both + (proven || partition !== 2 ? 0 : 1),
        doubled: both,
        onlyLive: proven || partition !== 2 ? 0 : 1,
        onlyHistory: 0,
        notCompared: 0,
        afterClose: 0,
      },
      hasIdentity: true,
      isClosed: true,
      retained: true,
    }),
  )
  return makeCertificate(seams, 'ms')
}

function fixtureFacts(options: FixtureOptions): RunFacts {
  return {
    job: options.job ?? 'flight-samples',
    planHash: PLAN_HASH,
    state: 'complete',
    startedAtMs: Date.UTC(2026, 0, 1),
    seconds: 18.4,
    lanes: 2,
    partitions: PARTITIONS,
    digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    peakRssBytes: 612 * 1024 * 1024,
    historyFileBytes: 90_000_000,
    progress: fixtureProgress(),
    seams: [],
    late: { 'behind-watermark': 23 },
    quarantine: { 'time is null': 2 },
  }
}

/** History in 8 s, then live at the pace of its writer until 18 s. */
function fixtureProgress(): ProgressPoint[] {
  return Array.from({ length: 74 }, (_, tick) => {
    const seconds = tick / 4
    const at = (partition: number): number | null => {
      if (seconds < 0.5) return null
      const pace = 1 + 0.04 * noise(partition * 31 + tick) * (partition + 1)
      if (seconds < 8)
        return Math.min(SEAM_MS, FROM_MS + ((SEAM_MS - FROM_MS) * (seconds - 0.5) * pace) / 7.5)
      return Math.min(UNTIL_MS, SEAM_MS + ((UNTIL_MS - SEAM_MS) * (seconds - 8)) / 10)
    }
    const partitionsMs = Array.from({ length: PARTITIONS }, (_, partition) => at(partition))
    const known = partitionsMs.filter(ms => ms !== null)
    const rows = Math.round(
      seconds < 8 ? 2_497_000 * Math.max(0, (seconds - 0.5) / 7.5) : 2_497_000 + 48_000 * (seconds - 8),
    )
    return { seconds, rows, watermarkMs: known.length === 0 ? null : Math.min(...known), partitionsMs }
  })
}

function fixtureParts(): PartialReport[] {
  return [0, 1].map(lane => ({
    historyRows: 1_248_886,
    liveRows: 240_000,
    historyBytes: 30_000_000,
    stores: {},
    watermarks: [0, 1].map(index => ({
      partition: 2 * lane + index,
      watermarkMs: UNTIL_MS - (lane + index) * 120_000,
      state: 'finished' as const,
    })),
    lateness: LATENESS_BOUNDS_MS.concat(Number.POSITIVE_INFINITY).map(bound => {
      if (bound === 0) return 41_000
      if (bound < 1000) return 0
      if (bound <= 300_000) return Math.round(900 * Math.sqrt(bound / 1000) * (bound > 120_000 ? 0.7 : 1))
      return bound > 1_800_000 && bound <= 7_200_000 ? 6 : 0
    }),
    stageMs: { decode: 2100 + lane, order: 1600, join: 1900, digest: 1400, write: 5200, reorder: 900 },
  }))
}

function lateLines(count: number): string {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      reason: 'behind-watermark',
      partition: 1,
      offset: 1000 + i,
      value: { flight_id: 2_600_000 + i, origin: 'ORD' },
    }),
  )
  return `${lines.join('\n')}\n`
}

function quarantineLines(): string {
  return `${JSON.stringify({ reason: 'time is null', file: 'part-3.parquet', row: 17 })}\n${JSON.stringify({ reason: 'time is null', file: 'part-3.parquet', row: 90 })}\n`
}
