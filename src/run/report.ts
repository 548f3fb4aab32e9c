/**
 * The run report (`report.json`): what a run tells at its end, for people and for `inspect`.
 *
 * Lanes count while they work and hand over a `PartialReport`, plain data. Merging is associative and
 * commutative with `emptyPartialReport()` as its unit, so neither the number of lanes nor the order in which they end
 * can be seen in the result; a partial kept in a checkpoint merges with what a resumed run counts after it.
 */

import { LATENESS_BOUNDS_MS } from '../core/watermark/index.ts'
import { latencyQuantile } from '../features/index.ts'
import type { PartialReport, PartitionState, PartitionWatermark, StoreReads } from '../lanes/index.ts'
import { emptyPartialReport } from '../lanes/index.ts'
import type { ManifestSlice } from './manifest.ts'
import type { FeatureCounts, RunOutcome, SeamInspection } from './outcome.ts'

export const REPORT_VERSION = 1

/** Points kept of the event-time progress; above it every second one is dropped. */
export const PROGRESS_POINTS_MAX = 600

/** Partitions whose watermarks are kept with each point of the progress; runs with more keep the merged one only. */
export const PROGRESS_PARTITIONS_MAX = 32

export type { PartialReport, PartitionState, PartitionWatermark }
export { LATENESS_BOUNDS_MS }

/** Samples of one sealed slice. */
export interface SliceRows {
  readonly startMs: number
  /** By partition. */
  readonly rows: readonly number[]
}

/** A point of the event-time progress. */
export interface ProgressPoint {
  /** Wall time since the start of the run. */
  readonly seconds: number
  /** Samples emitted so far. */
  readonly rows: number
  /** Smallest merged watermark of all partitions, ms. */
  readonly watermarkMs: number | null
  /** Of each partition, by its number; left out above `PROGRESS_PARTITIONS_MAX`. */
  readonly partitionsMs?: readonly (number | null)[]
}

/** What only the whole run knows. */
export interface RunFacts {
  readonly job: string
  readonly planHash: string
  readonly state: RunOutcome['state']
  readonly startedAtMs: number
  /** Wall time; of a resumed run the sum over its processes. */
  readonly seconds: number
  readonly lanes: number
  readonly partitions: number
  /** Digest of the run, hex (C7). */
  readonly digest: string
  readonly peakRssBytes: number
  /** Size of the history files, bytes: `historyBytes` is what was read of them. */
  readonly historyFileBytes: number
  readonly progress: readonly ProgressPoint[]
  /** One row a partition and seam, from the certificate. */
  readonly seams: readonly SeamInspection[]
  /** Rows in `late/` and `quarantine/` by reason. */
  readonly late: Readonly<Record<string, number>>
  readonly quarantine: Readonly<Record<string, number>>
}

/** What a run has asked of a store that is far away, all lanes and what was fetched before them. */
export interface StoreReport extends Omit<StoreReads, 'latency'> {
  readonly readsPerSample: number
  /** Half of the calls took no longer, and 99 of 100; ms. */
  readonly callMsP50: number
  readonly callMsP99: number
}

export interface Report extends RunFacts, Omit<PartialReport, 'stores'> {
  readonly version: typeof REPORT_VERSION
  /** Samples emitted: the sum over `slices`. */
  readonly rows: number
  /** In order of time. */
  readonly slices: readonly SliceRows[]
  readonly features: Readonly<Record<string, FeatureCounts>>
  /** By feature, of those in stores that have to be asked over a network. */
  readonly stores: Readonly<Record<string, StoreReport>>
}

export function mergePartialReports(a: PartialReport, b: PartialReport): PartialReport {
  return {
    historyRows: a.historyRows + b.historyRows,
    liveRows: a.liveRows + b.liveRows,
    historyBytes: a.historyBytes + b.historyBytes,
    watermarks: mergeWatermarks(a.watermarks, b.watermarks),
    lateness: a.lateness.map((rows, bucket) => rows + b.lateness[bucket]!),
    stageMs: sumRecords(a.stageMs, b.stageMs),
    stores: mergeStores(a.stores, b.stores),
  }
}

/** The report of a run out of its sealed slices and what its lanes counted. */
export function buildReport(
  facts: RunFacts,
  slices: readonly ManifestSlice[],
  parts: readonly PartialReport[],
): Report {
  const byTime = [...slices].sort((a, b) => a.slice - b.slice)
  const rowsOf = byTime.map(slice => ({
    startMs: slice.slice,
    rows: slice.partitions.map(part => part.rows),
  }))
  const whole = parts.reduce(mergePartialReports, emptyPartialReport())
  const rows = rowsOf.reduce((sum, slice) => sum + slice.rows.reduce(add, 0), 0)
  return {
    version: REPORT_VERSION,
    ...facts,
    ...whole,
    stores: storeReports(whole.stores, rows),
    rows,
    slices: rowsOf,
    features: featureCounts(slices),
  }
}

function storeReports(
  stores: PartialReport['stores'],
  samples: number,
): Readonly<Record<string, StoreReport>> {
  return Object.fromEntries(
    Object.entries(stores).map(([name, { latency, ...reads }]) => [
      name,
      {
        ...reads,
        readsPerSample: samples === 0 ? 0 : reads.reads / samples,
        callMsP50: latencyQuantile(latency, 0.5),
        callMsP99: latencyQuantile(latency, 0.99),
      },
    ]),
  )
}

function mergeStores(a: PartialReport['stores'], b: PartialReport['stores']): PartialReport['stores'] {
  const merged = new Map(Object.entries(a))
  for (const [name, reads] of Object.entries(b)) {
    const before = merged.get(name)
    merged.set(name, before === undefined ? reads : sumReads(before, reads))
  }
  return Object.fromEntries([...merged].sort(([x], [y]) => (x < y ? -1 : 1)))
}

function sumReads(a: StoreReads, b: StoreReads): StoreReads {
  return {
    reads: a.reads + b.reads,
    calls: a.calls + b.calls,
    bytes: a.bytes + b.bytes,
    waitMs: a.waitMs + b.waitMs,
    badCells: a.badCells + b.badCells,
    badCell: a.badCell === null || (b.badCell !== null && b.badCell < a.badCell) ? b.badCell : a.badCell,
    latency: a.latency.map((count, bucket) => count + b.latency[bucket]!),
  }
}

/** How all look-ups of the sealed slices ended, by feature; a status without look-ups is 0. */
export function featureCounts(slices: readonly ManifestSlice[]): Readonly<Record<string, FeatureCounts>> {
  const byFeature = new Map<string, Readonly<Record<string, number>>>()
  for (const { partitions } of slices) {
    for (const { features } of partitions) {
      for (const [name, counts] of Object.entries(features))
        byFeature.set(name, sumRecords(byFeature.get(name) ?? NO_LOOKUPS, counts))
    }
  }
  return Object.fromEntries(byFeature) as Record<string, Readonly<Record<string, number>> & FeatureCounts>
}

const NO_LOOKUPS: FeatureCounts & Readonly<Record<string, number>> = {
  hit: 0,
  absent: 0,
  expired: 0,
  unavailable: 0,
}

/** The progress with one more point, thinned where it would get longer than `PROGRESS_POINTS_MAX`. */
export function withProgressPoint(
  points: readonly ProgressPoint[],
  point: ProgressPoint,
): readonly ProgressPoint[] {
  if (points.length < PROGRESS_POINTS_MAX) return [...points, point]
  return [...points.filter((_, index) => index % 2 === 0), point]
}

const STATE_RANK: Readonly<Record<PartitionState, number>> = { backlog: 0, live: 1, idle: 2, finished: 3 }

/** The one that is further on: larger watermark, then later state. */
function mergeWatermarks(
  a: readonly PartitionWatermark[],
  b: readonly PartitionWatermark[],
): readonly PartitionWatermark[] {
  const merged = new Map<number, PartitionWatermark>()
  for (const next of [...a, ...b]) {
    const known = merged.get(next.partition)
    if (known === undefined || isFurther(next, known)) merged.set(next.partition, next)
  }
  return [...merged.values()].sort((x, y) => x.partition - y.partition)
}

function isFurther(next: PartitionWatermark, known: PartitionWatermark): boolean {
  const nextMs = next.watermarkMs ?? Number.NEGATIVE_INFINITY
  const knownMs = known.watermarkMs ?? Number.NEGATIVE_INFINITY
  return nextMs === knownMs ? STATE_RANK[next.state] > STATE_RANK[known.state] : nextMs > knownMs
}

function add(a: number, b: number): number {
  return a + b
}

/** Union of the names in byte order. Goes through a map, so that a name like `__proto__` is a name like any other. */
function sumRecords(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = new Map(Object.entries(a))
  for (const [name, value] of Object.entries(b)) sums.set(name, (sums.get(name) ?? 0) + value)
  return Object.fromEntries([...sums].sort(([x], [y]) => (x < y ? -1 : 1)))
}
