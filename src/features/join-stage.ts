/**
 * The join stage: appends to each event the columns of one feature as of the event's time (C4). One stage a feature;
 * it keeps no state per key, so nothing is snapshotted.
 *
 * `process` is pure work on columns. What it needs of a store that has to be asked is fetched by `prepare`; for a
 * table in memory there is nothing to prepare.
 */

import type { AsOfPolicy, AsOfResult, KeyBatch, KeyConversion, VersionTable } from '../core/asof/index.ts'
import {
  distinctKeys,
  encodeKeys,
  findKeys,
  joinedColumns,
  keyConversions,
  lookUpAsOf,
  STATUS_TEXT,
  STATUS_UNAVAILABLE,
} from '../core/asof/index.ts'
import type { Column, EventBatch, Field, Schema } from '../core/batch/index.ts'
import { fieldIndex, nullColumn, valueAt } from '../core/batch/index.ts'
import type { Timeline } from '../core/time.ts'
import { isoOfMs, msFromTicks, ticksFromMs, ticksPerMs } from '../core/time.ts'
import { assert, HindcastError } from '../errors.ts'
import type { FeatureJob } from '../job/index.ts'
import type { Stage, StoreReads } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { FeaturePlan } from '../plan/index.ts'
import { joinedFields } from '../plan/index.ts'
import { onFields } from './describe-feature.ts'
import { Preload, type Preloaded } from './preload.ts'
import type { FeatureStore, VersionRequest } from './store.ts'

/** Time as the stage sees it; tests hand in their own. */
export interface StageClock {
  now(): number
  /** Resolves after so many ms, or rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface FeatureStageOptions {
  readonly feature: FeaturePlan
  readonly store: FeatureStore
  readonly timeline: Timeline
  /** Columns of the events that reach the stage. */
  readonly eventSchema: Schema
  readonly clock: StageClock
  /** Fetched versions that the stage may keep for batches to come, bytes; default LIMITS.preloadBytes. */
  readonly preloadBytes?: number
  /** What was fetched of the store before the run began. */
  readonly before?: Preloaded | null
  /** End of history, ms, where a fetch is to serve all of it; default: only what is asked for. */
  readonly reachMs?: number
}

/** Raises `column-missing` or `key-type-mismatch` where the events cannot be looked up. */
export function createFeatureStage(options: FeatureStageOptions): Stage {
  return new JoinStage(options)
}

/** What `prepare` hands to `process`. */
interface Prepared {
  readonly keys: KeyBatch
  readonly table: VersionTable
}

class JoinStage implements Stage {
  readonly name: string
  readonly adds: readonly Field[]
  readonly #options: FeatureStageOptions
  readonly #on: readonly number[]
  readonly #conversions: readonly KeyConversion[]
  readonly #policy: AsOfPolicy
  readonly #preload: Preload
  readonly #closed = new AbortController()
  readonly #counts = STATUS_TEXT.map(() => 0)
  #stale = 0
  #schema: Schema | null = null

  constructor(options: FeatureStageOptions) {
    const { feature, store, timeline, eventSchema } = options
    const on = onFields(feature.job, eventSchema)
    this.name = feature.name
    this.adds = joinedFields(feature.job, feature.fields)
    this.#options = options
    this.#on = on.map(field => fieldIndex(eventSchema, field.name))
    this.#conversions = keyConversions({ feature: feature.name, on, keyFields: feature.keyFields })
    this.#policy = policyOf(feature.job, timeline)
    const bytesMax = options.preloadBytes ?? LIMITS.preloadBytes
    this.#preload = new Preload({
      store,
      before: options.before ?? null,
      lag: this.#policy.lag,
      reach: options.reachMs === undefined ? -Infinity : ticksFromMs(options.reachMs, timeline),
      keysMax: LIMITS.preloadKeys,
      bytesMax,
    })
  }

  async prepare(batch: EventBatch): Promise<Prepared | null> {
    if (this.#options.store.whole !== null || batch.rows === 0) return null
    const keys = this.#keysOf(batch)
    const { from, until } = rangeOf(batch.time)
    const request = { keys: distinctKeys([keys]), from, until }
    const table = await this.#preload.versions(request)
    return { keys, table: await this.#waitFor(table, request) }
  }

  process(batch: EventBatch, prepared: unknown): EventBatch {
    const ready = prepared as Prepared | null
    const { whole } = this.#options.store
    const table = whole ?? ready?.table
    if (table === undefined) {
      assert(batch.rows === 0, `feature ${this.name}: a batch was processed that was not prepared`)
      return this.#joined(
        batch,
        this.adds.map(field => nullColumn(field.type, 0)),
      )
    }
    const numbers = findKeys(table.index, ready?.keys ?? this.#keysOf(batch))
    const result = lookUpAsOf(table, numbers, batch, this.#policy)
    this.#count(batch, result, table)
    return this.#joined(batch, joinedColumns(table, result, this.#options.timeline))
  }

  snapshot(): null {
    return null
  }

  restore(): void {
    assert(false, `feature ${this.name} keeps no state`)
  }

  counters(): Readonly<Record<string, number>> {
    const counters = Object.fromEntries(STATUS_TEXT.map((status, code) => [status, this.#counts[code]]))
    return this.#policy.stale ? { ...counters, stale: this.#stale } : counters
  }

  takeReads(): StoreReads | null {
    return this.#options.store.takeReads?.() ?? null
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#options.store.close()
  }

  #keysOf(batch: EventBatch): KeyBatch {
    const parts = this.#on.map((c, i) => ({
      column: batch.columns[c],
      type: batch.schema[c].type,
      conversion: this.#conversions[i],
    }))
    return encodeKeys(parts, batch.rows)
  }

  /** Waits up to `wait` for the store to become complete for the request (C4); returns the table to use then. */
  async #waitFor(first: VersionTable, request: VersionRequest): Promise<VersionTable> {
    const { clock, timeline, feature } = this.#options
    const deadline = clock.now() + feature.job.waitMs
    let table = first
    for (;;) {
      const missing = request.until - this.#policy.lag - table.completeThrough
      const left = deadline - clock.now()
      if (missing <= 0 || left <= 0) return table
      await clock.sleep(Math.min(left, Math.ceil(missing / ticksPerMs(timeline))), this.#closed.signal)
      table = await this.#preload.fetch(request)
    }
  }

  #count(batch: EventBatch, result: AsOfResult, table: VersionTable): void {
    for (let code = 0; code < result.counts.length; code++) this.#counts[code] += result.counts[code]
    this.#stale += result.stale
    if (result.counts[STATUS_UNAVAILABLE] === 0 || maxUnavailableOf(this.#options.feature) > 0) return
    throw this.#unavailable(batch, result.status.indexOf(STATUS_UNAVAILABLE), table)
  }

  #unavailable(batch: EventBatch, row: number, table: VersionTable): HindcastError {
    const { timeline } = this.#options
    const at = isoOfMs(msFromTicks(batch.time[row], timeline))
    const key = this.#on.map(c => String(valueAt(batch.columns[c], batch.schema[c].type, row))).join(', ')
    const past = batch.time[row] - this.#policy.lag > table.completeThrough
    const why = past
      ? `the store is complete only through ${isoOfMs(msFromTicks(table.completeThrough, timeline))}`
      : 'the store may have lost it'
    return new HindcastError(
      'versions-unavailable',
      `feature ${this.name}: the version of key ${key} at ${at} cannot be told: ${why}`,
      {
        where: { feature: this.name, partition: batch.partition },
        advice: past
          ? 'Raise `wait` of the feature, take what there is with `beyond: stale`, or allow a share with `maxUnavailable`.'
          : 'Keep more versions in the store (VERSIONS, TTL), start later, or allow a share with `maxUnavailable`.',
      },
    )
  }

  #joined(batch: EventBatch, columns: readonly Column[]): EventBatch {
    this.#schema ??= [...batch.schema, ...this.adds]
    return { ...batch, schema: this.#schema, columns: [...batch.columns, ...columns] }
  }
}

function policyOf(job: FeatureJob, timeline: Timeline): AsOfPolicy {
  return {
    inclusive: job.boundary === 'inclusive',
    lag: ticksFromMs(job.lagMs, timeline),
    maxAge: job.maxAgeMs === undefined ? Infinity : ticksFromMs(job.maxAgeMs, timeline),
    stale: job.beyond === 'stale',
  }
}

/** Smallest and largest time of a batch, which has rows. */
function rangeOf(time: Float64Array): { from: number; until: number } {
  let from = Infinity
  let until = -Infinity
  for (let i = 0; i < time.length; i++) {
    if (time[i] < from) from = time[i]
    if (time[i] > until) until = time[i]
  }
  return { from, until }
}

type Allowance = Pick<FeaturePlan, 'job' | 'allowUnavailable'>

function maxUnavailableOf({ job, allowUnavailable }: Allowance): number {
  return allowUnavailable === true ? 1 : job.maxUnavailable
}

/** Raises `versions-unavailable` where more lookups of a whole run ended so than the plan allows. */
export function checkUnavailable(feature: Allowance, counters: Readonly<Record<string, number>>): void {
  const { job } = feature
  const allowed = maxUnavailableOf(feature)
  const unavailable = counters.unavailable ?? 0
  const lookups = STATUS_TEXT.reduce((sum, status) => sum + (counters[status] ?? 0), 0)
  if (unavailable <= allowed * lookups) return
  throw new HindcastError(
    'versions-unavailable',
    `feature ${job.name}: ${unavailable} of ${lookups} lookups cannot be told, more than maxUnavailable (${allowed * 100} %) allows`,
    {
      where: { feature: job.name },
      advice:
        'Look at the column `<feature>__status` of the samples; keep more versions in the store, or raise `maxUnavailable`.',
    },
  )
}
