/**
 * Reads spans of history one after the other, all partitions of each, and seals their slices.
 *
 *     span ─► emissions in C1 order ─► stages ─► samples ─► slices ─► complete ─(first numbers known)─► sealed
 *
 * Nothing is merged: a span is history alone, and history is in order as it comes. Files are complete but for the
 * counted offsets until the rows of all earlier spans are counted, which other lanes do meanwhile.
 */

import type { EventBatch, Schema } from '../core/batch/index.ts'
import { batchBytes, sliceEvents } from '../core/batch/index.ts'
import { msFromTicks, ticksFromMs } from '../core/time.ts'
import type { Plan } from '../plan/index.ts'
import { faultPoint } from './fault-point.ts'
import type { Gate } from './gate.ts'
import type { LaneParts } from './lane-parts.ts'
import type { PartialReport } from './lane-report.ts'
import { emptyPartialReport, takeStoreReads } from './lane-report.ts'
import type { FromLane, LaneSetup } from './messages.ts'
import { sampleSources, writtenFields } from './sample-columns.ts'
import { SampleWriter } from './sample-writer.ts'
import { emptySlice, SliceOutput } from './slice-output.ts'
import { encodeSnapshot } from './snapshot.ts'
import type { Span, SpanEmission, SpanReader } from './span-reader.ts'
import type { Stage } from './stage.ts'
import { StepTimes } from './step-times.ts'

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

export interface SpanRunnerOptions {
  readonly setup: LaneSetup
  readonly parts: LaneParts
  /** The stages once they are open; null: nothing is to be processed any more. */
  readonly stages: Promise<readonly Stage[] | null>
  readonly post: Post
  readonly signal: AbortSignal
  readonly gate: Gate
  /** Told what goes wrong when nobody waits. */
  readonly fail: (error: unknown) => void
}

export class SpanRunner {
  readonly #options: SpanRunnerOptions
  readonly #plan: Plan
  readonly #partitions: number
  readonly #fields: Schema
  readonly #times = new StepTimes()
  readonly #states = new Map<number, SpanState>()
  /** Slices under way, by partition. */
  #open: (SliceOutput | null)[] = []
  /** Null before the stages are open. */
  #writer: SampleWriter | null = null
  #stages: readonly Stage[] = []
  /** It is known whether there are stages. */
  #isTold = false

  constructor(options: SpanRunnerOptions) {
    const { plan } = options.setup
    const samples = plan.streams.find(stream => stream.name === plan.job.samples)!
    this.#options = options
    this.#plan = plan
    this.#partitions = plan.job.streams[samples.ordinal]!.partitions
    this.#fields = writtenFields(plan.output, !samples.ownOffsets)
    const told = (): void => {
      this.#isTold = true
    }
    options.stages.then(told, told)
  }

  /** Rows of all spans so far. */
  get rows(): number {
    return this.#writer?.rows ?? 0
  }

  /** Reads the span; its slices are sealed as soon as their first numbers are known. */
  async run(span: Span): Promise<void> {
    const state = this.#stateOf(span.index)
    const rows = new Array<number>(this.#partitions).fill(0)
    const reader = await this.#options.parts.openSpan(span)
    try {
      let startMs = span.fromMs
      const ahead = await this.#readAhead(reader)
      for (;;) {
        const emission = ahead.length > 0 ? ahead.shift()! : await this.#readOne(reader)
        if (emission === null || this.#options.signal.aborted) break
        if (!(await this.#isReady())) break
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
      while (startMs < span.untilMs && !this.#options.signal.aborted)
        startMs = await this.#complete(state, startMs)
    } finally {
      await reader.close()
    }
    if (this.#options.signal.aborted) return
    this.#options.post({ type: 'span-read', span: span.index, rows, report: this.#report(rows) })
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

  async #readOne(reader: SpanReader): Promise<SpanEmission | null> {
    await this.#options.gate.pass()
    return this.#times.of('read', () => reader.next())
  }

  /**
   * What can be read while features are still being loaded, in order; null last where the span ends in it. Bounded by
   * the memory of the sink, which has nothing to hold as long as nothing is written.
   */
  async #readAhead(reader: SpanReader): Promise<(SpanEmission | null)[]> {
    const ahead: (SpanEmission | null)[] = []
    const { signal, setup } = this.#options
    for (let bytes = 0; !this.#isTold && !signal.aborted && bytes < setup.memory.sink; ) {
      const emission = await this.#readOne(reader)
      ahead.push(emission)
      if (emission === null) break
      bytes += batchBytes(emission.events)
    }
    return ahead
  }

  /** Ends when the stages are open; false where they never will be. What has been read waits meanwhile. */
  async #isReady(): Promise<boolean> {
    if (this.#writer !== null) return true
    const stages = await this.#options.stages
    if (stages === null) return false
    const samples = this.#plan.streams.find(stream => stream.name === this.#plan.job.samples)!
    const processed = [...samples.reads, ...stages.flatMap(stage => stage.adds)]
    const sources = sampleSources(this.#fields, processed)
    this.#stages = stages
    this.#writer = new SampleWriter({ stages, fields: this.#fields, sources }, this.#times)
    return true
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
      const part = { ...sliceEvents(events, from[p]!, to), partition: p }
      await this.#writer!.write(part, this.#openSlice(p, startMs), false)
      rows[p]! += to - from[p]!
      from[p] = to
    }
  }

  #openSlice(partition: number, startMs: number): SliceOutput {
    const place = { directory: this.#options.setup.directory, partition, startMs }
    const open = this.#open[partition] ?? new SliceOutput(place, this.#options.parts.sink, this.#fields)
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
    state.sealing = state.sealing.then(() => this.#sealComplete(state)).catch(this.#options.fail)
  }

  async #sealComplete(state: SpanState): Promise<void> {
    const { offsets } = state
    while (offsets !== null && !this.#options.signal.aborted) {
      const slice = state.complete[0]
      if (slice === undefined) return
      const seal = (output: SliceOutput | null, p: number): Promise<void> =>
        this.#sealPartition(state, slice.startMs, output, p)
      const sealed = await this.#times.of('seal', () => Promise.allSettled(slice.outputs.map(seal)))
      for (const result of sealed) if (result.status === 'rejected') throw result.reason
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
    const stages = this.#stages.map(stage => stage.snapshot(partition))
    const snapshot = encodeSnapshot({ offsetNext, feed: null, epochs: [], counts: [], stages })
    const sealed = { type: 'sealed', span: state.index, partition, sliceStartMs, result, snapshot } as const
    this.#options.post(sealed, [snapshot.buffer as ArrayBuffer])
  }

  #progress(upTo: number, span: Span): void {
    const { timeline } = this.#plan
    const watermarkMs = Math.min(
      span.untilMs,
      Number.isFinite(upTo) ? msFromTicks(upTo, timeline) : span.untilMs,
    )
    this.#options.post({
      type: 'progress',
      rows: this.rows,
      watermarksMs: [watermarkMs],
      idle: [],
      live: false,
    })
  }

  /** What this lane counted since the last span. */
  #report(rows: readonly number[]): PartialReport {
    return {
      ...emptyPartialReport(),
      historyRows: rows.reduce((sum, count) => sum + count, 0),
      historyBytes: this.#options.parts.takeHistoryBytes(),
      stageMs: this.#times.take(),
      stores: takeStoreReads(this.#stages),
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
