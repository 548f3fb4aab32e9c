/** What a hand-over asks the topic, and what becomes of the answers (C3). */
import { describe, expect, it } from 'vitest'
import type { SeamSpec, SourceSpec } from '../../../src/core/watermark/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { MemoryTopic, recordAt, type Slot } from '../run/memory-topic.ts'
import type { FeedForm, OpenedFeed } from './topic-feed.ts'
import { drain, historyOf, openTopicFeed, snapshotOf } from './topic-feed.ts'

const WHY = { c: 'control', a: 'aborted', x: 'compacted' } as const

/** r: record at ten times its offset, c: control, a: aborted, x: compacted. */
function topicOf(text: string): MemoryTopic {
  return new MemoryTopic(
    [...text].map((letter, i): Slot => WHY[letter as keyof typeof WHY] ?? recordAt(10 * i)),
  )
}

function specOf(offsetStart: number, seam: SeamSpec): SourceSpec {
  const live = { offsetStart, disorder: 0, late: 'side', maxFuture: 1000 } as const
  return { stream: 0, name: 's', history: true, live, seam }
}

const BY_OFFSET: SeamSpec = { by: 'offset' }
const BY_TIME: SeamSpec = { by: 'time', at: 50, overlap: 30, identity: [1], beforeSeam: 'side' }

/** The feed behind its history; `stop` at the end of the topic. */
function handedOver(
  topic: MemoryTopic,
  offsets: readonly number[],
  form: Omit<FeedForm, 'stop'>,
): OpenedFeed {
  const opened = openTopicFeed(topic, { ...form, stop: topic.slots[0]!.length })
  if (offsets.length > 0) opened.feed.offerHistory(0, historyOf(...offsets), 10 * offsets.at(-1)! + 1)
  opened.feed.endHistory(0)
  return opened
}

describe('by offset', () => {
  it('gaps in the files and holes right behind them are explained by the topic', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rcrxarcrrcr')
      const { feed } = handedOver(topic, [0, 2, 5], { directory, spec: specOf(6, BY_OFFSET) })
      expect(await drain(feed)).toEqual({ ids: [0, 2, 5, 7, 8, 10], aside: [] })
      expect(feed.seams()[0]).toMatchObject({
        proven: true,
        gaps: [],
        holes: [
          { first: 1, last: 1, why: 'control' },
          { first: 3, last: 3, why: 'compacted' },
          { first: 4, last: 4, why: 'aborted' },
          { first: 6, last: 6, why: 'control' },
        ],
        liveFirst: { offset: 7 },
      })
    }))

  it('what the topic has and no file has stays a gap', () =>
    withTempDirectory(async directory => {
      const { feed } = handedOver(topicOf('rrcrr'), [0, 3], { directory, spec: specOf(4, BY_OFFSET) })
      await drain(feed)
      expect(feed.failedSeam()).toMatchObject({
        gaps: [{ first: 1, last: 1 }],
        holeOffsets: 1,
        reason: 'offset 1 is in no file, and the topic does not explain it (1 in all)',
      })
    }))

  it('what retention has passed stays a gap, and it is said why', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rcrrcrr')
      topic.first[0] = 3
      const { feed } = handedOver(topic, [0, 2, 3], { directory, spec: specOf(4, BY_OFFSET) })
      await drain(feed)
      expect(feed.failedSeam()).toMatchObject({
        gaps: [{ first: 1, last: 1 }],
        reason:
          'offset 1 is in no file, and the topic, which begins at offset 3, can no longer explain it (1 in all)',
      })
    }))

  it('live begins where the topic does, if that has passed the end of the files meanwhile', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rrrrrrrr')
      topic.first[0] = 5
      const { feed, merge } = handedOver(topic, [0, 1, 2], { directory, spec: specOf(3, BY_OFFSET) })
      expect((await drain(feed)).ids).toEqual([0, 1, 2, 5, 6, 7])
      const failed = feed.failedSeam()!
      expect(failed).toMatchObject({ gaps: [{ first: 3, last: 4 }], gapOffsets: 2, liveFirst: { offset: 5 } })
      expect(failed.reason).toContain('offsets 3–4 are in no file, and the topic, which begins at offset 5')
      expect(merge.positionOf(0)).toBe(8)
    }))

  it('live before the end of the files is passed over, whatever of it is gone', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rrrrrr')
      topic.first[0] = 2
      const { feed } = handedOver(topic, [0, 1, 2, 3], { directory, spec: specOf(1, BY_OFFSET) })
      expect((await drain(feed)).ids).toEqual([0, 1, 2, 3, 4, 5])
      expect(feed.seams()[0]).toMatchObject({ proven: true, doubled: 2 })
    }))

  it('files that reach past the end of the topic are not of this topic, or it was cut', () =>
    withTempDirectory(async directory => {
      const { feed } = handedOver(topicOf('rrrr'), [0, 1, 2, 3, 4], { directory, spec: specOf(5, BY_OFFSET) })
      expect((await drain(feed)).ids).toEqual([0, 1, 2, 3, 4])
      expect(feed.failedSeam()).toMatchObject({
        proven: false,
        reason: expect.stringContaining('files go up to offset 4, and the topic ends before offset 4'),
      })
    }))

  it('what a run has read must still be there when it goes on', () =>
    withTempDirectory(async directory => {
      const spec = specOf(1, BY_OFFSET)
      const { feed } = handedOver(topicOf('rrrrrrrr'), [0], { directory, spec })
      while (!(await feed.next(65)).crossed);
      const snapshot = snapshotOf(feed)
      const again = openTopicFeed(topicOf('rrr'), { directory, spec, snapshot, stop: 3 })
      again.feed.endHistory(0)
      await expect(drain(again.feed)).rejects.toMatchObject({ code: 'topic-truncated', where: { offset: 3 } })
    }))

  it('a partition without history is asked before its first record is', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('ccrr')
      topic.first[0] = 1
      const { feed } = handedOver(topic, [], { directory, spec: specOf(0, BY_OFFSET) })
      expect(await feed.firstTime()).toBe(20)
      expect((await drain(feed)).ids).toEqual([2, 3])
      expect(feed.seams()[0]).toMatchObject({ proven: false, gaps: [{ first: 0, last: 0 }] })
    }))

  it('an answer is kept, and is asked for once', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rcrrrr')
      const spec = specOf(3, BY_OFFSET)
      const { feed } = handedOver(topic, [0, 2], { directory, spec })
      expect((await feed.next(25)).crossed || (await feed.next(25)).crossed).toBe(true)
      const snapshot = snapshotOf(feed)
      topic.first[0] = 3
      topic.asked.length = 0
      const again = openTopicFeed(topic, { directory, spec, snapshot, stop: 6 })
      again.feed.endHistory(0)
      expect((await drain(again.feed)).ids).toEqual([3, 4, 5])
      expect(again.feed.seams()[0]).toMatchObject({ proven: true, holes: [{ first: 1, why: 'control' }] })
      expect(Math.min(...topic.asked)).toBeGreaterThanOrEqual(3)
    }))
})

describe('by time', () => {
  it('an overlap that was lost meanwhile leaves the seam unproven, also behind a resume', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rrrrrrrrr')
      topic.first[0] = 4
      const spec = specOf(2, BY_TIME)
      const { feed } = handedOver(topic, [0, 1, 2, 3, 4], { directory, spec })
      while (!(await feed.next(65)).crossed);
      const expected = { proven: false, reason: 'the live log no longer holds the whole overlap', doubled: 1 }
      expect(feed.seams()[0]).toMatchObject(expected)
      const again = openTopicFeed(topic, { directory, spec, snapshot: snapshotOf(feed), stop: 9 })
      again.feed.endHistory(0)
      expect((await drain(again.feed)).ids).toEqual([7, 8])
      expect(again.feed.seams()[0]).toMatchObject(expected)
    }))

  it('is proven where the overlap is held', () =>
    withTempDirectory(async directory => {
      const topic = topicOf('rrrrrcrrr')
      topic.first[0] = 1
      const { feed } = handedOver(topic, [0, 1, 2, 3, 4], { directory, spec: specOf(2, BY_TIME) })
      expect((await drain(feed)).ids).toEqual([0, 1, 2, 3, 4, 6, 7, 8])
      expect(feed.seams()[0]).toMatchObject({ proven: true, doubled: 3 })
    }))
})
