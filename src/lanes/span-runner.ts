/**
 * Reads spans of history one after the other, all partitions of each, and seals their slices.
 *
 *     span ─► emissions in C1 order ─► stages ─► samples ─► slices ─► complete ─(first numbers known)─► sealed
 *
 * Nothing is merged: a span is history alone, and history is in order as it comes. Files are complete but for the
 * counted offsets until the rows of all earlier spans are counted, which other lanes do meanwhile.
 */

import type { EventBatch, Schema } from '../core/batch/index.ts'
import { sliceEvents } from '../core/batch/index.ts'
import { msFromTicks, ticksFromMs } from '../core/time.ts'
import type { Plan } from '../plan/index.ts'
import { faultPoint } from './fault-point.ts'
import type { LaneParts } from './lane-parts.ts'
import type { PartialReport } from './lane-report.ts'
import { emptyPartialReport } from './lane-report.ts'
import type { FromLane, LaneSetup } from './messages.ts'
import type { SampleSource } from './sample-columns.ts'
import { sampleBatch, sampleSources, writtenFields } from './sample-columns.ts'
import { emptySlice, SliceOutput } from './slice-output.ts'
import { encodeSnapshot } from './snapshot.ts'
import type { Span } from './span-reader.ts'

type Post = (message: FromLane, transfer?: ArrayBuffer[]) => void

/** A slice with all its rows, waiting for its first numbers. */
interface CompleteSlice {
  readonly startMs: number
  /** By partition; null: no rows. */
  readonly outputs: readonly (SliceOutput | null)[]
}

interface SpanState {
  readonly index: number
  readonly complete: CompleteSlice[]
  /** Next number of each partition; null: not known yet. */
  offsets: number[] | null
  /** Ends when what could be sealed has been. */
  sealing: Promise<void>
}

export class SpanRunner {
  readonly #setup: LaneSetup
  readonly #parts: LaneParts
  readonly #post: Post
  readonly #signal: AbortSignal
  readonly #fail: (error: unknown) => void
  readonly #plan: Plan
  readonly #partitions: number
  readonly #fields: Schema
  readonly #sources: readonly SampleSource[]
  readonly #states = new Map<number, SpanState>()
  /** Slices under way, by partition. */
  #open: (SliceOutput | null)[] = []
  readonly #stageMs = new Map<string, number>()
  #rows = 0

  /** `fail` is told what goes wrong when nobody waits. */
  constructor(
    setup: LaneSetup,
    parts: LaneParts,
    post: Post,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ) {
    const { plan } = setup
    const samples = plan.streams.find(stream => stream.name === plan.job.samples)!
    const processed = [...samples.reads, ...parts.stages.flatMap(stage => stage.adds)]
    this.#setup = setup
    this.#parts = parts
    this.#post = post
    this.#signal = signal
    this.#fail = fail
    this.#plan = plan
    this.#partitions = plan.job.streams[samples.ordinal]!.partitions
    this.#fields = writtenFields(plan.output, !samples.ownOffsets)
    this.#sources = sampleSources(this.#fields, processed)
  }

  /** Rows of all spans so far. */
  get rows(): number {
    return this.#rows
  }

  /** Reads the span; its slices are sealed as soon as their first numbers are known. */
  async run(span: Span): Promise<void> {
    const state = this.#stateOf(span.index)
    const rows = new Array<number>(this.#partitions).fill(0)
    const reader = await this.#parts.openSpan(span)
    try {
      let startMs = span.fromMs
      for (;;) {
        const startedAt = performance.now()
        const emission = await reader.next()
        this.#spend('read', startedAt)
        if (emission === null || this.#signal.aborted) break
        const { events, starts, upTo } = emission
        const from = Int32Array.from(starts.subarray(0, this.#partitions))
        while (startMs < span.untilMs) {
          const end = ticksFromMs(startMs + this.#plan.job.output.sliceMs, this.#plan.timeline)
          await this.#write(events, from, starts, end, startMs, rows)
          if (upTo < end) break
          startMs = await this.#complete(state, startMs)
        }
        emission.release()
        this.#progress(upTo, span)
      }
      while (startMs < span.untilMs && !this.#signal.aborted) startMs = await this.#complete(state, startMs)
    } finally {
      await reader.close()
    }
    if (this.#signal.aborted) return
    this.#post({ type: 'span-read', span: span.index, rows, report: this.#report(rows) })
  }

  /** The numbers that the span's samples begin with. */
  number(span: number, offsets: readonly number[]): void {
    const state = this.#stateOf(span)
    state.offsets = [...offsets]
    this.#seal(state)
  }

  /** Ends when all that could be sealed has been. */
  async settled(): Promise<void> {
    for (const { sealing } of this.#states.values()) await sealing
  }

  /** Gives up what is not sealed. */
  async discard(): Promise<void> {
    const open = this.#open
    this.#open = []
    for (const output of open) await output?.discard()
    for (const state of this.#states.values()) {
      await state.sealing
      for (const { outputs } of state.complete) for (const output of outputs) await output?.discard()
      state.complete.length = 0
    }
  }

  #stateOf(span: number): SpanState {
    const known = this.#states.get(span)
    if (known !== undefined) return known
    const state: SpanState = { index: span, complete: [], offsets: null, sealing: Promise.resolve() }
    this.#states.set(span, state)
    return state
  }

  /** Rows of each partition from `from` on and before `end`; moves `from` behind them. */
  async #write(
    events: EventBatch,
    from: Int32Array,
    starts: Int32Array,
    end: number,
    startMs: number,
    rows: number[],
  ): Promise<void> {
    for (let p = 0; p < this.#partitions; p++) {
      const to = lowerBound(events.time, from[p]!, starts[p + 1]!, end)
      if (to === from[p]) continue
      await this.#writePartition({ ...sliceEvents(events, from[p]!, to), partition: p }, startMs)
      rows[p]! += to - from[p]!
      from[p] = to
    }
  }

  async #writePartition(events: EventBatch, startMs: number): Promise<void> {
    const slice = this.#openSlice(events.partition, startMs)
    let batch = events
    for (const stage of this.#parts.stages) {
      const prepared = await stage.prepare(batch)
      const before = stage.counters()
      const startedAt = performance.now()
      batch = stage.process(batch, prepared)
      this.#spend(stage.name, startedAt)
      slice.countLookups(stage.name, before, stage.counters())
    }
    const startedAt = performance.now()
    await slice.append(sampleBatch(this.#fields, this.#sources, batch, false), false)
    this.#spend('write', startedAt)
    this.#rows += batch.rows
  }

  #openSlice(partition: number, startMs: number): SliceOutput {
    const place = { directory: this.#setup.directory, partition, startMs }
    const open = this.#open[partition] ?? new SliceOutput(place, this.#parts.sink, this.#fields)
    this.#open[partition] = open
    return open
  }

  /** Ends a slice; returns where the next one begins. */
  async #complete(state: SpanState, startMs: number): Promise<number> {
    const outputs = Array.from({ length: this.#partitions }, (_, p) => this.#open[p] ?? null)
    for (const output of outputs) await output?.complete()
    this.#open = []
    state.complete.push({ startMs, outputs })
    if (state.offsets !== null) this.#seal(state)
    return startMs + this.#plan.job.output.sliceMs
  }

  #seal(state: SpanState): void {
    state.sealing = state.sealing.then(() => this.#sealComplete(state)).catch(this.#fail)
  }

  async #sealComplete(state: SpanState): Promise<void> {
    const { offsets } = state
    while (offsets !== null && !this.#signal.aborted) {
      const slice = state.complete[0]
      if (slice === undefined) return
      const startedAt = performance.now()
      const sealed = await Promise.allSettled(
        slice.outputs.map((output, p) => this.#sealPartition(state, slice.startMs, output, p)),
      )
      for (const result of sealed) if (result.status === 'rejected') throw result.reason
      this.#spend('seal', startedAt)
      state.complete.shift()
    }
  }

  async #sealPartition(
    state: SpanState,
    sliceStartMs: number,
    output: SliceOutput | null,
    partition: number,
  ): Promise<void> {
    const offsetNext = state.offsets![partition]! + (output?.rows ?? 0)
    state.offsets![partition] = offsetNext
    const result = output === null ? emptySlice(partition, offsetNext) : await output.seal(offsetNext)
    faultPoint('slice-sealed')
    const stages = this.#parts.stages.map(stage => stage.snapshot(partition))
    const snapshot = encodeSnapshot({ offsetNext, feed: null, stages })
    const sealed = { type: 'sealed', span: state.index, partition, sliceStartMs, result, snapshot } as const
    this.#post(sealed, [snapshot.buffer as ArrayBuffer])
  }

  #progress(upTo: number, span: Span): void {
    const { timeline } = this.#plan
    const watermarkMs = Math.min(
      span.untilMs,
      Number.isFinite(upTo) ? msFromTicks(upTo, timeline) : span.untilMs,
    )
    this.#post({ type: 'progress', rows: this.#rows, watermarksMs: [watermarkMs], idle: [], live: false })
  }

  #spend(stage: string, startedAt: number): void {
    this.#stageMs.set(stage, (this.#stageMs.get(stage) ?? 0) + performance.now() - startedAt)
  }

  /** What this lane counted since the last span. */
  #report(rows: readonly number[]): PartialReport {
    const stageMs = Object.fromEntries([...this.#stageMs].map(([stage, ms]) => [stage, Math.round(ms)]))
    this.#stageMs.clear()
    return {
      ...emptyPartialReport(),
      historyRows: rows.reduce((sum, count) => sum + count, 0),
      historyBytes: this.#parts.takeHistoryBytes(),
      stageMs,
    }
  }
}

/** First index from `low` on, before `high`, whose time is not below `bound`. */
function lowerBound(time: Float64Array, low: number, high: number, bound: number): number {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (time[middle]! < bound) from = middle + 1
    else to = middle
  }
  return from
}
