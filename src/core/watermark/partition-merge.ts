/**
 * The merge of one output partition (C1, C2, C3): several sources in, one sequence out.
 *
 *     offer* ─► sources ─► whose turn? ─► release below the merged watermark, in order ─► emitted
 *                  ▲            │ └─► late, before the seam, future ─► aside
 *               decide      starved: who must deliver
 *
 * **The result is a function of the data and the journaled decisions, never of when or how the input came.** The
 * next step is always that of the source with the lowest watermark (ties: stream ordinal), and where that source or
 * a lower-lying history has not delivered, the merge waits. History is read without guessing: what was delivered is
 * known up to a bound. A step is: one row of history, one live record, a hand-over, a finish.
 *
 * Invariants:
 *   M1  the merged watermark never falls; nothing earlier than it is emitted in its place any more
 *   M2  between two releases everything earlier than min(watermark, boundary) has been released, and nothing else:
 *       all consumed history has left, so history can be read again from a time
 *   M3  a live record is judged against max(what was promised, its source's own watermark): its source holds the
 *       lowest one when it is its turn, so that is the merged watermark
 *   M4  an idle source takes no turn and holds nothing back. Where only idle sources are left besides finished
 *       ones, the merged watermark goes to one tick behind the newest event seen, if it is not further already:
 *       everything known is released, and what comes later is late only if it is not behind all of that. (The
 *       minimum of no source would be +∞, and make all later records late.) `follow` takes it to where other
 *       partitions are, so that an idle one does not hold back their slices
 *       In order of offset that is not needed: M6 has released everything known
 *   M5  every event is in exactly one place (see `source-counters.ts`)
 *   M6  a source in order of offset is alone, and what comes later has its place behind what came before, whatever its
 *       time: rows at the watermark itself leave with those below it. One event far ahead of the others, whose time
 *       orders all that follow it, so holds nothing back
 */

import { assert } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import type { SeamPartition } from '../seam/index.ts'
import type { Ticks } from '../time.ts'
import { AsideList } from './aside-list.ts'
import type { Decision, DecisionKind } from './decisions.ts'
import { DecisionReplay, misfit } from './decisions.ts'
import { LateQueue } from './late-queue.ts'
import type { LiveOffer } from './live-queue.ts'
import type { PartitionMergeOptions } from './merge-options.ts'
import { checkSources } from './merge-options.ts'
import { mergeSources } from './merge-order.ts'
import { MergeSource } from './merge-source.ts'
import type { Aside, Release } from './release.ts'
import type { SeamWatch } from './seam-watch.ts'
import type { PartitionSnapshot } from './snapshot.ts'
import type { SourceCounters } from './source-counters.ts'
import type { SourceState } from './source-state.ts'
import { thresholdOf } from './threshold.ts'

const NEVER = Number.POSITIVE_INFINITY

/** What leaves: everything below `limit`, and what was set aside or is emitted late with it. */
interface Leaving {
  readonly limit: Ticks
  readonly aside: Aside[]
  readonly late: LateQueue
}

export class PartitionMerge {
  readonly partition: number
  readonly #sources: readonly MergeSource[]
  readonly #replay: DecisionReplay
  /** Ticks above a watermark up to which rows leave (M6): 1 in order of offset, else 0. */
  readonly #above: 0 | 1
  /** A release that is too large to leave at once; no step is made before all of it has left. */
  #leaving: Leaving | null = null
  #consumed: number
  #watermark: Ticks
  #released: Ticks

  constructor({ partition, sources, journal = [], snapshot, store = null }: PartitionMergeOptions) {
    checkSources(partition, sources, snapshot)
    this.partition = partition
    this.#above = sources[0].order === 'offset' ? 1 : 0
    this.#consumed = snapshot?.consumed ?? 0
    this.#watermark = snapshot?.watermark ?? -NEVER
    this.#released = snapshot?.historyFrom ?? -NEVER
    this.#replay = new DecisionReplay(journal, snapshot?.decisions ?? 0)
    const historyFrom = this.#released
    this.#sources = sources.map(
      (spec, index) =>
        new MergeSource({
          index,
          partition,
          spec,
          snapshot: snapshot?.sources[index] ?? null,
          historyFrom,
          store,
        }),
    )
  }

  /**
   * Rows of history in C1 order behind those offered before, and the promise that every row of history earlier than
   * `upTo` has been offered. A resumed source that is past its history takes promises and no rows.
   */
  offerHistory(source: number, batch: EventBatch | null, upTo: Ticks): void {
    const to = this.#sources[source]
    if (to.state.kind === 'backlog') to.history.offer(batch, upTo)
    else assert(batch === null || batch.rows === 0, 'history is offered to a source that has none left')
  }

  /** All history of the source has been offered. */
  endHistory(source: number): void {
    this.#sources[source].history.end()
  }

  /** Live records in offset order behind those offered before; they wait until the source's history is over. */
  offerLive(source: number, offer: LiveOffer): void {
    assert(this.#sources[source].spec.live !== null, 'the source has a live side')
    this.#sources[source].live.offer(offer)
  }

  /**
   * The run stops this source before offset `at`, which may be told at any time before it is reached. The source
   * is then finished and what it holds is flushed; with `hold` (C10) it stays as it is, for the next run.
   */
  finish(source: number, { at, hold }: { readonly at: number; readonly hold: boolean }): void {
    assert(this.#sources[source].spec.live !== null, 'only live is stopped at an offset')
    this.#sources[source].stopAt(at, hold)
  }

  /**
   * A decision of the clock, applied at once. It is to be journaled before the next `advance`. Null where it
   * changes nothing, or while the journal is still being replayed.
   */
  decide(source: number, kind: DecisionKind): Decision | null {
    const { state, spec } = this.#sources[source]
    if (this.#replay.isReplaying || state.kind !== (kind === 'idle' ? 'live' : 'idle')) return null
    this.#sources[source].decide(kind)
    this.#replay.count()
    const watermark = Number.isFinite(this.#watermark) ? this.#watermark : null
    return { consumed: this.#consumed, stream: spec.stream, kind, watermark }
  }

  /**
   * Everything here is idle, and other partitions have got as far as `watermark`: so has this one, from now on. A
   * decision of the clock too, in the journal one more `idle` with that watermark; see `decide`.
   */
  follow(watermark: Ticks): Decision | null {
    if (this.#replay.isReplaying || watermark <= this.#watermark || !this.isIdle) return null
    const idle = this.#sources.find(source => source.state.kind === 'idle')!
    this.#watermark = watermark
    this.#replay.count()
    return { consumed: this.#consumed, stream: idle.spec.stream, kind: 'idle', watermark }
  }

  /** All sources that are not finished are idle, and there are some. */
  get isIdle(): boolean {
    const kinds = this.#sources.map(source => source.state.kind)
    return kinds.includes('idle') && kinds.every(kind => kind === 'idle' || kind === 'finished')
  }

  /** Sources that must deliver before anything more can be released; empty where nothing is missing. */
  starved(): number[] {
    const { turn, key, known } = this.#turn()
    if (turn >= 0 && known >= key && !this.#sources[turn].isLacking) return []
    const lowest = Math.min(key, known)
    return this.#indexes(source => source.role !== 'apart' && source.bound === lowest && source.isLacking)
  }

  /** Idle sources that have records again: `decide(source, 'wake')`, journal it, and go on. */
  needWake(): number[] {
    if (this.#replay.isReplaying) return []
    return this.#indexes(source => source.state.kind === 'idle' && source.live.head() !== null)
  }

  /**
   * Moves as far as the input allows, and releases what is earlier than `boundary`: as much of it as fits memory; the
   * rest leaves with the next calls, which are to have the same boundary.
   */
  advance(boundary: Ticks): Release {
    this.#leaving ??= this.#move(boundary)
    const leaving = this.#leaving
    const { limit, late } = leaving
    for (;;) {
      const upTo = Math.min(limit, ...this.#sources.map(source => source.timeOfNext(limit)))
      const isLast = upTo === limit
      const ordered = mergeSources(this.#sources.map(source => source.release(upTo)))
      const emitted = late.place(ordered, isLast ? NEVER : upTo)
      if (!isLast && emitted.length === 0) continue
      if (isLast) this.#leaving = null
      return { emitted, aside: leaving.aside.splice(0), crossed: isLast && this.#watermark >= boundary }
    }
  }

  #move(boundary: Ticks): Leaving {
    const lists = { aside: new AsideList(), late: new AsideList() }
    while (this.#step(boundary, lists));
    this.#watermark = Math.max(this.#watermark, Math.min(this.#frontier(), boundary))
    this.#released = Math.max(this.#released, Math.min(this.#watermark, boundary))
    const limit = Math.min(this.#watermark + this.#above, boundary)
    return { limit, aside: lists.aside.take(), late: new LateQueue(lists.late.take()) }
  }

  /** The merged watermark (C2): nothing earlier is emitted in its place any more. */
  get watermark(): Ticks {
    return this.#watermark
  }

  /** Steps made so far. */
  get consumed(): number {
    return this.#consumed
  }

  /** Everything has come, and everything has been released or set aside. */
  get isFinished(): boolean {
    return this.#leaving === null && this.#sources.every(source => source.isDrained)
  }

  /** A source that stops with `hold` has reached its stop and is the one to move next: nothing more will. */
  get isHeld(): boolean {
    if (this.#leaving !== null) return false
    const { turn, key, known } = this.#turn()
    if (turn >= 0) return known >= key && this.#sources[turn].isHeld
    const apart = this.#sources.filter(source => source.state.kind === 'idle')
    return known === NEVER && apart.length > 0 && apart.every(source => source.isHeld)
  }

  stateOf(source: number): SourceState {
    return this.#sources[source].state
  }

  countersOf(source: number): SourceCounters {
    return this.#sources[source].counters()
  }

  /** Next live offset that the source consumes. */
  positionOf(source: number): number {
    return this.#sources[source].live.position
  }

  /** Batches of history that wait, of all sources. */
  get queuedHistory(): number {
    return this.#sources.reduce((batches, source) => batches + source.history.batches, 0)
  }

  /** Memory that waits in the queues of a source: what back-pressure goes by. */
  queuedBytes(source: number): number {
    return this.#sources[source].history.bytes + this.#sources[source].live.bytes
  }

  /** Memory of the source's reorder buffer. */
  bufferBytes(source: number): number {
    return this.#sources[source].bufferBytes
  }

  /** C3: what the source remembers of its seam; null where it has none. */
  watchOf(source: number): SeamWatch | null {
    return this.#sources[source].watch
  }

  /** C3: the source is at its hand-over, and the topic no longer holds what is before `offset`. */
  beginLiveAt(source: number, offset: number): void {
    this.#sources[source].beginLiveAt(offset)
  }

  /** The proof of a source's seam as it stands; null where it has none. See `SeamWatch.prove` for `retained`. */
  seamOf(source: number, retained: boolean | null): SeamPartition | null {
    return this.#sources[source].seam(retained)
  }

  /** The state between two releases. At a crossing it is the state right behind the boundary. */
  snapshot(): PartitionSnapshot {
    assert(this.#leaving === null, 'everything below the boundary has left')
    return {
      partition: this.partition,
      consumed: this.#consumed,
      decisions: this.#replay.applied,
      watermark: this.#watermark,
      historyFrom: this.#released,
      sources: this.#sources.map(source => source.snapshot()),
    }
  }

  /** One move; false when there is nothing to do before the boundary, or nothing to do it with. */
  #step(boundary: Ticks, lists: { readonly aside: AsideList; readonly late: AsideList }): boolean {
    if (this.#applyDue()) return true
    if (this.#watermark >= boundary) return false
    const { turn, key, known, next } = this.#turn()
    if (this.#takeHistory(Math.min(boundary, Math.min(key, known) + this.#above))) return true
    if (turn < 0) return this.#finishIdle()
    if (key >= boundary || known < key) return false
    const source = this.#sources[turn]
    if (source.isLacking || source.isHeld) return false
    this.#watermark = Math.max(this.#watermark, key) // here, and not only in the end, where it may have fallen (M4)
    if (source.state.kind === 'backlog') {
      this.#consumed += source.handOver() + 1
      return true
    }
    if (source.live.head() === null) return this.#finish(source)
    const watermarkStop = Math.min(boundary, next, known + 1, this.#historyHead() + 1)
    const rowsMax = this.#replay.stepsLeft(this.#consumed)
    this.#consumed += source.consumeLive({ floor: this.#watermark, watermarkStop }, rowsMax, lists)
    return true
  }

  /** Applies a decision of the journal whose moment has come. */
  #applyDue(): boolean {
    const decision = this.#replay.take(this.#consumed)
    if (decision === null) return false
    const source = this.#sources.find(({ spec }) => spec.stream === decision.stream)
    if (source === undefined || source.state.kind === 'backlog') {
      throw misfit(`stream ${decision.stream} cannot be ${decision.kind} after ${decision.consumed} steps`)
    }
    source.decide(decision.kind)
    this.#watermark = Math.max(this.#watermark, decision.watermark ?? -NEVER)
    return true
  }

  /**
   * The source whose turn it is (−1: none takes turns), its watermark `key`, the watermark `next` at which it is
   * another's turn, and how far history is `known`.
   */
  #turn(): { turn: number; key: Ticks; next: Ticks; known: Ticks } {
    let turn = -1
    let key = NEVER
    let next = NEVER
    let known = NEVER
    for (let i = 0; i < this.#sources.length; i++) {
      const source = this.#sources[i]
      const { role, bound } = source
      if (role === 'reading') known = Math.min(known, bound)
      if (role !== 'turn') continue
      if (turn < 0 || bound < key) {
        if (turn >= 0) next = Math.min(next, key) // the other wins the tie
        turn = i
        key = bound
      } else next = Math.min(next, bound + 1) // this one loses the tie
    }
    return { turn, key, next, known }
  }

  /** Takes history below `limit`, but not past the next decision; true if a decision is due then. */
  #takeHistory(limit: Ticks): boolean {
    const stepsLeft = this.#replay.stepsLeft(this.#consumed)
    const below = stepsLeft === NEVER ? limit : thresholdOf(this.#sources, limit, stepsLeft)
    for (const source of this.#sources) this.#consumed += source.takeHistory(below)
    return this.#replay.stepsLeft(this.#consumed) === 0
  }

  /** Time of the next row of history; +∞ if none is queued. */
  #historyHead(): Ticks {
    let head = NEVER
    for (const source of this.#sources)
      if (source.state.kind === 'backlog') head = Math.min(head, source.history.headTime)
    return head
  }

  /** An idle source whose stop was reached by holes alone is finished; true if there was one. */
  #finishIdle(): boolean {
    for (const source of this.#sources) {
      if (
        source.state.kind !== 'idle' ||
        source.live.head() !== null ||
        !source.live.isAtStop ||
        source.isHeld
      )
        continue
      source.finish()
      return true
    }
    return false
  }

  #finish(source: MergeSource): true {
    source.finish()
    this.#consumed++
    return true
  }

  /** How far everything could be released if there were no boundary. */
  #frontier(): Ticks {
    const { key, known } = this.#turn()
    const lowest = Math.min(key, known)
    const hasIdle = this.#sources.some(source => source.state.kind === 'idle')
    if (lowest < NEVER || !hasIdle) return lowest
    return Math.max(...this.#sources.map(source => source.newest)) + 1 - this.#above // M4
  }

  #indexes(matches: (source: MergeSource) => boolean): number[] {
    return this.#sources.flatMap((source, index) => (matches(source) ? [index] : []))
  }
}
