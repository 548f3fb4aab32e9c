/**
 * One source of an output partition: its state (C2), what is queued on both sides, and what waits in its reorder
 * buffer. It knows nothing of the other sources; `partition-merge.ts` decides whose turn it is.
 *
 *     history ─► queue ──────────── taken as views ──────────►┐
 *                   └─ tail of a seam by offset ─┐            ├─► release
 *     live ────► queue ─► intake ─► on time ─► reorder buffer ►┘
 *                              └──► late, before the seam, future ─► aside
 */

import { assert, HindcastError } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import { sliceEvents } from '../batch/index.ts'
import type { SeamPartition } from '../seam/index.ts'
import type { Ticks } from '../time.ts'
import { AcceptedRows } from './accepted-rows.ts'
import type { AsideLists } from './aside-fate.ts'
import { AsideFate } from './aside-fate.ts'
import type { HeldStore } from './held-store.ts'
import { HistoryQueue } from './history-queue.ts'
import type { IntakeLimits } from './live-intake.ts'
import { LiveIntake } from './live-intake.ts'
import type { LiveOffer } from './live-queue.ts'
import { LiveQueue } from './live-queue.ts'
import { ReorderBuffer } from './reorder-buffer.ts'
import { rowsBelow } from './row-order.ts'
import { SeamWatch } from './seam-watch.ts'
import type { SourceSnapshot } from './snapshot.ts'
import type { SourceCounters } from './source-counters.ts'
import { zeroCounters } from './source-counters.ts'
import type { SourceSpec } from './source-spec.ts'
import type { SourceState } from './source-state.ts'
import { initialState, step } from './source-state.ts'

/**
 * What the partition may do with a source:
 * - `reading`: history and nothing else; everything below `bound` can go
 * - `turn`: it takes its turn at `bound`: a live record, or the hand-over if history has ended
 * - `apart`: idle or finished, it holds nothing back
 */
export type SourceRole = 'reading' | 'turn' | 'apart'

export interface MergeSourceOptions {
  readonly index: number
  readonly partition: number
  readonly spec: SourceSpec
  readonly snapshot: SourceSnapshot | null
  /** Rows of history earlier than this were emitted before the snapshot; −∞ at the start. */
  readonly historyFrom: Ticks
  /** For what the reorder buffer cannot keep in memory; null: it keeps everything. */
  readonly store: HeldStore | null
}

export class MergeSource {
  readonly spec: SourceSpec
  readonly #partition: number
  readonly #history: HistoryQueue
  readonly #live: LiveQueue
  readonly #intake: LiveIntake | null
  readonly #watch: SeamWatch | null
  readonly #accepted = new AcceptedRows()
  readonly #buffer: ReorderBuffer
  readonly #counters = zeroCounters()
  readonly #fate: AsideFate
  #state: SourceState
  #taken: EventBatch[] = []
  /** Order by offset: the offer that is being judged, and its events under the times that order them. */
  #ordered: { readonly offer: LiveOffer; readonly events: EventBatch } | null = null
  #isHolding = false

  constructor({ index, partition, spec, snapshot, historyFrom, store }: MergeSourceOptions) {
    const { live, seam, name } = spec
    this.spec = spec
    this.#partition = partition
    this.#state = snapshot?.state ?? initialState(spec.history)
    this.#history = new HistoryQueue(historyFrom)
    this.#live = new LiveQueue(snapshot?.position ?? live?.offsetStart ?? 0)
    const seamAt = seam?.by === 'time' ? seam.at : Number.NEGATIVE_INFINITY
    this.#intake =
      live === null ? null : new LiveIntake({ disorder: live.disorder, maxFuture: live.maxFuture, seamAt })
    const { disorder, offsetStart: liveFrom } = live ?? { disorder: 0, offsetStart: 0 }
    this.#watch =
      seam === null
        ? null
        : new SeamWatch({ name, partition, seam, disorder, liveFrom }, snapshot?.seam ?? null)
    this.#fate = new AsideFate({ index, partition, spec, watch: this.#watch, counters: this.#counters })
    this.#buffer = new ReorderBuffer(store, snapshot?.spilled)
    if (snapshot === null) return
    Object.assign(this.#counters, snapshot.counters)
    if (snapshot.held !== null) this.#buffer.add(snapshot.held)
  }

  get state(): SourceState {
    return this.#state
  }

  get history(): HistoryQueue {
    return this.#history
  }

  get live(): LiveQueue {
    return this.#live
  }

  /** Bytes of the reorder buffer. */
  get bufferBytes(): number {
    return this.#buffer.bytes
  }

  get isDrained(): boolean {
    return this.#state.kind === 'finished' && this.#heldRows === 0 && this.#history.isEmpty
  }

  /** It has reached a stop that keeps what is not released. */
  get isHeld(): boolean {
    const { kind } = this.#state
    return (
      this.#isHolding &&
      (kind === 'live' || kind === 'idle') &&
      this.#live.head() === null &&
      this.#live.isAtStop
    )
  }

  get role(): SourceRole {
    const { kind } = this.#state
    if (kind === 'backlog') return this.spec.live === null ? 'reading' : 'turn'
    return kind === 'live' ? 'turn' : 'apart'
  }

  /** No event earlier than this is still to come from this source, as far as is known (see `role`). */
  get bound(): Ticks {
    if (this.#state.kind !== 'backlog') return this.#state.watermark
    const { seam, live } = this.spec
    if (seam?.by === 'offset') return this.newest - live!.disorder
    if (seam?.by === 'time') return this.#history.isEnded ? seam.at : Math.min(this.#history.known, seam.at)
    return this.#history.isEnded ? Number.POSITIVE_INFINITY : this.#history.known
  }

  /** It can do nothing more at `bound` until more is offered, or its end is told. */
  get isLacking(): boolean {
    const { kind } = this.#state
    if (kind === 'backlog') return !this.#history.isEnded
    return kind === 'live' && this.#live.head() === null && !this.#live.isAtStop
  }

  /** Newest event time seen, that of queued history included. */
  get newest(): Ticks {
    return Math.max(this.#state.newest, this.#history.newest)
  }

  counters(): SourceCounters {
    this.#commit()
    return {
      ...this.#counters,
      doubled: this.#counters.doubled + this.#live.skipped,
      held: this.#heldRows,
    }
  }

  /** Rows that were consumed and have not left. */
  get #heldRows(): number {
    return this.#taken.reduce((rows, batch) => rows + batch.rows, this.#buffer.rows)
  }

  /** Takes the queued history below `limit`; returns how many rows. A history that is over finishes the source. */
  takeHistory(limit: Ticks): number {
    if (this.#state.kind !== 'backlog') return 0
    const from = this.#taken.length
    const rows = this.#history.takeBelow(limit, this.#taken)
    for (let i = from; i < this.#taken.length; i++) this.#sawHistory(this.#taken[i])
    if (this.#history.isEnded && this.#history.isEmpty && this.spec.live === null) {
      this.#state = step(this.#state, { type: 'ended' })
    }
    return rows
  }

  /**
   * History is over and everything below `bound` was taken: live takes over. With a seam by offset the tail of
   * history goes through the reorder buffer. Returns the rows of the tail.
   */
  handOver(): number {
    const { seam, live } = this.spec
    assert(seam !== null && live !== null, 'only a seam is handed over')
    const tail: EventBatch[] = []
    const rows = this.#history.takeBelow(Number.POSITIVE_INFINITY, tail)
    if (seam.by === 'time' && rows > 0) throw this.#beyondSeam(tail[0])
    for (const batch of tail) {
      this.#sawHistory(batch)
      this.#buffer.add(batch)
    }
    this.#live.skipTo(this.#watch!.offsetLast + 1)
    const { newest } = this
    const watermark = seam.by === 'time' ? seam.at : newest - live.disorder
    this.#state = step(this.#state, { type: 'handOver', newest, watermark })
    return rows
  }

  /** Live takes over, and the topic has lost what is before `offset`: the seam has a gap, and live begins there. */
  beginLiveAt(offset: number): void {
    assert(this.#watch !== null && !this.#watch.hasSeenLive, 'live has not begun')
    this.#watch.beginAt(offset)
    this.#live.skipTo(offset)
  }

  /** Consumes at least one live record and at most `rowsMax` of those queued; returns how many. */
  consumeLive(limits: IntakeLimits, rowsMax: number, lists: AsideLists): number {
    const live = this.spec.live!
    const offer = this.#live.head()!
    const { row } = this.#live
    const rowEnd = Math.min(this.#live.rowEnd, row + rowsMax)
    const intake = this.#intake!
    const { events, end } = this.#judge(
      offer,
      { row, rowEnd },
      {
        floor: Math.max(limits.floor, this.#state.watermark),
        watermarkStop: Math.min(
          limits.watermarkStop,
          this.#watch?.closesAt(this.#state.newest) ?? Number.POSITIVE_INFINITY,
        ),
      },
    )
    this.#sort(events, row, end, lists)
    this.#counters.live += end - row
    this.#state = step(this.#state, { type: 'records', newest: intake.newest, disorder: live.disorder })
    this.#watch?.passed(this.#state.newest)
    this.#live.consumeTo(end)
    return end - row
  }

  /** The events under the times that order them, and one past the last row that was judged. */
  #judge(
    offer: LiveOffer,
    rows: { readonly row: number; readonly rowEnd: number },
    limits: IntakeLimits,
  ): { events: EventBatch; end: number } {
    const { events, timestamps } = offer
    const { newest } = this.#state
    const intake = this.#intake!
    if (this.spec.order !== 'offset')
      return { events, end: intake.judge(events.time, timestamps, rows, newest, limits) }
    if (this.#ordered?.offer !== offer) {
      const time = new Float64Array(events.rows)
      this.#ordered = { offer, events: { ...events, time, sub: null } }
    }
    const ordered = this.#ordered.events
    const end = intake.judgeByOffset(events.time, timestamps, rows, newest, limits, ordered.time)
    if (end === events.rows) this.#ordered = null
    return { events: ordered, end }
  }

  /** No live record at or behind offset `at` belongs to this run. */
  stopAt(at: number, hold: boolean): void {
    this.#live.stopAt(at)
    this.#isHolding = hold
  }

  finish(): void {
    this.#state = step(this.#state, { type: 'finish' })
    this.#watch?.ended()
  }

  decide(kind: 'idle' | 'wake'): void {
    this.#state = step(this.#state, { type: kind })
  }

  /** The next time, at most `limit`, up to which can be released at once in bounded memory. */
  timeOfNext(limit: Ticks): Ticks {
    this.#commit()
    return this.#buffer.timeOfNext(limit)
  }

  /** Everything consumed that is earlier than `limit`, in order. */
  release(limit: Ticks): EventBatch[] {
    this.#commit()
    const out = [...this.#takenBelow(limit), ...this.#buffer.releaseBelow(limit)]
    for (const batch of out) this.#counters.emitted += batch.rows
    if (this.#state.kind === 'backlog' && out.length > 0) {
      const last = out[out.length - 1]
      this.#state = step(this.#state, { type: 'emitted', newest: last.time[last.rows - 1] })
    }
    return out
  }

  #takenBelow(limit: Ticks): EventBatch[] {
    const out: EventBatch[] = []
    const rest: EventBatch[] = []
    for (const batch of this.#taken) {
      const end = batch.time[batch.rows - 1] < limit ? batch.rows : rowsBelow(batch, limit)
      if (end > 0) out.push(sliceEvents(batch, 0, end))
      if (end < batch.rows) rest.push(sliceEvents(batch, end, batch.rows))
    }
    this.#taken = rest
    return out
  }

  seam(retained: boolean | null): SeamPartition | null {
    if (this.#watch === null) return null
    const handedOver = this.#state.kind !== 'backlog'
    return this.#watch.prove({ retained, skipped: this.counters().doubled, handedOver })
  }

  get watch(): SeamWatch | null {
    return this.#watch
  }

  /** Only between two releases: what was taken must have left. */
  snapshot(): SourceSnapshot {
    assert(this.#taken.length === 0, 'history that was taken has been released')
    return {
      stream: this.spec.stream,
      state: this.#state,
      position: this.spec.live === null ? null : this.#live.position,
      counters: this.counters(),
      spilled: this.#buffer.spilled(),
      held: this.#buffer.contents(),
      seam: this.#watch === null ? null : this.#watch.snapshot(),
    }
  }

  #sawHistory(batch: EventBatch): void {
    this.#counters.history += batch.rows
    this.#watch?.sawHistory(batch)
  }

  /** Sends the rows [row, end) that were judged where they belong. */
  #sort(events: EventBatch, row: number, end: number, lists: AsideLists): void {
    const { asideRows, asideRow, asideCode, asideWatermark } = this.#intake!
    let from = row
    for (let i = 0; i < asideRows; i++) {
      const at = asideRow[i]
      this.#accept(events, from, at)
      from = at + 1
      this.#fate.settle(events, at, asideCode[i], asideWatermark[i], lists)
    }
    this.#accept(events, from, end)
  }

  #accept(events: EventBatch, from: number, to: number): void {
    if (from === to) return
    if (this.#watch !== null && !this.#watch.hasSeenLive) this.#watch.sawLive(events, from)
    const before = this.#accepted.add(events, from, to)
    if (before !== null) this.#buffer.add(before)
  }

  /** Rows that were accepted become a run of the buffer. */
  #commit(): void {
    const rows = this.#accepted.take()
    if (rows !== null) this.#buffer.add(rows)
  }

  #beyondSeam(batch: EventBatch): HindcastError {
    return new HindcastError('bug', `history was offered at or behind its seam (time ${batch.time[0]})`, {
      where: { stream: this.spec.name, partition: this.#partition },
    })
  }
}
