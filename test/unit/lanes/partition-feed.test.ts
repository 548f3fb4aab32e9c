import { describe, expect, it } from 'vitest'
import type { SourceSpec } from '../../../src/core/watermark/index.ts'
import { PartitionMerge } from '../../../src/core/watermark/index.ts'
import { Journal } from '../../../src/lanes/journal.ts'
import { LiveCounter } from '../../../src/lanes/live-count.ts'
import type { Explanation, LiveRead, LiveReader } from '../../../src/lanes/live-reader.ts'
import { LiveTail } from '../../../src/lanes/live-tail.ts'
import { PartitionFeed } from '../../../src/lanes/partition-feed.ts'
import { waitFor, withTempDirectory } from '../../harness/index.ts'
import type { LiveRow } from '../../property/merge-scenario.ts'
import { batchOf, idsOf, offerOf } from '../../property/merge-scenario.ts'

const NEVER = Number.POSITIVE_INFINITY
const LIVE = { offsetStart: 0, disorder: 0, late: 'side', maxFuture: 1000 } as const
const historyOnly: SourceSpec = { stream: 0, name: 'past', history: true, live: null, seam: null }
const liveOnly: SourceSpec = { stream: 1, name: 'now', history: false, live: LIVE, seam: null }

const row = (id: number, time: number): LiveRow => ({
  id,
  time,
  sub: 0,
  offset: id,
  who: `${id}`,
  timestamp: time,
})

/** A log of one partition to which rows can be added while it is read. */
class Rows implements LiveReader {
  readonly rows: LiveRow[] = []
  reads = 0

  async read({ offset }: { offset: number }): Promise<LiveRead> {
    this.reads++
    await new Promise(setImmediate)
    const rows = this.rows.slice(offset)
    const { events, timestamps } = offerOf(1, rows, this.rows.length)
    const offsetNext = this.rows.length
    return {
      events,
      timestamp: timestamps,
      bad: [],
      holes: [],
      offsetNext,
      endOffset: offsetNext,
      atEnd: true,
    }
  }

  async handOver(): Promise<{ first: number; next: number }> {
    return { first: 0, next: Number.POSITIVE_INFINITY }
  }

  async explain(): Promise<Explanation> {
    return { holes: [], first: 0 }
  }

  async close(): Promise<void> {}
}

interface Opened {
  readonly feed: PartitionFeed
  readonly merge: PartitionMerge
  readonly log: Rows
}

/** A feed of all sources; the first gives the samples, those with a live side read one log. */
function openFeed(
  directory: string,
  sources: SourceSpec[],
  options: { idleAfterMs?: number; merge?: PartitionMerge; stopOffset?: number } = {},
): Opened {
  const { idleAfterMs = null, merge = mergeOf(sources), stopOffset = null } = options
  const log = new Rows()
  const tails = sources.flatMap(({ live }, source): [number, LiveTail][] => {
    const tail = { reader: log, partition: 3, offset: 0, leaderEpoch: null, stopOffset, idleAfterMs }
    return live === null ? [] : [[source, new LiveTail(tail)]]
  })
  const feed = new PartitionFeed({
    merge,
    names: sources.map(({ name }) => name),
    timeline: 'ms',
    samples: 0,
    disorder: 0,
    maxFuture: 1000,
    tails: new Map(tails),
    counters: new Map(tails.map(([source]) => [source, new LiveCounter(1000, { records: 0, bad: 0 })])),
    seams: new Map(),
    journal: new Journal(directory, 3),
    signal: new AbortController().signal,
    onMoved: () => {},
    onBad: () => {},
  })
  return { feed, merge, log }
}

function mergeOf(sources: SourceSpec[]): PartitionMerge {
  return new PartitionMerge({ partition: 3, sources })
}

describe('back-pressure', () => {
  it('does not count history that is worked off, and counts what live of another stream holds back', () =>
    withTempDirectory(async directory => {
      const { feed, log } = openFeed(directory, [historyOnly, liveOnly])
      for (const time of [1, 2, 3]) feed.offerHistory(0, batchOf(0, [row(time, time)]), time)
      const step = feed.next(NEVER)
      await waitFor(() => log.reads > 3, { what: 'the feed to look for live', deadlineMs: 5000 })
      expect(feed.queuedBatches).toBe(3)
      log.rows.push(row(0, 10))
      expect((await step).emitted.flatMap(({ events }) => idsOf(events))).toEqual([1, 2])
      void feed.next(NEVER).catch(() => {})
      await waitFor(() => feed.queuedBatches === 0, { what: 'history to be asked for', deadlineMs: 5000 })
      feed.close()
    }))

  it('counts a batch until its last row has left, however many slices it goes through', () =>
    withTempDirectory(async directory => {
      const { feed } = openFeed(directory, [historyOnly])
      feed.offerHistory(
        0,
        batchOf(
          0,
          [5, 15, 25].map(time => row(time, time)),
        ),
        30,
      )
      for (const boundary of [10, 20]) {
        expect(await feed.next(boundary)).toMatchObject({ crossed: true })
        expect(feed.queuedBatches).toBe(1)
      }
      expect(await feed.next(30)).toMatchObject({ crossed: true })
      expect(feed.queuedBatches).toBe(0)
      feed.close()
    }))

  it('lets go what is offered behind the end, so that the other partitions get theirs', () =>
    withTempDirectory(directory => {
      const { feed, merge } = openFeed(directory, [historyOnly])
      feed.offerHistory(0, batchOf(0, [row(1, 1)]), 1)
      feed.close()
      expect(feed.queuedBatches).toBe(0)
      feed.offerHistory(0, batchOf(0, [row(2, 2)]), 2)
      expect(feed.queuedBatches).toBe(0)
      const one = mergeOf([historyOnly])
      one.offerHistory(0, batchOf(0, [row(1, 1)]), 1)
      expect(merge.queuedBytes(0)).toBe(one.queuedBytes(0))
    }))
})

describe('a feed that is resumed behind its history', () => {
  it('takes what is read of it again for what it has already', () =>
    withTempDirectory(async directory => {
      const before = mergeOf([historyOnly])
      before.offerHistory(0, batchOf(0, [row(1, 1)]), 5)
      before.endHistory(0)
      before.advance(NEVER)
      const merge = new PartitionMerge({ partition: 3, sources: [historyOnly], snapshot: before.snapshot() })
      const { feed } = openFeed(directory, [historyOnly], { merge })
      feed.offerHistory(0, batchOf(0, [row(1, 1)]), 5)
      feed.endHistory(0)
      expect(await feed.next(NEVER)).toMatchObject({ emitted: [], ended: true })
      feed.close()
    }))
})

describe('a feed that holds what it has at its stop', () => {
  it('crosses every boundary that its watermark is behind, and ends at the next', () =>
    withTempDirectory(async directory => {
      const { feed, merge, log } = openFeed(directory, [liveOnly], { stopOffset: 2 })
      merge.finish(0, { at: 2, hold: true })
      log.rows.push(row(0, 5), row(1, 25))
      expect(await feed.next(10)).toMatchObject({
        emitted: [{ events: { rows: 1 } }],
        crossed: true,
        ended: false,
      })
      expect(await feed.next(20)).toMatchObject({ emitted: [], crossed: true, ended: false })
      expect(await feed.next(30)).toMatchObject({ emitted: [], crossed: false, ended: true })
      feed.close()
    }))
})

describe('an idle partition', () => {
  it('follows the others when it is told, and has it in the journal first', () =>
    withTempDirectory(async directory => {
      const { feed, log } = openFeed(directory, [liveOnly], { idleAfterMs: 0 })
      log.rows.push(row(0, 10))
      const first = await feed.firstTime()
      expect(first).toBe(10)
      const emitted = await feed.next(50)
      expect(emitted.emitted.flatMap(({ events }) => idsOf(events))).toEqual([0])
      const crossing = feed.next(50)
      await waitFor(() => feed.isIdle, { what: 'the partition to be idle', deadlineMs: 5000 })
      feed.follow(0, 60)
      expect(await crossing).toMatchObject({ crossed: true, emitted: [] })
      const journal = new Journal(directory, 3)
      expect(journal.decisions.at(-1)).toEqual({ consumed: 1, stream: 1, kind: 'idle', watermark: 60 })
      feed.close()
    }))

  it('to which nothing ever came begins where the others are', () =>
    withTempDirectory(async directory => {
      const { feed } = openFeed(directory, [liveOnly], { idleAfterMs: 0 })
      const first = feed.firstTime()
      await waitFor(() => feed.isIdle, { what: 'the partition to be idle', deadlineMs: 5000 })
      feed.follow(40, 60)
      expect(await first).toBe(40)
      expect(await feed.next(60)).toMatchObject({ crossed: true, emitted: [] })
      feed.close()
    }))
})

describe('what is read last', () => {
  it('is told in words, with its place', () =>
    withTempDirectory(async directory => {
      const { feed, log } = openFeed(directory, [historyOnly, liveOnly])
      expect(feed.reading).toEqual({ text: 'nothing yet', where: { partition: 3 } })
      feed.offerHistory(0, null, 86_400_000)
      expect(feed.reading).toEqual({
        text: 'history of past up to 1970-01-02T00:00:00.000Z',
        where: { stream: 'past', partition: 3 },
      })
      log.rows.push(row(0, 10), row(1, 11))
      await feed.next(10)
      expect(feed.reading).toMatchObject({
        text: 'live of now from offset 0',
        where: { stream: 'now', offset: 0 },
      })
      feed.close()
    }))
})
