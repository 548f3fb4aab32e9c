/**
 * The numbers behind the plots of the page: pure, bounded in size whatever the run's, times in seconds as uPlot
 * wants them.
 */

import { spanText } from '../../core/figures.ts'
import type { SliceInspection } from '../outcome.ts'
import type { ProgressPoint } from '../report.ts'
import { LATENESS_BOUNDS_MS } from '../report.ts'
import type { RunFiles } from './run-files.ts'
import { seamMsOf } from './run-files.ts'

/** Bars of the slice plot; runs with more slices show several slices as one bar. */
const BARS_MAX = 400

export interface ProgressPlot {
  readonly seconds: readonly number[]
  /** Merged watermark, s since the epoch. */
  readonly mergedS: readonly (number | null)[]
  /** One line a partition; empty where the report has only the merged one. */
  readonly partitionsS: readonly (readonly (number | null)[])[]
  /** Between this point and the one before. */
  readonly rowsPerSecond: readonly (number | null)[]
  readonly seamS: number | null
}

export interface SlicePlot {
  readonly startS: readonly number[]
  readonly historyRows: readonly number[]
  readonly liveRows: readonly number[]
  /** Slices in each bar. */
  readonly slicesPerBar: number
}

export interface LatenessPlot {
  readonly labels: readonly string[]
  readonly rows: readonly number[]
  /** Number of buckets that lie within the disorder that the job allows. */
  readonly within: number
}

/** A plot is null where the run has nothing to show for it yet. */
export interface PlotData {
  readonly progress: ProgressPlot | null
  readonly slices: SlicePlot | null
  readonly lateness: LatenessPlot | null
}

export function plotData(run: RunFiles): PlotData {
  const seamMs = seamMsOf(run.plan)
  return {
    progress: progressPlot(spaced(run.report?.progress ?? []), seamMs),
    slices: slicePlot(run.slices, seamMs),
    lateness: latenessPlot(run.report?.lateness ?? [], disorderMsOf(run)),
  }
}

/** The largest disorder that any stream of the job allows. */
export function disorderMsOf(run: RunFiles): number {
  return Math.max(0, ...run.plan.job.streams.map(stream => stream.disorderMs))
}

function progressPlot(points: readonly ProgressPoint[], seamMs: number | null): ProgressPlot | null {
  if (points.length < 2) return null
  const partitions = Math.max(0, ...points.map(point => point.partitionsMs?.length ?? 0))
  return {
    seconds: points.map(point => point.seconds),
    mergedS: points.map(point => inSeconds(point.watermarkMs)),
    partitionsS: Array.from({ length: partitions }, (_, partition) =>
      points.map(point => inSeconds(point.partitionsMs?.[partition] ?? null)),
    ),
    rowsPerSecond: points.map((point, index) => {
      const before = points[index - 1]
      if (before === undefined || point.seconds <= before.seconds) return null
      return (point.rows - before.rows) / (point.seconds - before.seconds)
    }),
    seamS: inSeconds(seamMs),
  }
}

/** Points far enough apart that a rate between two of them says something: a second, or a hundredth of the run. */
function spaced(points: readonly ProgressPoint[]): readonly ProgressPoint[] {
  const stepSeconds = Math.max(1, (points.at(-1)?.seconds ?? 0) / 100)
  const kept: ProgressPoint[] = []
  for (const [index, point] of points.entries()) {
    const last = kept.at(-1)
    const isLast = index === points.length - 1
    if (last === undefined || isLast || point.seconds - last.seconds >= stepSeconds) kept.push(point)
  }
  return kept
}

function slicePlot(slices: readonly SliceInspection[], seamMs: number | null): SlicePlot | null {
  const rowsByStart = new Map<number, number>()
  for (const slice of slices)
    rowsByStart.set(slice.startMs, (rowsByStart.get(slice.startMs) ?? 0) + slice.rows)
  if (rowsByStart.size === 0) return null
  const starts = [...rowsByStart.keys()].sort((a, b) => a - b)
  const slicesPerBar = Math.ceil(starts.length / BARS_MAX)
  const plot = { startS: [] as number[], historyRows: [] as number[], liveRows: [] as number[], slicesPerBar }
  for (let first = 0; first < starts.length; first += slicesPerBar) {
    let history = 0
    let live = 0
    for (const start of starts.slice(first, first + slicesPerBar)) {
      if (seamMs !== null && start >= seamMs) live += rowsByStart.get(start)!
      else history += rowsByStart.get(start)!
    }
    plot.startS.push(starts[first]! / 1000)
    plot.historyRows.push(history)
    plot.liveRows.push(live)
  }
  return plot
}

/** Empty buckets at both ends are left out, but for the first, which holds what came in order. */
function latenessPlot(rows: readonly number[], disorderMs: number): LatenessPlot | null {
  const last = rows.findLastIndex(count => count > 0)
  if (last < 0) return null
  const firstBehind = rows.findIndex((count, bucket) => bucket > 0 && count > 0)
  const buckets = [0]
  for (let bucket = Math.max(1, firstBehind); bucket <= last; bucket++) buckets.push(bucket)
  return {
    labels: buckets.map(latenessLabel),
    rows: buckets.map(bucket => rows[bucket]!),
    within: buckets.filter(bucket => (LATENESS_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY) <= disorderMs)
      .length,
  }
}

/** `in order`, `≤ 5 min`, `> 30 d`. */
export function latenessLabel(bucket: number): string {
  if (bucket === 0) return 'in order'
  const bound = LATENESS_BOUNDS_MS[bucket]
  return bound === undefined ? `> ${spanText(LATENESS_BOUNDS_MS.at(-1)!)}` : `≤ ${spanText(bound)}`
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
