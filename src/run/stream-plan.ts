/**
 * `stream()`: the events of a plan, ordered and merged, for one's own use; no features, no output.
 *
 *     histories ─pump─► feeds, one a partition ─► one queue ─► for await … of
 *
 * Nothing is read ahead of the consumer by more than a few batches: the queue holds one step a partition.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventBatch } from '../core/batch/index.ts'
import type { Ticks } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { HistoryEmission, SetAsideOffsets } from '../history/index.ts'
import type { PartitionFeed } from '../lanes/index.ts'
import {
  eventTimesOf,
  HeldFiles,
  heldBudget,
  openFeed,
  partitionEvents,
  stopInstantMs,
} from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { openHistories } from './histories.ts'
import { pumpHistory } from './history-pump.ts'
import { openLiveReaders } from './lane-parts.ts'
import { LiveQuarantine } from './live-quarantine.ts'
import { memoryBudget } from './memory-budget.ts'
import { liveRangesOf } from './start-notes.ts'

export interface StreamOptions {
  /** Output partitions to stream; all where left out. */
  readonly partitions?: readonly number[]
  readonly signal?: AbortSignal
}

export interface StreamedBatch {
  /** Name of the stream. */
  readonly stream: string
  readonly partition: number
  /** In C1 order, behind all batches of the partition before it. */
  readonly events: EventBatch
  /** Emitted behind its place (`late: emit`). */
  readonly late: boolean
  /** Why the events are not part of the sequence: `late`, `before-seam`, `future`; null where they are. */
  readonly aside: 'late' | 'before-seam' | 'future' | null
}

export async function* streamPlan(
  plan: Plan,
  options: StreamOptions = {},
): AsyncGenerator<StreamedBatch, void> {
  const partitions = checkedPartitions(plan, options.partitions)
  const directory = mkdtempSync(join(tmpdir(), 'hindcast-stream-'))
  const abort = new AbortController()
  const onAbort = (): void => abort.abort(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const point = { sliceStartMs: null }
  const budget = memoryBudget(plan.job.limits.memoryBytes, 1)
  const histories = await openHistories(
    plan,
    point,
    { directory, owners: partitions.map(first => ({ first, end: first + 1 })) },
    budget,
  )
  const live = await openLiveReaders(plan, null)
  try {
    options.signal?.throwIfAborted()
    const setup = { plan, directory, liveRanges: await liveRangesOf(plan) }
    const held = heldBudget(plan, budget.lane.reorder, partitions.length)
    const quarantine = new LiveQuarantine(plan, [])
    const feeds = partitions.map(partition => {
      const store = new HeldFiles({ directory, partition, budget: held, keep: false })
      const place = {
        partition,
        setup,
        live,
        snapshot: null,
        epochs: [],
        counts: [],
        store,
        signal: abort.signal,
      }
      return {
        partition,
        feed: openFeed({
          ...place,
          onMoved: () => {},
          onBad: (stream, bad) => quarantine.sawBad({ stream, partition, bad }),
        }),
      }
    })
    const steps = new StepQueue(plan, feeds)
    void pumpHistory(histories.streams, steps, abort.signal).catch(error => steps.fail(error))
    try {
      yield* steps.batches()
    } finally {
      for (const { feed } of feeds) feed.close()
    }
  } finally {
    abort.abort()
    options.signal?.removeEventListener('abort', onAbort)
    for (const reader of live.values()) await reader.close()
    await histories.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function checkedPartitions(plan: Plan, wanted: readonly number[] | undefined): readonly number[] {
  const count = plan.job.streams.find(stream => stream.name === plan.job.samples)!.partitions
  const partitions = wanted ?? Array.from({ length: count }, (_, p) => p)
  for (const partition of partitions) {
    if (Number.isInteger(partition) && partition >= 0 && partition < count) continue
    throw new HindcastError('argument-invalid', `there is no partition ${partition}`, {
      advice: `Partitions are 0…${count - 1}.`,
    })
  }
  return partitions
}

interface PartitionOfFeed {
  readonly partition: number
  readonly feed: PartitionFeed
}

/** Steps of all feeds in the order in which they come; history waits until the feeds have worked off what they have. */
class StepQueue {
  readonly #plan: Plan
  readonly #feeds: readonly PartitionOfFeed[]
  /** Where `stop: <instant>` ends the stream. */
  readonly #boundary: Ticks
  #failed: ((error: unknown) => void) | null = null
  #room = Promise.withResolvers<void>()

  constructor(plan: Plan, feeds: readonly PartitionOfFeed[]) {
    this.#plan = plan
    this.#feeds = feeds
    const stopMs = stopInstantMs(plan.job)
    this.#boundary = stopMs === null ? Number.POSITIVE_INFINITY : ticksFromMs(stopMs, plan.timeline)
  }

  setAside(stream: number, offsets: readonly SetAsideOffsets[]): void {
    for (const { partition, feed } of this.#feeds)
      for (const each of offsets) if (each.partition === partition) feed.setAside(stream, each.ranges)
  }

  async history(stream: number, emission: HistoryEmission): Promise<void> {
    while (this.#feeds.some(({ feed }) => feed.queuedBatches > 2)) await this.#room.promise
    for (const [i, { partition, feed }] of this.#feeds.entries()) {
      const { events: share, starts } = emission.shares[i]!
      const events = partitionEvents(share, starts, 0, partition)
      feed.offerHistory(stream, events.rows === 0 ? null : events, emission.upTo)
    }
  }

  historyEnd(stream: number): Promise<void> {
    for (const { feed } of this.#feeds) feed.endHistory(stream)
    return Promise.resolve()
  }

  fail(error: unknown): void {
    this.#failed?.(error)
  }

  async *batches(): AsyncGenerator<StreamedBatch, void> {
    const failure = new Promise<never>((_, reject) => {
      this.#failed = reject
    })
    failure.catch(() => {}) // seen by the race below while there is one
    const waiting = new Map(this.#feeds.map(of => [of.partition, this.#next(of)]))
    while (waiting.size > 0) {
      const { of, step } = await Promise.race([failure, ...waiting.values()])
      this.#room.resolve()
      this.#room = Promise.withResolvers()
      for (const { events, late } of step.emitted) yield this.#batch(of.partition, events, late, null)
      for (const { events, reason } of step.aside) yield this.#batch(of.partition, events, false, reason)
      if (step.ended || step.crossed) waiting.delete(of.partition)
      else waiting.set(of.partition, this.#next(of))
    }
  }

  async #next(
    of: PartitionOfFeed,
  ): Promise<{ of: PartitionOfFeed; step: Awaited<ReturnType<PartitionFeed['next']>> }> {
    return { of, step: await of.feed.next(this.#boundary) }
  }

  #batch(partition: number, events: EventBatch, late: boolean, aside: StreamedBatch['aside']): StreamedBatch {
    const stream = this.#plan.streams[events.stream]!.name
    const timesOf = aside === null ? eventTimesOf(this.#plan, stream) : (own: EventBatch) => own
    return { stream, partition, events: timesOf(events), late, aside }
  }
}
