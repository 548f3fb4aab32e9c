/** A feed of one partition over a topic in memory, read as a lane reads a live side; and what leaves it. */

import type { EventBatch } from '../../../src/core/batch/index.ts'
import type { PartitionSnapshot, SourceSpec } from '../../../src/core/watermark/index.ts'
import { decodeSnapshot, PartitionMerge } from '../../../src/core/watermark/index.ts'
import { Journal } from '../../../src/lanes/journal.ts'
import { LiveCounter } from '../../../src/lanes/live-count.ts'
import type { LiveRead, LiveReader } from '../../../src/lanes/live-reader.ts'
import { LiveTail } from '../../../src/lanes/live-tail.ts'
import { PartitionFeed } from '../../../src/lanes/partition-feed.ts'
import { explainHoles } from '../../../src/run/explain-holes.ts'
import { batchOf, idsOf, type LiveRow, offerOf } from '../../property/merge-scenario.ts'
import type { MemoryTopic } from '../run/memory-topic.ts'

export const NEVER = Number.POSITIVE_INFINITY
const PARTITION = 3

/** Reads partition 0 of the topic; the time of an event is `t` of its value, its id and identity the offset. */
export function readerOf(topic: MemoryTopic): LiveReader {
  return {
    async read({ offset, offsetMax }): Promise<LiveRead> {
      await new Promise(setImmediate)
      const batch = await topic.read({ partition: 0, offset })
      const rows = [...batch.offset].map((at, i): LiveRow => {
        const value = batch.bytes.subarray(batch.valueOffsets[i]!, batch.valueOffsets[i + 1]!)
        const { t } = JSON.parse(new TextDecoder().decode(value)) as { t: number }
        return { id: at, time: t, sub: 0, offset: at, who: String(at), timestamp: batch.timestampMs[i]! }
      })
      const { events, timestamps } = offerOf(0, rows, batch.offsetNext)
      const atEnd = batch.offsetNext >= batch.endOffset
      const offsetNext = Math.min(batch.offsetNext, offsetMax)
      return {
        events,
        timestamp: timestamps,
        bad: [],
        holes: batch.holes,
        offsetNext,
        endOffset: batch.endOffset,
        atEnd,
      }
    },
    handOver: () => topic.ends(0),
    explain: ({ ranges }) => explainHoles(topic, { partition: 0, ranges }),
    close: async () => {},
  }
}

export interface FeedForm {
  readonly directory: string
  readonly spec: SourceSpec
  readonly stop?: number
  readonly idleAfterMs?: number
  readonly snapshot?: PartitionSnapshot
  readonly retained?: boolean
}

export interface OpenedFeed {
  readonly feed: PartitionFeed
  readonly merge: PartitionMerge
}

export function openTopicFeed(topic: MemoryTopic, form: FeedForm): OpenedFeed {
  const { spec, stop, snapshot } = form
  const merge = new PartitionMerge({
    partition: PARTITION,
    sources: [spec],
    ...(snapshot === undefined ? {} : { snapshot }),
  })
  if (stop !== undefined) merge.finish(0, { at: stop, hold: false })
  const tail = new LiveTail({
    reader: readerOf(topic),
    partition: PARTITION,
    offset: merge.positionOf(0),
    leaderEpoch: null,
    stopOffset: stop ?? null,
    idleAfterMs: form.idleAfterMs ?? null,
  })
  const retained = form.retained ?? true
  const feed = new PartitionFeed({
    merge,
    names: [spec.name],
    timeline: 'ms',
    samples: 0,
    disorder: spec.live!.disorder,
    maxFuture: spec.live!.maxFuture,
    tails: new Map([[0, tail]]),
    counters: new Map([[0, new LiveCounter(spec.live!.maxFuture, { records: 0, bad: 0 })]]),
    seams: spec.seam === null ? new Map() : new Map([[0, { retained, settled: -NEVER }]]),
    journal: new Journal(form.directory, PARTITION),
    signal: new AbortController().signal,
    onMoved: () => {},
    onBad: () => {},
  })
  return { feed, merge }
}

/** History with these offsets, each at a time of ten times its own. */
export function historyOf(...offsets: number[]): EventBatch {
  return batchOf(
    0,
    offsets.map(offset => ({ id: offset, time: 10 * offset, sub: 0, offset, who: String(offset) })),
  )
}

export interface Left {
  /** Ids in the order in which they left. */
  readonly ids: readonly number[]
  /** `reason id` of what was set aside. */
  readonly aside: readonly string[]
}

/** Everything up to the end of the feed. */
export async function drain(feed: PartitionFeed): Promise<Left> {
  const ids: number[] = []
  const aside: string[] = []
  for (;;) {
    const step = await feed.next(NEVER)
    for (const { events } of step.emitted) ids.push(...idsOf(events))
    for (const { events, reason } of step.aside) aside.push(...idsOf(events).map(id => `${reason} ${id}`))
    if (step.ended) return { ids, aside }
  }
}

export function snapshotOf(feed: PartitionFeed): PartitionSnapshot {
  return decodeSnapshot(feed.snapshot())
}
