/** What of a live side must be as the plan pinned it. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineJob, type StreamJob } from '../../../src/job/index.ts'
import { createLog } from '../../../src/live/index.ts'
import type { LivePlan } from '../../../src/plan/index.ts'
import { openLive, openPinned, pinnedEnds } from '../../../src/run/live-side.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { MemoryTopic, recordAt } from './memory-topic.ts'

function streamOf(live: object, partitions = 1): StreamJob {
  const columns = { k: 'utf8', t: 'int64' } as const
  const stream = { key: 'k', time: { column: 't', unit: 'ms' }, partitions, columns, live }
  return defineJob({ name: 'j', streams: { s: stream } } as Parameters<typeof defineJob>[0]).streams[0]!
}

const KAFKA = streamOf({ kafka: { brokers: ['b:1'], topic: 'clicks' } })
const pinned: LivePlan = {
  sourceId: 'cluster/topic',
  partitions: 1,
  offsetFirst: [0],
  offsetNext: [2],
  leaderEpochs: [1],
  retentionMs: null,
  keptMs: null,
  valuePin: null,
}

describe('the ends of a partition', () => {
  it('are what they are now, where nothing of the plan is gone', async () => {
    const topic = new MemoryTopic([recordAt(1), recordAt(2), recordAt(3)])
    topic.leaderEpoch = 4
    expect(await pinnedEnds(KAFKA, pinned, topic, 0)).toEqual({ first: 0, next: 3, leaderEpoch: 4 })
  })

  it('lie before those of the plan where the topic was cut: the lost range is named', async () => {
    const topic = new MemoryTopic([recordAt(1)])
    await expect(pinnedEnds(KAFKA, pinned, topic, 0)).rejects.toMatchObject({
      code: 'topic-truncated',
      message: expect.stringContaining('up to offset 1 when the plan was made, and offset 1 is gone'),
      where: { topic: 'clicks', stream: 's', partition: 0, offset: 1 },
    })
  })

  it('are not believed where the leader is of an older epoch', async () => {
    const topic = new MemoryTopic([recordAt(1), recordAt(2)])
    topic.leaderEpoch = 0
    await expect(pinnedEnds(KAFKA, pinned, topic, 0)).rejects.toMatchObject({ code: 'file-changed' })
  })
})

describe('a live side', () => {
  it('with another number of partitions than the job says is refused', () =>
    withTempDirectory(async directory => {
      createLog(join(directory, 'log'), { partitions: 3, key: ['k'] })
      await expect(openLive(streamOf({ log: join(directory, 'log') }))).rejects.toMatchObject({
        code: 'job-invalid',
        advice: expect.stringContaining('partitions: 3'),
        where: { path: 'streams.s.partitions' },
      })
    }))

  it('that was made anew since the plan is refused', () =>
    withTempDirectory(async directory => {
      createLog(join(directory, 'log'), { partitions: 1, key: ['k'] })
      const job = streamOf({ log: join(directory, 'log') })
      const { id } = await openLive(job)
      await (await openPinned(job, { ...pinned, sourceId: id })).close()
      await expect(openPinned(job, pinned)).rejects.toMatchObject({ code: 'file-changed' })
      await expect(openPinned(job, { ...pinned, sourceId: id, partitions: 2 })).rejects.toMatchObject({
        code: 'topic-grown',
        message: expect.stringContaining('has 1 partitions, and had 2'),
      })
    }))
})
