/**
 * Drives a merge through a scenario in an order that a seed decides: how much each side delivers at a time, what it
 * promises, when the merge moves, when a clock would call a source idle, and when the process is killed and goes on
 * from its last snapshot and journal.
 */

import type { Decision, PartitionSnapshot, Release } from '../../src/core/watermark/index.ts'
import { decodeSnapshot, encodeSnapshot, PartitionMerge } from '../../src/core/watermark/index.ts'
import type { HeldMemory } from './held-memory.ts'
import type { Scenario } from './merge-scenario.ts'
import { batchOf, idsOf, offerOf } from './merge-scenario.ts'
import type { SliceOutput } from './merge-twin.ts'

export interface DriveOptions {
  readonly seed: number
  /** Decisions to replay; more are made only with `decides`. */
  readonly journal?: readonly Decision[]
  readonly decides?: boolean
  /** Kills the process now and then. */
  readonly kills?: boolean
  /** Stops each live source before this offset, holding what is not released; null: at its end, flushing. */
  readonly holdAt?: readonly number[]
  /** For reorder buffers that do not fit memory; lives on over kills. */
  readonly store?: HeldMemory
  readonly from?: { readonly snapshot: PartitionSnapshot; readonly slice: number }
}

export interface Driven {
  readonly slices: SliceOutput[]
  readonly journal: Decision[]
  readonly merge: PartitionMerge
  readonly kills: number
}

export function drive(scenario: Scenario, options: DriveOptions): Driven {
  const driver = new Driver(scenario, options)
  driver.run()
  return driver
}

class Driver implements Driven {
  readonly slices: SliceOutput[]
  readonly journal: Decision[]
  merge: PartitionMerge
  kills = 0
  readonly #scenario: Scenario
  readonly #options: DriveOptions
  readonly #random: () => number
  readonly #bounds: number[]
  /** Rows delivered of each source, since the process began. */
  #history: number[] = []
  #live: number[] = []
  #ended: boolean[] = []
  #slice: number
  #saved: { snapshot: Uint8Array | null; slice: number }
  #watermark = Number.NEGATIVE_INFINITY

  constructor(scenario: Scenario, options: DriveOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#random = mulberry32(options.seed)
    this.#bounds = [...scenario.boundaries, Number.POSITIVE_INFINITY]
    this.slices = this.#bounds.map(() => ({ emitted: [], aside: [] }))
    this.journal = [...(options.journal ?? [])]
    this.#slice = options.from?.slice ?? 0
    this.#saved = {
      snapshot: options.from === undefined ? null : encodeSnapshot(options.from.snapshot),
      slice: this.#slice,
    }
    this.merge = this.#begin()
  }

  run(): void {
    for (let moves = 0; ; moves++) {
      if (moves > 20_000) throw new Error(`the merge is stuck: starved ${this.merge.starved()}`)
      if (this.#options.kills && this.kills < 6 && this.#random() < 0.06) this.#kill()
      this.#deliver()
      if (this.#random() < 0.5) continue
      this.#clock()
      this.#take(this.merge.advance(this.#bounds[this.#slice]))
      if (this.merge.isFinished || this.merge.isHeld) break
    }
    while (!this.merge.isHeld && this.#slice < this.#bounds.length - 1)
      this.#take(this.merge.advance(this.#bounds[this.#slice]))
    this.#take(this.merge.advance(this.#bounds[this.#slice]))
  }

  /** A process: new, or going on from the last snapshot with the whole journal. */
  #begin(): PartitionMerge {
    const snapshot = this.#saved.snapshot === null ? undefined : decodeSnapshot(this.#saved.snapshot)
    const { sources } = this.#scenario
    const merge = new PartitionMerge({
      partition: 3,
      sources: sources.map(source => source.spec),
      journal: [...this.journal],
      store: this.#options.store ?? null,
      ...(snapshot === undefined ? {} : { snapshot }),
    })
    const historyFrom = snapshot?.historyFrom ?? Number.NEGATIVE_INFINITY
    this.#watermark = merge.watermark
    this.#history = sources.map((source, i) =>
      merge.stateOf(i).kind === 'backlog'
        ? source.history.filter(row => row.time < historyFrom).length
        : source.history.length,
    )
    this.#live = sources.map(
      (source, i) => source.live.filter(row => row.offset < merge.positionOf(i)).length,
    )
    this.#ended = sources.map((_, i) => merge.stateOf(i).kind !== 'backlog')
    for (const [i, source] of sources.entries()) {
      if (source.spec.live === null) continue
      const hold = this.#options.holdAt
      if (this.#random() < 0.5 || hold !== undefined) {
        merge.finish(
          i,
          hold === undefined ? { at: source.liveEnd, hold: false } : { at: hold[i], hold: true },
        )
      }
    }
    return merge
  }

  #kill(): void {
    this.kills++
    this.#options.store?.restart()
    this.#slice = this.#saved.slice
    this.slices[this.#slice].emitted.length = 0
    this.slices[this.#slice].aside.length = 0
    this.merge = this.#begin()
  }

  /** Delivers a little of one side of one source: half of the time of one that the merge waits for. */
  #deliver(): void {
    const { sources } = this.#scenario
    const starved = this.merge.starved()
    const isAny = starved.length === 0 || this.#random() < 0.5
    const index = isAny ? this.#below(sources.length) : starved[this.#below(starved.length)]
    const source = sources[index]
    const rows = this.#below(5)
    if (!this.#ended[index] && (source.spec.live === null || this.#random() < 0.5))
      this.#deliverHistory(index, rows)
    else if (source.spec.live !== null) this.#deliverLive(index, rows)
  }

  #deliverHistory(index: number, rows: number): void {
    const { history, spec } = this.#scenario.sources[index]
    const from = this.#history[index]
    const part = history.slice(from, from + rows)
    this.#history[index] = from + part.length
    const next = history[from + part.length]
    const last = part.at(-1)?.time ?? Number.NEGATIVE_INFINITY
    const upTo =
      this.#random() < 0.5
        ? last
        : next === undefined
          ? last + this.#below(4)
          : Math.max(last, next.time - this.#below(3))
    this.merge.offerHistory(
      index,
      part.length === 0 && this.#random() < 0.5 ? null : batchOf(spec.stream, part),
      upTo,
    )
    if (next !== undefined || this.#random() < 0.5) return
    this.merge.endHistory(index)
    this.#ended[index] = true
  }

  #deliverLive(index: number, rows: number): void {
    const { live, spec, liveEnd } = this.#scenario.sources[index]
    const from = this.#live[index]
    const part = live.slice(from, from + rows)
    this.#live[index] = from + part.length
    const isAll = from + part.length === live.length
    const last = part.at(-1)
    if (last !== undefined || isAll) {
      this.merge.offerLive(index, offerOf(spec.stream, part, isAll ? liveEnd : last!.offset + 1))
    }
    if (isAll && this.#options.holdAt === undefined) this.merge.finish(index, { at: liveEnd, hold: false })
  }

  /** What a clock may decide: a live source is idle; and what must be decided: an idle one has records again. */
  #clock(): void {
    if (!this.#options.decides) return
    for (const index of this.merge.needWake()) this.#journal(this.merge.decide(index, 'wake'))
    if (this.#random() < 0.8) return
    this.#journal(this.merge.decide(this.#below(this.#scenario.sources.length), 'idle'))
  }

  #journal(decision: Decision | null): void {
    if (decision !== null) this.journal.push(JSON.parse(JSON.stringify(decision)) as Decision)
  }

  #take(release: Release): void {
    if (this.merge.watermark < this.#watermark) throw new Error('the merged watermark fell')
    this.#watermark = this.merge.watermark
    const slice = this.slices[this.#slice]
    const byOffset = this.#scenario.sources[0].spec.order === 'offset' // rows at the watermark leave too
    const limit = Math.min(this.merge.watermark + (byOffset ? 1 : 0), this.#bounds[this.#slice])
    for (const { events, late } of release.emitted) {
      if (events.rows === 0) throw new Error('an empty batch was emitted')
      for (const time of events.time)
        if (!late && time >= limit) throw new Error('an event was emitted too early')
      slice.emitted.push(...idsOf(events).map(id => (late ? `${id}!` : `${id}`)))
    }
    for (const { events, reason } of release.aside)
      slice.aside.push(...idsOf(events).map(id => `${id} ${reason}`))
    if (!release.crossed || this.#slice === this.#bounds.length - 1) return
    this.#slice++
    this.#saved = { snapshot: encodeSnapshot(this.merge.snapshot()), slice: this.#slice }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

/** A small seeded generator (Tommy Ettinger's mulberry32). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
