/**
 * The hub: the main thread's side of a run. It feeds history to the lanes under credit, collects sealed slices, and
 * commits them in order: checkpoint first, then the line in the manifest.
 *
 * Invariant: nothing is written to the manifest after a lane has failed or the run was asked to stop, other than
 * slices that were complete before.
 */

import type { SeamPartition } from '../core/seam/index.ts'
import type { Ticks } from '../core/time.ts'
import { isoOfMs, msFromTicks, ticksFromMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { HistoryEmission, PartitionRange, SetAsideOffsets } from '../history/index.ts'
import type { FromLane, LaneHandle, LivePosition, LiveSides, PartialReport } from '../lanes/index.ts'
import { buffersOf, faultPoint, stopInstantMs } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { Plan } from '../plan/index.ts'
import { pruneCheckpoints, writeCheckpoint } from './checkpoint.ts'
import { removeHeldBefore } from './held-cleanup.ts'
import type { PumpTarget } from './history-pump.ts'
import type { ManifestSlice, ManifestWriter } from './manifest.ts'
import type { CommittedSlice, SliceCommitter } from './slice-committer.ts'
import type { SpanBoard } from './span-board.ts'

export interface HubOptions {
  readonly directory: string
  readonly plan: Plan
  readonly committer: SliceCommitter
  readonly manifest: ManifestWriter
  /** Makes rows that cannot be used durable before anything else is committed; raises where there are too many. */
  readonly onBadRows: (rows: Extract<FromLane, { type: 'bad-rows' }>) => void
  /** Live records that cannot be used; raises where there are too many. */
  readonly onBadRecords: (records: Extract<FromLane, { type: 'bad-records' }>) => void
  /** Told how far live is read. */
  readonly onPositions: (positions: readonly LivePosition[]) => void
  /** Called with each slice as it becomes visible. */
  readonly onSlices: (slices: readonly ManifestSlice[]) => void
}

/** What the lanes have told of themselves last, for who looks on. */
export interface HubFigures {
  /** Rows emitted since this process began. */
  readonly rows: number
  /** Merged watermarks, ms; of partitions that have one of their own. */
  readonly watermarks: readonly { readonly partition: number; readonly ms: number }[]
  /** By lane: history messages that it would take at once. */
  readonly credits: readonly number[]
  /** Sealed slices may come; false: they wait for where they go. */
  readonly hasRoom: boolean
  /** By lane; null: it has no live side. */
  readonly liveSides: readonly (LiveSides | null)[]
}

interface LaneState {
  readonly handle: LaneHandle
  readonly range: PartitionRange
  credit: number
  rows: number
  watermarksMs: readonly (number | null)[]
  idle: readonly boolean[]
  live: boolean
  liveSides: LiveSides | null
  /** A span is assigned to it that it has not read to its end. */
  readsSpan: boolean
  /** What was sent to it last, for the message of its death. */
  reading: string
}

export class Hub implements PumpTarget {
  readonly #options: HubOptions
  readonly #lanes: LaneState[] = []
  readonly #seams: SeamPartition[] = []
  readonly #reports: PartialReport[] = []
  readonly #done = Promise.withResolvers<'finished' | 'stopped'>()
  readonly #spansDone = Promise.withResolvers<'finished'>()
  /** Spans that lanes read before they own partitions. */
  #board: SpanBoard | null = null
  #room = Promise.withResolvers<void>()
  #stopped = 0
  #failed = false
  /** For slices that are sealed. */
  #hasRoom = true
  #lastSliceMs: number | null = null

  constructor(options: HubOptions) {
    this.#options = options
    this.#done.promise.catch(() => {}) // whoever awaits `done` sees it; nobody may be waiting yet
  }

  /** Resolves when all lanes have finished or stopped; rejects with the first failure. */
  get done(): Promise<'finished' | 'stopped'> {
    return this.#done.promise
  }

  get seams(): readonly SeamPartition[] {
    return this.#seams
  }

  /** What the lanes counted besides the slices. */
  get reports(): readonly PartialReport[] {
    return this.#reports
  }

  /** What the main thread counted itself. */
  addReport(report: PartialReport): void {
    this.#reports.push(report)
  }

  /** State of each partition behind the last committed slice. */
  get snapshots(): readonly Uint8Array[] {
    return this.#options.committer.snapshots
  }

  get rows(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.rows, 0)
  }

  /** Smallest merged watermark over the lanes; null before the first event of any. */
  get watermarkMs(): number | null {
    let lowest: number | null = null
    for (const watermarkMs of this.watermarksMs) {
      if (watermarkMs === null) return null
      if (lowest === null || watermarkMs < lowest) lowest = watermarkMs
    }
    return lowest
  }

  /** Merged watermark of each partition. */
  get watermarksMs(): readonly (number | null)[] {
    return this.#lanes.flatMap(lane => lane.watermarksMs)
  }

  get figures(): HubFigures {
    const readsSpans = this.#board?.isDone === false // a lane then has one watermark for all
    const watermarks = this.#lanes.flatMap(({ range, watermarksMs }) =>
      watermarksMs.flatMap((ms, i) =>
        ms === null || readsSpans ? [] : [{ partition: range.first + i, ms }],
      ),
    )
    return {
      rows: this.rows,
      watermarks,
      credits: this.#lanes.map(({ credit }) => credit),
      hasRoom: this.#hasRoom,
      liveSides: this.#lanes.map(({ liveSides }) => liveSides),
    }
  }

  get live(): boolean {
    return this.#lanes.some(lane => lane.live)
  }

  addLane(handle: LaneHandle, range: PartitionRange): void {
    const progress = {
      rows: 0,
      watermarksMs: [null],
      idle: [],
      live: false,
      liveSides: null,
      readsSpan: false,
      reading: 'nothing yet',
    }
    this.#lanes.push({ handle, range, credit: LIMITS.laneCredit, ...progress })
    if (!this.#hasRoom) handle.post({ type: 'pace', hasRoom: false })
  }

  setAside(stream: number, offsets: readonly SetAsideOffsets[]): void {
    for (const { handle, range } of this.#lanes) {
      const own = offsets.filter(({ partition }) => range.first <= partition && partition < range.end)
      if (own.length > 0) handle.post({ type: 'set-aside', stream, offsets: own })
    }
  }

  async history(stream: number, emission: HistoryEmission): Promise<void> {
    faultPoint('history-read')
    for (const [i, lane] of this.#lanes.entries()) {
      while (lane.credit === 0 && !this.#failed) await this.#room.promise
      if (this.#failed) return
      lane.credit--
      lane.reading = this.#historyText(stream, emission.upTo)
      const { events, starts } = emission.shares[i]!
      lane.handle.post({ type: 'history', stream, events, starts, upTo: emission.upTo }, buffersOf(events))
    }
  }

  historyEnd(stream: number): Promise<void> {
    for (const lane of this.#lanes) lane.handle.post({ type: 'history-end', stream })
    return Promise.resolve()
  }

  /** Asks the lanes to stop; `done` resolves when they have. */
  stop(): void {
    for (const lane of this.#lanes) lane.handle.post({ type: 'stop' })
  }

  /** Tells the lanes whether there is room for more slices. */
  pace(hasRoom: boolean): void {
    this.#hasRoom = hasRoom
    for (const lane of this.#lanes) lane.handle.post({ type: 'pace', hasRoom })
  }

  fail(error: HindcastError): void {
    this.#failed = true
    this.#wake()
    this.#done.reject(error)
  }

  /** A lane is gone without having been asked: the run ends with what it was reading. */
  died(lane: number, error: HindcastError): void {
    const { range, reading, live } = this.#lanes[lane]!
    const last = range.end - 1
    const partitions = range.first === last ? `partition ${last}` : `partitions ${range.first}–${last}`
    const text = `${error.message}; it was reading ${live ? 'live' : reading} (${partitions})`
    this.fail(new HindcastError(error.code, text, { where: error.where, advice: error.advice, cause: error }))
  }

  receive(lane: number, message: FromLane): void {
    if (this.#failed) return
    try {
      this.#take(this.#lanes[lane]!, message)
    } catch (error) {
      this.fail(
        error instanceof HindcastError ? error : new HindcastError('bug', String(error), { cause: error }),
      )
    }
  }

  /** Has the lanes read the spans of the board; resolves when all of them are committed. */
  readSpans(board: SpanBoard): Promise<'finished'> {
    this.#board = board
    this.#assignSpans()
    return this.#spansDone.promise
  }

  /** Gives lanes that read nothing the next spans. */
  #assignSpans(): void {
    for (const [index, lane] of this.#lanes.entries()) if (!lane.readsSpan) this.#nextSpan(lane, index)
  }

  #nextSpan(lane: LaneState, index: number): void {
    const board = this.#board!
    const span = board.assign(index)
    if (span === null) return
    lane.readsSpan = true
    lane.reading = `history of the span from ${isoOfMs(span.fromMs)} to ${isoOfMs(span.untilMs)}`
    lane.handle.post({ type: 'span', span })
    const offsets = board.offsetsOf(span.index)
    if (offsets !== null) lane.handle.post({ type: 'number', span: span.index, offsets })
  }

  #spanRead(lane: LaneState, span: number, rows: readonly number[]): void {
    for (const known of this.#board!.read(span, rows)) {
      this.#lanes[known.lane]!.handle.post({ type: 'number', span: known.span, offsets: known.offsets })
    }
    lane.readsSpan = false
    this.#assignSpans()
  }

  #sealed({ span, partition, sliceStartMs, result, snapshot }: Extract<FromLane, { type: 'sealed' }>): void {
    const slice = { startMs: sliceStartMs, result, snapshot }
    const { committer } = this.#options
    if (span === null) committer.sealed(partition, slice)
    else
      for (const next of this.#board!.sealed(span, partition, slice))
        committer.sealed(next.partition, next.slice)
    this.#commit()
    if (span !== null) this.#assignSpans()
    if (this.#board?.isDone === true) this.#spansDone.resolve('finished')
  }

  #take(lane: LaneState, message: FromLane): void {
    switch (message.type) {
      case 'ready':
        return
      case 'credit':
        lane.credit++
        this.#wake()
        return
      case 'progress':
        lane.rows = message.rows
        lane.watermarksMs = message.watermarksMs
        lane.idle = message.idle
        lane.live = message.live
        lane.liveSides = message.liveSides ?? null
        this.#options.onPositions(message.liveSides?.positions ?? [])
        this.#followIdle()
        return
      case 'sealed':
        this.#sealed(message)
        return
      case 'span-read':
        this.#reports.push(message.report)
        this.#spanRead(lane, message.span, message.rows)
        return
      case 'bad-rows':
        this.#options.onBadRows(message)
        return
      case 'bad-records':
        this.#options.onBadRecords(message)
        return
      case 'seams':
        this.#seams.push(...message.seams)
        return
      case 'finished':
        this.#seams.push(...message.seams)
        this.#reports.push(message.report)
        this.#options.committer.finished(message.partition, message.held)
        this.#commit()
        if (this.#options.committer.allFinished) this.#done.resolve('finished')
        return
      case 'stopped':
        this.#stopped++
        if (this.#stopped === this.#lanes.length) this.#done.resolve('stopped')
        return
      case 'failed':
        this.fail(HindcastError.fromData(message.error))
    }
  }

  /** Where only idle partitions hold the next slice back, they are told how far the others are (C2). */
  #followIdle(): void {
    const waiting = this.#options.committer.waiting
    if (waiting === null) return
    const { fromMs, upToMs, partitions } = waiting
    const isIdle = (p: number): boolean =>
      this.#lanes.some(
        ({ range, idle }) => range.first <= p && p < range.end && idle[p - range.first] === true,
      )
    if (!partitions.every(isIdle)) return
    for (const { handle, range } of this.#lanes) {
      const isAsked = partitions.some(p => range.first <= p && p < range.end)
      if (isAsked) handle.post({ type: 'follow', fromMs, upToMs })
    }
  }

  /** Commits all that is complete under one checkpoint: that of the last slice. */
  #commit(): void {
    const { committer, directory, plan, manifest, onSlices } = this.#options
    const slices: CommittedSlice[] = []
    for (let slice = committer.take(); slice !== null; slice = committer.take()) slices.push(slice)
    const last = slices.at(-1)
    if (last === undefined) return
    writeCheckpoint(directory, plan.hash, last.startMs, last.snapshots)
    faultPoint('checkpoint-written')
    const lines = slices.map(({ startMs, partitions }) => ({
      slice: startMs,
      endMs: this.#endOf(startMs),
      partitions,
    }))
    manifest.append(lines)
    faultPoint('manifest-appended')
    pruneCheckpoints(
      directory,
      this.#lastSliceMs === null ? [last.startMs] : [this.#lastSliceMs, last.startMs],
    )
    if (this.#lastSliceMs !== null)
      removeHeldBefore(directory, ticksFromMs(this.#endOf(this.#lastSliceMs), plan.timeline), last.snapshots)
    this.#lastSliceMs = last.startMs
    onSlices(lines)
  }

  /** The last slice of a run that stops at an instant may end before its time. */
  #endOf(startMs: number): number {
    const { job } = this.#options.plan
    return Math.min(startMs + job.output.sliceMs, stopInstantMs(job) ?? Number.POSITIVE_INFINITY)
  }

  #historyText(stream: number, upTo: Ticks): string {
    const { streams, timeline } = this.#options.plan
    const until = Number.isFinite(upTo) ? ` up to ${isoOfMs(msFromTicks(upTo, timeline))}` : ''
    return `history of ${streams[stream]!.name}${until}`
  }

  #wake(): void {
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }
}
