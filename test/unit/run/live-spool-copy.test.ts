/** When a copy of a topic begins, goes on and is over. What its frames hold is test/property/spool.test.ts. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HindcastError } from '../../../src/errors.ts'
import { defineJob } from '../../../src/job/index.ts'
import type { LiveSource } from '../../../src/live/index.ts'
import { readSurvey } from '../../../src/live/index.ts'
import { SpoolWriter } from '../../../src/live/spool/spool-writer.ts'
import { Chase, StreamCopy, type StreamCopyOptions } from '../../../src/run/live-spool-copy.ts'
import { waitFor, withTempDirectory } from '../../harness/index.ts'
import { MemoryTopic, recordAt } from './memory-topic.ts'

const JOB = defineJob({
  name: 'j',
  streams: {
    s: {
      key: 'k',
      time: { column: 't', unit: 'ms' },
      columns: { k: 'utf8', t: 'int64' },
      history: { files: '/h/*.parquet' },
      live: { kafka: { brokers: ['b:1'], topic: 'clicks' }, spool: true },
      seam: { by: 'offset' },
    },
  },
}).streams[0]!

/** A topic of records that gives three at a time, and says where it was asked from. */
class RawTopic extends MemoryTopic {
  readonly askedRaw: { readonly offset: number; readonly leaderEpoch: number | undefined }[] = []

  async readRaw(...[request, take]: Parameters<NonNullable<LiveSource['readRaw']>>): Promise<boolean> {
    const { offset, leaderEpoch } = request
    this.askedRaw.push({ offset, leaderEpoch })
    const { offsetNext } = await this.read(request)
    await new Promise(resolve => setImmediate(resolve))
    if (offsetNext === offset) return false
    take({ offset, offsetNext, leaderEpoch: 8, aborted: null, records: new Uint8Array(50) })
    return true
  }
}

function topicOf(count: number): RawTopic {
  return new RawTopic(Array.from({ length: count }, (_, i) => (i === 2 ? 'control' : recordAt(i))))
}

function open(folder: string, topic: RawTopic, more: Partial<StreamCopyOptions> = {}): Promise<StreamCopy> {
  return StreamCopy.open({
    job: JOB,
    source: topic,
    folder,
    partitions: [{ start: { offset: 4, leaderEpoch: 6 }, stop: 10, inDoubt: [{ first: 1, last: 3 }] }],
    positionOf: () => null,
    onBytes: () => {},
    onFailure: error => {
      throw error
    },
    ...more,
  })
}

async function endOf(folder: string): Promise<{ offsetNext: number; isEnded: boolean; leaderEpoch: number }> {
  const start = { offset: 4, leaderEpoch: -1 }
  const writer = await SpoolWriter.open({ folder, partition: 0, start })
  const { offsetNext, isEnded, leaderEpoch } = writer
  await writer.close()
  return { offsetNext, isEnded, leaderEpoch }
}

const soon = (what: string, condition: () => boolean) => waitFor(condition, { what, deadlineMs: 10_000 })

describe('a copy of a topic', () => {
  it('begins with what files may lack, and ends where the run does', () =>
    withTempDirectory(async folder => {
      const topic = topicOf(20)
      const copy = await open(folder, topic)
      await soon('the copy to be over', () => topic.askedRaw.at(-1)?.offset === 7)
      await copy.close()
      expect(readSurvey(folder, 0)).toEqual({ first: 0, holes: [{ first: 2, last: 2, why: 'control' }] })
      expect(topic.askedRaw).toEqual([
        { offset: 4, leaderEpoch: 6 },
        { offset: 7, leaderEpoch: 8 },
      ])
      expect(await endOf(folder)).toEqual({ offsetNext: 10, isEnded: true, leaderEpoch: 8 })
    }))

  it('goes on where it was stopped, and asks about files once', () =>
    withTempDirectory(async folder => {
      const partitions = [{ start: { offset: 4, leaderEpoch: -1 }, stop: null, inDoubt: [] }]
      const topic = topicOf(10)
      const first = await open(folder, topic, { partitions })
      await soon('all to be copied', () => topic.askedRaw.at(-1)?.offset === 10)
      await first.close()
      expect(await endOf(folder)).toMatchObject({ offsetNext: 10, isEnded: false })
      const more = topicOf(14)
      const second = await open(folder, more, { partitions })
      await soon('the rest to be copied', () => more.askedRaw.at(-1)?.offset === 14)
      await second.close()
      expect(more.askedRaw[0]).toEqual({ offset: 10, leaderEpoch: 8 })
      expect(topic.askedRaw[0]).toEqual({ offset: 4, leaderEpoch: undefined })
    }))

  it('is over once history is read and the lane is where it is', () =>
    withTempDirectory(async folder => {
      let position: number | null = null
      const topic = topicOf(10)
      const partitions = [{ start: { offset: 4, leaderEpoch: -1 }, stop: null, inDoubt: [] }]
      const copy = await open(folder, topic, { partitions, positionOf: () => position })
      await soon('all to be copied', () => topic.askedRaw.at(-1)?.offset === 10)
      position = 10
      const asked = topic.askedRaw.length
      await soon('more to be asked for', () => topic.askedRaw.length > asked + 3)
      position = 9
      copy.endHistory()
      const later = topic.askedRaw.length
      await soon('more to be asked for', () => topic.askedRaw.length > later + 3)
      position = 10
      await waitFor(async () => copy.hasPast, { what: 'the end', deadlineMs: 10_000 })
      await copy.close()
      expect(await endOf(folder)).toMatchObject({ offsetNext: 10, isEnded: true })
    }))

  it('is not over while it is far behind the topic, however close the lane is behind it', () =>
    withTempDirectory(async folder => {
      const topic = topicOf(60)
      const partitions = [{ start: { offset: 4, leaderEpoch: -1 }, stop: null, inDoubt: [] }]
      const copy = await open(folder, topic, { partitions, positionOf: () => Number.POSITIVE_INFINITY })
      copy.endHistory()
      await waitFor(async () => copy.hasPast, { what: 'the end', deadlineMs: 10_000 })
      await copy.close()
      expect(await endOf(folder)).toMatchObject({ offsetNext: 60, isEnded: true })
    }))

  it('fails once, with the topic, for what is lost and for too many bytes', () =>
    withTempDirectory(async folder => {
      const failures: HindcastError[] = []
      const onFailure = (error: HindcastError) => failures.push(error)
      const topic = topicOf(10)
      topic.first[0] = 6
      const copy = await open(folder, topic, { onFailure })
      await soon('the failure', () => failures.length > 0)
      await copy.close()
      const full = await open(join(folder, 'full'), topicOf(10), {
        onFailure,
        onBytes: () => {
          throw failures[0]!
        },
      })
      await soon('the failure', () => failures.length > 1)
      await full.close()
      expect(failures).toMatchObject([
        { code: 'offset-out-of-range', where: { offset: 4, topic: 'clicks', stream: 's' } },
        { code: 'offset-out-of-range' },
      ])
    }))
})

describe('a lane that follows a copy', () => {
  it('has caught up where it is where the copy was a short while ago', () => {
    const chase = new Chase()
    const isClose = (position: number | null, offset: number, nowMs: number): boolean => {
      if (chase.isDue(nowMs)) chase.mark(offset, nowMs)
      return chase.isClose(position)
    }
    expect(chase.isClose(5)).toBe(false)
    expect(isClose(null, 100, 0)).toBe(false)
    expect(isClose(99, 150, 1000)).toBe(false)
    expect(isClose(100, 200, 2000)).toBe(true)
    // too long ago: held against where the copy is now
    expect(isClose(180, 300, 6000)).toBe(false)
    expect(isClose(299, 900, 9000)).toBe(false)
    expect(isClose(300, 900, 9001)).toBe(true)
  })
})
