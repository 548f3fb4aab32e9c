/**
 * Everything that flows into one output partition: history as the hub sends it, live as it is read here, merged (C2).
 *
 *     hub ── offerHistory, endHistory ──► ┌───────┐
 *                                         │ merge │ ──► next(boundary): what may leave, in C1 order
 *     log ◄── read by position ─────────► └───────┘
 *
 * The merge decides by data alone; what hangs on the clock here (a partition fell idle, woke up) is journaled before
 * the merge moves on.
 */

import type { EventBatch } from '../core/batch/index.ts'
import type { OffsetRange, SeamPartition } from '../core/seam/index.ts'
import type { Ticks, Timeline } from '../core/time.ts'
import { isoOfMs, msFromTicks, ticksPerMs } from '../core/time.ts'
import type { Aside, DecisionKind, Emission, PartitionMerge } from '../core/watermark/index.ts'
import { encodeSnapshot, LatenessCount } from '../core/watermark/index.ts'
import type { ErrorWhere } from '../errors.ts'
import { assert } from '../errors.ts'
import { faultPoint } from './fault-point.ts'
import { HandOver } from './hand-over.ts'
import type { Journal } from './journal.ts'
import type { PartialReport } from './lane-report.ts'
import type { BadRecords, LiveCount, LiveCounter } from './live-count.ts'
import type { BadRecord } from './live-reader.ts'
import type { LiveTail } from './live-tail.ts'
import type { LivePosition } from './messages.ts'

/** What leaves in one step. */
export interface FeedStep {
  readonly emitted: readonly Emission[]
  readonly aside: readonly Aside[]
  /** Live records that could not be decoded, in the order of consumption. */
  readonly bad: readonly (BadRecord & { readonly source: number })[]
  /** Everything below the boundary has left. */
  readonly crossed: boolean
  /** Nothing is left, or all that is left is behind the boundary and held for the next run (C10). */
  readonly ended: boolean
}

/** Where a source was read last: an offset of live, or the time up to which history was complete. */
interface FeedPosition {
  readonly source: number
  readonly side: 'history' | 'live'
  readonly at: number
}

/** The seam of a source. */
export interface WatchedSeam {
  /** Live still held the whole overlap at the first start. */
  readonly retained: boolean
  /** Newest live time from which on the proof is final. */
  readonly settled: Ticks
}

export interface FeedOptions {
  readonly merge: PartitionMerge
  /** Names of the streams: one a source of the merge. */
  readonly names: readonly string[]
  readonly timeline: Timeline
  /** The source whose events become samples. */
  readonly samples: number
  /** How far out of order live of the samples may be: nothing on time is earlier than its first event less this. */
  readonly disorder: Ticks
  readonly maxFuture: Ticks
  /** Live tails by source index; sources without a live side have none. */
  readonly tails: ReadonlyMap<number, LiveTail>
  /** What the tails have read, by source index. */
  readonly counters: ReadonlyMap<number, LiveCounter>
  readonly seams: ReadonlyMap<number, WatchedSeam>
  readonly journal: Journal
  readonly signal: AbortSignal
  /** Called whenever the merge has moved. */
  readonly onMoved: () => void
  /** Told of live records that cannot be used as soon as they are read. */
  readonly onBad: (source: number, bad: BadRecords) => void
}

export class PartitionFeed {
  readonly #options: FeedOptions
  /** Sources whose history was over at the snapshot: what is read again of it has left, or is in their buffers. */
  readonly #behindHistory: ReadonlySet<number>
  #arrived = Promise.withResolvers<void>()
  #queuedBatches = 0
  #isClosed = false
  /** The first slice to write is known. */
  #hasBegun = false
  /** What other partitions have sealed while this one was idle; null: nothing yet. */
  #others: { readonly from: Ticks; readonly upTo: Ticks } | null = null
  #reading: FeedPosition | null = null
  /** Time of the first event of the samples that was offered; null before. */
  #first: Ticks | null = null
  #historyEnded: boolean
  #seamCrossed = false
  #lastWatermark: Ticks | null = null
  readonly #lateness: LatenessCount
  readonly #handOver: HandOver

  constructor(options: FeedOptions) {
    this.#options = options
    this.#lateness = new LatenessCount(ticksPerMs(options.timeline))
    this.#handOver = new HandOver(options)
    const { merge, names } = options
    this.#behindHistory = new Set(
      names.flatMap((_, source) => (merge.stateOf(source).kind === 'backlog' ? [] : [source])),
    )
    this.#historyEnded = options.merge.stateOf(options.samples).kind !== 'backlog'
    options.signal.addEventListener('abort', () => this.#arrived.resolve(), { once: true })
  }

  get partition(): number {
    return this.#options.merge.partition
  }

  /** The last finite watermark; null before the first event. */
  get lastWatermark(): Ticks | null {
    return this.#lastWatermark
  }

  /** History messages that are not worked off; 0 where more are needed to go on. */
  get queuedBatches(): number {
    return this.#queuedBatches
  }

  get isLive(): boolean {
    const kind = this.#options.merge.stateOf(this.#options.samples).kind
    return kind === 'live' || kind === 'idle'
  }

  offerHistory(source: number, events: EventBatch | null, upTo: Ticks): void {
    if (this.#isClosed) return
    const fresh = this.#behindHistory.has(source) ? null : events
    if (source === this.#options.samples && fresh !== null && fresh.rows > 0) this.#first ??= fresh.time[0]!
    this.#reading = { source, side: 'history', at: upTo }
    this.#options.merge.offerHistory(source, fresh, upTo)
    this.#queuedBatches++
    this.#arrived.resolve()
  }

  /** Files of the source have these offsets, in rows that are not offered. */
  setAside(source: number, ranges: readonly OffsetRange[]): void {
    this.#options.merge.watchOf(source)?.setAside(ranges)
  }

  endHistory(source: number): void {
    if (source === this.#options.samples) this.#historyEnded = true
    this.#options.merge.endHistory(source)
    this.#arrived.resolve()
  }

  /** It has nothing to go on with and, as long as nothing comes, does not hold others back (C2). */
  get isIdle(): boolean {
    const { merge, samples, tails } = this.#options
    if (this.#isClosed) return false
    return merge.isIdle || (!this.#hasBegun && tails.get(samples)?.isIdle === true)
  }

  /** While this partition is idle, the others have sealed the slices from `from` up to `upTo`: it is to do so too. */
  follow(from: Ticks, upTo: Ticks): void {
    this.#others = { from, upTo }
  }

  /**
   * A time that no event of the samples on time is earlier than; null if there is none at all. Where none comes for
   * so long that the stream is idle, the other partitions tell.
   */
  async firstTime(): Promise<Ticks | null> {
    const { samples, tails, disorder } = this.#options
    const tail = tails.get(samples)
    while (this.#first === null) {
      this.#throwIfAborted()
      this.#options.onMoved()
      if (!this.#historyEnded) await this.#arrival()
      else if (tail === undefined || tail.isAtStop) return null
      else if (tail.isIdle && this.#others !== null) break
      else {
        await this.#handOver.ask(this.#handOver.due(samples))
        await this.#read(samples, tail, true)
      }
    }
    this.#hasBegun = true
    if (this.#first === null) return this.#others!.from
    return this.#historyEnded ? this.#first - disorder : this.#first
  }

  /** What can leave below the boundary; waits until something can, or the boundary is crossed, or all has ended. */
  async next(boundary: Ticks): Promise<FeedStep> {
    const { merge } = this.#options
    this.#hasBegun = true
    for (;;) {
      this.#throwIfAborted()
      const { emitted, aside, crossed } = merge.advance(boundary)
      const due = this.#handOver.due()
      if (due.length > 0) await this.#handOver.ask(due)
      this.#noteSeam()
      if (Number.isFinite(merge.watermark)) this.#lastWatermark = merge.watermark
      this.#queuedBatches = merge.queuedHistory
      this.#options.onMoved()
      const ended = merge.isFinished || (merge.isHeld && !crossed)
      const bad = this.#takeBad()
      if (emitted.length + aside.length + bad.length > 0 || crossed || ended)
        return { emitted, aside, bad, crossed, ended }
      if (due.length === 0) await this.#feed()
    }
  }

  /** Nothing more is asked for: what is still offered is let go, so that other partitions of the lane get theirs. */
  close(): void {
    this.#isClosed = true
    this.#queuedBatches = 0
    this.#options.journal.close()
    this.#options.onMoved()
  }

  /** What was read last, in words, and where that is: for the message of a failure. */
  get reading(): { readonly text: string; readonly where: ErrorWhere } {
    const { merge, names, timeline } = this.#options
    const { partition } = merge
    if (this.#reading === null) return { text: 'nothing yet', where: { partition } }
    const { source, side, at } = this.#reading
    const stream = names[source]!
    if (side === 'live')
      return { text: `live of ${stream} from offset ${at}`, where: { stream, partition, offset: at } }
    const upTo = Number.isFinite(at) ? ` up to ${isoOfMs(msFromTicks(at, timeline))}` : ''
    return { text: `history of ${stream}${upTo}`, where: { stream, partition } }
  }

  seams(): SeamPartition[] {
    const { merge, seams } = this.#options
    return [...seams].flatMap(([source, { retained }]) => merge.seamOf(source, retained) ?? [])
  }

  /** The first seam whose proof is final and has failed; null while there is hope. */
  failedSeam(): SeamPartition | null {
    const { merge, seams } = this.#options
    for (const [source, { retained, settled }] of seams) {
      const { kind, newest } = merge.stateOf(source)
      if (kind === 'backlog' || (kind !== 'finished' && newest < settled)) continue
      const seam = merge.seamOf(source, retained)
      if (seam !== null && !seam.proven) return seam
    }
    return null
  }

  /** Where each live side is read, for who looks on. */
  livePositions(): LivePosition[] {
    const { merge, tails, counters } = this.#options
    const { partition } = merge
    return [...tails].map(([stream, { offset, endOffset }]) => {
      return { stream, partition, offset, endOffset, count: counters.get(stream)!.count }
    })
  }

  /** What this partition has to say in the report. */
  report(stageMs: ReadonlyMap<string, number>): Omit<PartialReport, 'stores'> {
    const { merge, timeline, names } = this.#options
    const counters = names.map((_, source) => merge.countersOf(source))
    return {
      historyRows: counters.reduce((sum, { history }) => sum + history, 0),
      liveRows: counters.reduce((sum, { live }) => sum + live, 0),
      historyBytes: 0, // read by whoever sends it here
      watermarks: [
        {
          partition: merge.partition,
          watermarkMs: this.#lastWatermark === null ? null : msFromTicks(this.#lastWatermark, timeline),
          state: merge.stateOf(this.#options.samples).kind,
        },
      ],
      lateness: this.#lateness.rows,
      stageMs: Object.fromEntries([...stageMs].map(([stage, ms]) => [stage, Math.round(ms)])),
    }
  }

  /** Of each source: epoch of the leader that wrote the record before its live position; null: not known. */
  liveEpochs(): (number | null)[] {
    const { merge, names, tails } = this.#options
    return names.map((_, source) => tails.get(source)?.epochAt(merge.positionOf(source)) ?? null)
  }

  /** Of each source: live records before its live position; null: it has no live side. */
  liveCounts(): (LiveCount | null)[] {
    const { merge, names, counters } = this.#options
    return names.map((_, source) => counters.get(source)?.countAt(merge.positionOf(source)) ?? null)
  }

  snapshot(): Uint8Array {
    return encodeSnapshot(this.#options.merge.snapshot())
  }

  /** Brings what the merge is waiting for. */
  async #feed(): Promise<void> {
    const { merge, tails } = this.#options
    if ((await this.#lookAtIdle()) || this.#followOthers()) return
    const starved = merge.starved()
    const live = starved.find(source => merge.stateOf(source).kind === 'live')
    if (live !== undefined) {
      const tail = tails.get(live)!
      await this.#read(live, tail, true)
      if (tail.isIdle) this.#decide(live, 'idle')
      return
    }
    if (starved.length > 0) {
      await this.#arrival()
      return
    }
    const idle = [...tails].find(([source]) => merge.stateOf(source).kind === 'idle')
    assert(idle !== undefined, 'a merge that waits for nothing and has not ended has an idle source')
    await this.#read(idle[0], idle[1], true)
    this.#wakeUp()
  }

  /** Looks, without waiting, whether idle sources have records again; true if one woke. */
  async #lookAtIdle(): Promise<boolean> {
    const { merge, tails } = this.#options
    for (const [source, tail] of tails) {
      if (merge.stateOf(source).kind === 'idle' && merge.queuedBytes(source) === 0)
        await this.#read(source, tail, false)
    }
    return this.#wakeUp()
  }

  #wakeUp(): boolean {
    const sources = this.#options.merge.needWake()
    for (const source of sources) this.#decide(source, 'wake')
    return sources.length > 0
  }

  #followOthers(): boolean {
    const decision = this.#options.merge.follow(this.#others?.upTo ?? Number.NEGATIVE_INFINITY)
    if (decision !== null) this.#options.journal.append(decision)
    return decision !== null
  }

  #decide(source: number, kind: DecisionKind): void {
    const decision = this.#options.merge.decide(source, kind)
    if (decision !== null) this.#options.journal.append(decision)
  }

  async #read(source: number, tail: LiveTail, wait: boolean): Promise<void> {
    this.#reading = { source, side: 'live', at: tail.offset }
    const read = await tail.read(this.#options.signal, wait)
    faultPoint('live-read')
    if (source === this.#options.samples && read.events.rows > 0)
      this.#first ??= firstBelieved(read, this.#options.maxFuture)
    const bad = this.#options.counters.get(source)!.add(read)
    if (bad !== null) this.#options.onBad(source, bad)
    const { events, timestamp, offsetNext, holes } = read
    if (holes.length > 0) this.#options.merge.watchOf(source)?.sawHoles(holes)
    if (source === this.#options.samples) this.#lateness.add(events.time)
    this.#options.merge.offerLive(source, { events, timestamps: timestamp, offsetNext })
  }

  /** Bad records leave with the position: those that the merge has gone past, each once. */
  #takeBad(): (BadRecord & { source: number })[] {
    const { merge, tails, counters } = this.#options
    const bad: (BadRecord & { source: number })[] = []
    for (const [source, tail] of tails) {
      const position = merge.positionOf(source)
      counters.get(source)!.passed(position)
      for (const record of tail.takeBad(position)) bad.push({ ...record, source })
    }
    return bad
  }

  #noteSeam(): void {
    if (this.#seamCrossed || !this.isLive) return
    this.#seamCrossed = true
    faultPoint('seam-crossed')
  }

  /** Waits for more history, which is needed to go on, whatever is queued of other streams. */
  async #arrival(): Promise<void> {
    this.#queuedBatches = 0
    this.#options.onMoved()
    await this.#arrived.promise
    this.#arrived = Promise.withResolvers()
  }

  #throwIfAborted(): void {
    this.#options.signal.throwIfAborted()
  }
}

/** Time of the first event that does not lie too far in the future; null if all do. */
function firstBelieved(
  read: { readonly events: EventBatch; readonly timestamp: Float64Array },
  maxFuture: Ticks,
): Ticks | null {
  const row = read.events.time.findIndex((time, i) => time <= read.timestamp[i]! + maxFuture)
  return row < 0 ? null : read.events.time[row]!
}
