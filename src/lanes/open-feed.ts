/** Opens the feed of one partition: the sources of the plan as the merge knows them, their live tails, the journal. */

import { fieldIndex } from '../core/batch/index.ts'
import type { Ticks, Timeline } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import type { HeldStore, LiveSpec, SeamSpec, SourceSpec } from '../core/watermark/index.ts'
import { decodeSnapshot, PartitionMerge } from '../core/watermark/index.ts'
import type { SeamJob, StreamJob } from '../job/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import { Journal } from './journal.ts'
import { LiveCounter } from './live-count.ts'
import type { LiveReader } from './live-reader.ts'
import { LiveTail } from './live-tail.ts'
import type { LaneSetup, LiveRange } from './messages.ts'
import type { FeedOptions, WatchedSeam } from './partition-feed.ts'
import { PartitionFeed } from './partition-feed.ts'
import { holdsAtEnd } from './run-end.ts'
import type { PartitionSnapshot } from './snapshot.ts'

export interface FeedPlace {
  readonly partition: number
  readonly setup: Pick<LaneSetup, 'plan' | 'directory' | 'liveRanges'>
  readonly live: ReadonlyMap<number, LiveReader>
  readonly snapshot: Uint8Array | null
  /** See `PartitionSnapshot.epochs`. */
  readonly epochs: readonly (number | null)[]
  /** See `PartitionSnapshot.counts`. */
  readonly counts: PartitionSnapshot['counts']
  /** For what reorder buffers cannot keep in memory. */
  readonly store: HeldStore
  readonly signal: AbortSignal
  readonly onMoved: () => void
  /** See `FeedOptions.onBad`. */
  readonly onBad: FeedOptions['onBad']
}

export function openFeed(place: FeedPlace): PartitionFeed {
  const { partition, setup } = place
  const { plan } = setup
  const journal = new Journal(setup.directory, partition)
  const snapshot = place.snapshot === null ? undefined : decodeSnapshot(place.snapshot)
  const merge = new PartitionMerge({
    partition,
    sources: plan.streams.map(stream =>
      sourceSpec(plan, stream, setup.liveRanges[stream.ordinal]?.[partition] ?? null),
    ),
    journal: journal.decisions,
    store: place.store,
    ...(snapshot === undefined ? {} : { snapshot }),
  })
  const tails = new Map<number, LiveTail>()
  const counters = new Map<number, LiveCounter>()
  for (const [source, reader] of place.live) {
    tails.set(source, openTail(place, reader, source, merge))
    const maxFuture = ticksFromMs(plan.job.streams[source]!.maxFutureMs, plan.timeline)
    counters.set(source, new LiveCounter(maxFuture, place.counts[source] ?? { records: 0, bad: 0 }))
  }
  const samples = plan.streams.find(stream => stream.name === plan.job.samples)!.ordinal
  const job = plan.job.streams[samples]!
  return new PartitionFeed({
    merge,
    names: plan.streams.map(stream => stream.name),
    timeline: plan.timeline,
    samples,
    disorder: liveDisorder(job, plan.timeline),
    maxFuture: ticksFromMs(job.maxFutureMs, plan.timeline),
    tails,
    counters,
    seams: watchedSeams(plan, setup, partition),
    journal,
    signal: place.signal,
    onMoved: place.onMoved,
    onBad: place.onBad,
  })
}

function openTail(place: FeedPlace, reader: LiveReader, source: number, merge: PartitionMerge): LiveTail {
  const { partition, setup } = place
  const live = setup.plan.job.streams[source]!.live!
  const stopOffset = setup.liveRanges[source]![partition]!.stop
  if (stopOffset !== null) merge.finish(source, { at: stopOffset, hold: holdsAtEnd(setup.plan.job) })
  return new LiveTail({
    reader,
    partition,
    offset: merge.positionOf(source),
    leaderEpoch: place.epochs[source] ?? null,
    stopOffset,
    idleAfterMs: live.idleAfterMs ?? null,
  })
}

function sourceSpec(plan: Plan, stream: StreamPlan, range: LiveRange | null): SourceSpec {
  const job = plan.job.streams[stream.ordinal]!
  const name = { stream: stream.ordinal, name: stream.name, order: job.order }
  if (range === null) return { ...name, history: true, live: null, seam: null }
  const live = liveSpec(plan, job, range)
  if (job.history === undefined || job.seam === undefined)
    return { ...name, history: false, live, seam: null }
  return { ...name, history: true, live, seam: seamSpec(plan, stream, job.seam) }
}

function liveSpec(plan: Plan, job: StreamJob, range: LiveRange): LiveSpec {
  const ticks = (ms: number): Ticks => ticksFromMs(ms, plan.timeline)
  return {
    offsetStart: range.start,
    disorder: liveDisorder(job, plan.timeline),
    late: job.late,
    maxFuture: ticks(job.maxFutureMs),
  }
}

/** How far behind the newest an event may come; where offsets give the order none is waited for. */
function liveDisorder(job: StreamJob, timeline: Timeline): Ticks {
  return job.order === 'offset' ? 0 : ticksFromMs(job.disorderMs, timeline)
}

function seamSpec(plan: Plan, stream: StreamPlan, seam: SeamJob): SeamSpec {
  if (seam.by === 'offset') return { by: 'offset' }
  const job = plan.job.streams[stream.ordinal]!
  return {
    by: 'time',
    at: ticksFromMs(seam.atMs, plan.timeline),
    overlap: ticksFromMs(seam.overlapMs, plan.timeline),
    identity: job.identity.map(name => fieldIndex(stream.reads, name)),
    beforeSeam: seam.beforeSeam,
  }
}

/** Seams of the partition, and from which newest time on their proof cannot get better. */
function watchedSeams(plan: Plan, setup: FeedPlace['setup'], partition: number): Map<number, WatchedSeam> {
  const seams = new Map<number, WatchedSeam>()
  for (const [ordinal, { seam, disorderMs }] of plan.job.streams.entries()) {
    if (seam === undefined) continue
    const settled =
      seam.by === 'time' ? ticksFromMs(seam.atMs + disorderMs, plan.timeline) : Number.NEGATIVE_INFINITY
    seams.set(ordinal, { retained: setup.liveRanges[ordinal]![partition]!.overlapRetained, settled })
  }
  return seams
}
