/** Watermarks of live topics (C2): what ends, what is idle, and what a clock that jumps does. */
import { describe, expect, it } from 'vitest'
import type { SourceSpec } from '../../../src/core/watermark/index.ts'
import { waitFor, withTempDirectory } from '../../harness/index.ts'
import { MemoryTopic, recordAt, type Slot } from '../run/memory-topic.ts'
import { drain, NEVER, openTopicFeed } from './topic-feed.ts'

const HOUR = 3_600_000
const live = { offsetStart: 0, disorder: 10, late: 'side', maxFuture: HOUR } as const
const spec: SourceSpec = { stream: 0, name: 's', history: false, live, seam: null }

describe('the end of a partition', () => {
  it('is reached by position where the last offsets hold no record', () =>
    withTempDirectory(async directory => {
      const topic = new MemoryTopic([recordAt(5), recordAt(7), 'control', 'aborted', 'aborted', 'control'])
      const { feed, merge } = openTopicFeed(topic, { directory, spec, stop: 6 })
      expect(await drain(feed)).toEqual({ ids: [0, 1], aside: [] })
      expect(merge.stateOf(0).kind).toBe('finished')
      expect(merge.positionOf(0)).toBe(6)
    }))

  it('is reached where there is no record at all', () =>
    withTempDirectory(async directory => {
      for (const slots of [[], ['control', 'control'] as Slot[]]) {
        const { feed, merge } = openTopicFeed(new MemoryTopic(slots), { directory, spec, stop: slots.length })
        expect(await feed.firstTime()).toBe(null)
        expect(await drain(feed)).toEqual({ ids: [], aside: [] })
        expect(merge.stateOf(0).kind).toBe('finished')
      }
    }))

  it('holds nothing back: what waits for its disorder leaves with it', () =>
    withTempDirectory(async directory => {
      const { feed } = openTopicFeed(new MemoryTopic([recordAt(9), recordAt(5), 'control']), {
        directory,
        spec,
        stop: 3,
      })
      expect((await drain(feed)).ids).toEqual([1, 0])
    }))
})

describe('a partition is idle', () => {
  it('behind markers and aborted records as behind any other end', () =>
    withTempDirectory(async directory => {
      const topic = new MemoryTopic([recordAt(5), 'aborted', 'control'])
      const { feed } = openTopicFeed(topic, { directory, spec, idleAfterMs: 0 })
      expect((await feed.next(NEVER)).emitted[0]?.events.rows).toBe(1)
      void feed.next(NEVER).catch(() => {})
      await waitFor(() => feed.isIdle, { what: 'the partition to be idle', deadlineMs: 5000 })
      feed.close()
    }))

  it('never while a transaction is open: its records may come at any time', () =>
    withTempDirectory(async directory => {
      const topic = new MemoryTopic([recordAt(5), recordAt(6), recordAt(7)])
      topic.stable[0] = 1
      const { feed } = openTopicFeed(topic, { directory, spec, idleAfterMs: 0 })
      const next = feed.next(NEVER)
      await waitFor(() => topic.asked.length > 5, { what: 'more reads at the end', deadlineMs: 5000 })
      expect(feed.isIdle).toBe(false)
      topic.stable[0] = 2
      topic.slots[0]![2] = 'control'
      await waitFor(() => topic.asked.includes(2), { what: 'the record to be read', deadlineMs: 5000 })
      expect(feed.isIdle).toBe(false)
      topic.stable[0] = null
      expect((await next).emitted.flatMap(({ events }) => [...events.sourceOffset!])).toEqual([0, 1])
      feed.close()
    }))
})

describe('a producer whose clock', () => {
  it('jumps ahead of what brokers believe is quarantined, and moves nothing', () =>
    withTempDirectory(async directory => {
      const far: Slot = { timestampMs: 20, value: JSON.stringify({ t: 20 + 6 * HOUR }) }
      const topic = new MemoryTopic([recordAt(20), far, recordAt(25), recordAt(31)])
      const { feed } = openTopicFeed(topic, { directory, spec, stop: 4 })
      expect(await drain(feed)).toEqual({ ids: [0, 2, 3], aside: ['future 1'] })
    }))

  it('jumps ahead together with its timestamps makes what follows late, and nothing is lost', () =>
    withTempDirectory(async directory => {
      const topic = new MemoryTopic([
        recordAt(20),
        recordAt(20 + 6 * HOUR),
        recordAt(25),
        recordAt(30),
        recordAt(21 + 6 * HOUR),
      ])
      const { feed } = openTopicFeed(topic, { directory, spec, stop: 5 })
      expect(await drain(feed)).toEqual({ ids: [0, 1, 4], aside: ['late 2', 'late 3'] })
    }))

  it('jumps back is late until it has caught up, and does not take the watermark with it', () =>
    withTempDirectory(async directory => {
      const topic = new MemoryTopic([
        recordAt(6 * HOUR),
        recordAt(5),
        recordAt(6 * HOUR - 9),
        recordAt(7 * HOUR),
      ])
      const { feed } = openTopicFeed(topic, { directory, spec, stop: 4 })
      expect(await drain(feed)).toEqual({ ids: [2, 0, 3], aside: ['late 1'] })
    }))
})
