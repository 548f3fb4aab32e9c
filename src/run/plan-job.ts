/**
 * Makes a plan (C8): lists and describes files, merges schemas, looks at features and live ends, and pins all of it.
 * Reads footers, statistics and samples only.
 */

import type { Field } from '../core/batch/index.ts'
import { fieldIndex } from '../core/batch/index.ts'
import { timeUnitOf } from '../core/order/index.ts'
import type { TimeUnit } from '../core/time.ts'
import { timelineOf } from '../core/time.ts'
import type { Job } from '../job/index.ts'
import { stopInstantMs } from '../lanes/index.ts'
import type { FeaturePlan, Plan, PlanNote, StreamPlan } from '../plan/index.ts'
import { outputSchema, PLAN_VERSION, sealPlan, slicesOf } from '../plan/index.ts'
import { historyRange } from './history-range.ts'
import { checkKafkaOutput } from './kafka-output-facts.ts'
import { checkRetention } from './live-retention.ts'
import { planFeature } from './plan-feature.ts'
import type { HistoryBounds } from './plan-notes.ts'
import { planNotes } from './plan-notes.ts'
import { planStream } from './plan-stream.ts'
import { historyTotals } from './plan-totals.ts'

export interface PlanOptions {
  readonly signal?: AbortSignal
  /** Lookups in a store whose settings may have lost versions are marked `unavailable`, rather than refused. */
  readonly allowUnavailable?: boolean
  /** The clock, ms; for tests. */
  readonly now?: () => number
}

export async function planJob(job: Job, options: PlanOptions = {}): Promise<Plan> {
  const plannedAtMs = (options.now ?? Date.now)()
  const notes: PlanNote[] = []
  const streams: StreamPlan[] = []
  for (const [ordinal, stream] of job.streams.entries()) {
    options.signal?.throwIfAborted()
    streams.push(await planStream(job, stream, ordinal, notes))
  }
  const samples = streams.find(stream => stream.name === job.samples)!
  const bounds = boundsOf(job, samples, plannedAtMs)
  const features: FeaturePlan[] = []
  for (const feature of job.features) {
    options.signal?.throwIfAborted()
    features.push(
      await planFeature(feature, {
        events: samples.schema,
        bounds,
        plannedAtMs,
        allowUnavailable: options.allowUnavailable === true,
        notes,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }),
    )
  }
  const timeline = timelineOf([
    ...streamUnits(job, streams),
    ...features.flatMap(feature => feature.timeUnits),
  ])
  const history = historyTotals(job, streams)
  checkRetention(job, streams, history.secondsEstimated)
  const output = outputSchema(job, samples.schema, features)
  const totals = { ...history, fromMs: bounds.firstMs, untilMs: bounds.lastMs }
  await checkKafkaOutput({ job, output, totals }, plannedAtMs)
  return sealPlan({
    version: PLAN_VERSION,
    plannedAtMs,
    job,
    timeline,
    streams,
    features,
    slices: slicesOf(bounds.firstMs, bounds.lastMs, job.output.sliceMs),
    output,
    totals,
    pinned: features.every(feature => feature.pinned) && streams.every(stream => stream.live === null),
    notes: [...notes, ...planNotes(job, streams, features, bounds)],
  })
}

/** Units of the event times, days counting as milliseconds. */
function streamUnits(job: Job, streams: readonly StreamPlan[]): TimeUnit[] {
  return streams.map(stream => {
    const time = job.streams[stream.ordinal]!.time
    const field: Field = stream.schema[fieldIndex(stream.schema, time.column)]!
    const unit = timeUnitOf(time.column, field.type, time.unit)
    return unit === 'day' ? 'ms' : unit
  })
}

/** Range of event time that history will emit, as far as statistics and the job tell. */
function boundsOf(job: Job, samples: StreamPlan, plannedAtMs: number): HistoryBounds {
  const stream = job.streams[samples.ordinal]!
  const units = samples.files.flatMap(file => file.units)
  if (units.length === 0) return { firstMs: null, lastMs: null }
  const known = units.flatMap(unit => (unit.timeMinMs === null || unit.timeMaxMs === null ? [] : [unit]))
  const statistics = known.length === units.length
  const first = statistics ? minOf(known.map(unit => unit.timeMinMs!)) : null
  // What lies further in the future is quarantined (C2): one such row must not plan a century of slices.
  const latestMs = plannedAtMs + stream.maxFutureMs
  const believed = known.filter(unit => unit.timeMinMs! <= latestMs)
  const last = statistics ? maxOf(believed.map(unit => Math.min(unit.timeMaxMs!, latestMs))) : null
  // Where a seam by offset stops at an instant, history is read beyond it, but nothing of that is written.
  const bounds = [historyRange(job, stream).untilMs, stopInstantMs(job)]
  const untilMs = minOf(bounds.filter(ms => ms !== null && Number.isFinite(ms)) as number[])
  const fromMs = stream.history?.fromMs
  return {
    firstMs: first === null ? (fromMs ?? null) : Math.max(first, fromMs ?? first),
    lastMs:
      last === null
        ? untilMs === null
          ? null
          : untilMs - 1
        : Math.min(last, untilMs === null ? last : untilMs - 1),
  }
}

function minOf(values: readonly number[]): number | null {
  return values.reduce<number | null>(
    (least, value) => (least === null || value < least ? value : least),
    null,
  )
}

function maxOf(values: readonly number[]): number | null {
  return values.reduce<number | null>((most, value) => (most === null || value > most ? value : most), null)
}
