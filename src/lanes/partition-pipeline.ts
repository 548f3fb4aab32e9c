/**
 * One output partition from merged events to sealed slices.
 *
 *     feed (history + live, merged) ─► stages ─► samples ─► slice ─┬─ sealed: file, digest, late lines, snapshot
 *                                                                  └─ the next slice
 *
 * Invariant: at most one slice is open; a slice is sealed only when the feed has released everything below its end,
 * and the snapshot that goes with it is the state at exactly that moment.
 */

import type { EventBatch, Schema } from '../core/batch/index.ts'
import type { Timeline } from '../core/time.ts'
import { msFromTicks, ticksFromMs } from '../core/time.ts'
import { sliceStart } from '../plan/index.ts'
import type { SampleSink } from '../sinks/index.ts'
import type { TimesOf } from './event-times.ts'
import { faultPoint } from './fault-point.ts'
import type { Gate } from './gate.ts'
import { takeStoreReads } from './lane-report.ts'
import type { FromLane, PartitionSlice } from './messages.ts'
import type { FeedStep, PartitionFeed } from './partition-feed.ts'
import type { SampleSource } from './sample-columns.ts'
import { SampleWriter } from './sample-writer.ts'
import { seamUnproven } from './seam-unproven.ts'
import { badRecordLine, sideLines } from './side-lines.ts'
import { emptySlice, SliceOutput } from './slice-output.ts'
import { decodeSnapshot, encodeSnapshot, type PartitionSnapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { StepTimes } from './step-times.ts'

export interface PipelineOptions {
  readonly partition: number
  readonly feed: PartitionFeed
  readonly stages: readonly Stage[]
  readonly sink: SampleSink
  readonly directory: string
  /** Ordinal of the stream whose events become samples. */
  readonly samples: number
  /** Names of the streams by source index. */
  readonly sourceNames: readonly string[]
  /** Topics of their live sides; null: none. */
  readonly topics: readonly (string | null)[]
  /** Columns of a sample that are written as they come, and where each comes from. */
  readonly fields: Schema
  readonly sources: readonly SampleSource[]
  readonly timesOf: TimesOf
  readonly timeline: Timeline
  readonly sliceMs: number
  /** First slice to write; null: the slice of the first event released. */
  readonly sliceStartMs: number | null
  /** Keep what is not in a sealed slice for a run that goes on from here (C10). */
  readonly hold: boolean
  /** End of the output, ms: what is earlier is emitted, in the last slice too; null: none but that of the feed. */
  readonly stopMs: number | null
  readonly allowUnprovenSeam: boolean
  readonly gate: Gate
  readonly post: (message: FromLane, transfer?: ArrayBuffer[]) => void
}

export class PartitionPipeline {
  readonly #options: PipelineOptions
  #startMs: number | null
  #slice: SliceOutput | null = null
  #offsetNext = 0
  /** Its step `feed` is waiting for input, merge included. */
  readonly #times = new StepTimes()
  readonly #writer: SampleWriter

  constructor(options: PipelineOptions, offsetNext: number) {
    this.#options = options
    this.#writer = new SampleWriter(options, this.#times)
    this.#startMs = options.sliceStartMs
    this.#offsetNext = offsetNext
  }

  /** Rows written since the lane started. */
  get rows(): number {
    return this.#writer.rows
  }

  /** Runs until the feed is at its end. Throws what goes wrong; the open slice is then discarded. */
  async run(): Promise<void> {
    const { feed, partition, post, hold, gate } = this.#options
    try {
      for (;;) {
        await gate.pass()
        this.#startMs ??= await this.#firstSlice()
        if (this.#startMs === null || this.#isAtStop(this.#startMs)) break
        const step = await this.#times.of('feed', () => feed.next(this.#sliceEnd()))
        this.#checkSeams()
        await this.#take(step)
        if (step.ended) break
        if (step.crossed) await this.#seal()
      }
      if (!hold && this.#slice !== null && !this.#slice.isEmpty) await this.#seal()
      const report = { ...feed.report(this.#times.ms), stores: takeStoreReads(this.#options.stages) }
      post({ type: 'finished', partition, held: hold, seams: feed.seams(), report })
    } finally {
      feed.close()
      await this.#discard()
    }
  }

  async #discard(): Promise<void> {
    const slice = this.#slice
    this.#slice = null
    await slice?.discard()
  }

  /** C3: what an unproven seam would let through is never sealed, unless that was allowed. */
  #checkSeams(): void {
    const { allowUnprovenSeam, feed, post } = this.#options
    const failed = allowUnprovenSeam ? null : feed.failedSeam()
    if (failed === null) return
    post({ type: 'seams', seams: feed.seams() })
    throw seamUnproven(`${failed.stream}, partition ${failed.partition}: ${failed.reason}`)
  }

  #isAtStop(startMs: number): boolean {
    const { stopMs } = this.#options
    return stopMs !== null && startMs >= stopMs
  }

  /** End of the open slice, ticks; the last one ends at the stop. */
  #sliceEnd(): number {
    const { sliceMs, stopMs, timeline } = this.#options
    return ticksFromMs(Math.min(this.#startMs! + sliceMs, stopMs ?? Number.POSITIVE_INFINITY), timeline)
  }

  async #firstSlice(): Promise<number | null> {
    const first = await this.#options.feed.firstTime()
    return first === null
      ? null
      : sliceStart(msFromTicks(first, this.#options.timeline), this.#options.sliceMs)
  }

  #open(): SliceOutput {
    const { directory, partition, sink, fields } = this.#options
    this.#slice ??= new SliceOutput({ directory, partition, startMs: this.#startMs! }, sink, fields)
    return this.#slice
  }

  async #take(step: FeedStep): Promise<void> {
    const { sourceNames, topics, timeline, partition } = this.#options
    const sideOf = (source: number) => ({ stream: sourceNames[source]!, topic: topics[source]! })
    for (const { events, late } of step.emitted) await this.#write(events, late)
    for (const { source, reason, events, watermark } of step.aside) {
      const lines = sideLines({ ...sideOf(source), reason, events, watermark }, timeline)
      for (const line of lines) {
        if (reason === 'future') this.#open().addQuarantined(line)
        else this.#open().addLate(line)
      }
    }
    for (const bad of step.bad)
      this.#open().addQuarantined(badRecordLine(bad, { ...sideOf(bad.source), partition }))
  }

  async #write(events: EventBatch, late: boolean): Promise<void> {
    const { samples, timesOf } = this.#options
    if (events.stream !== samples) return
    await this.#writer.write(timesOf(events), this.#open(), late)
    this.#offsetNext += events.rows
  }

  async #seal(): Promise<void> {
    const { partition, feed, post, sliceMs, stages } = this.#options
    const startMs = this.#startMs!
    const snapshot = encodeSnapshot({
      offsetNext: this.#offsetNext,
      feed: feed.snapshot(),
      epochs: feed.liveEpochs(),
      counts: feed.liveCounts(),
      stages: stages.map(stage => stage.snapshot(partition)),
    })
    const slice = this.#slice
    const result: PartitionSlice =
      slice === null
        ? emptySlice(partition, this.#offsetNext)
        : await this.#times.of('seal', () => slice.seal(this.#offsetNext))
    this.#slice = null
    faultPoint('slice-sealed')
    post({ type: 'sealed', span: null, partition, sliceStartMs: startMs, result, snapshot }, [
      snapshot.buffer as ArrayBuffer,
    ])
    this.#startMs = startMs + sliceMs
  }
}

/** What a pipeline goes on from. */
export function restorePartition(
  bytes: Uint8Array | null,
  partition: number,
  stages: readonly Stage[],
): Omit<PartitionSnapshot, 'stages'> {
  if (bytes === null) return { offsetNext: 0, feed: null, epochs: [], counts: [] }
  const snapshot = decodeSnapshot(bytes)
  stages.forEach((stage, s) => {
    const state = snapshot.stages[s]
    if (state !== undefined && state !== null) stage.restore(partition, state)
  })
  return snapshot
}
