/** What retention leaves of live, against how long history will take. */
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import { defineJob, type Job } from '../../../src/job/index.ts'
import type { StreamPlan } from '../../../src/plan/index.ts'
import { checkRetention, retentionOf } from '../../../src/run/live-retention.ts'
import { MemoryTopic, recordAt } from './memory-topic.ts'

const HOUR = 3_600_000
const never = (): void => expect.unreachable('nothing is denied here')

describe('what live begins with', () => {
  it('is kept until its oldest record is as old as the retention', async () => {
    const now = Date.now()
    const topic = new MemoryTopic(
      [recordAt(now - 3 * HOUR), recordAt(now - 2 * HOUR), recordAt(now)],
      ['control', 'aborted', 'control', 'aborted', recordAt(now - HOUR)],
      [],
    )
    topic.retention = 4 * HOUR
    const { retentionMs, keptMs } = await retentionOf(topic, [1, 0, 0], [3, 5, 0], never)
    expect(retentionMs).toBe(4 * HOUR)
    expect(keptMs).toBeGreaterThan(2 * HOUR - 60_000)
    expect(keptMs).toBeLessThanOrEqual(2 * HOUR)
  })

  it('is kept for ever where nothing is deleted by time, or nothing is there', async () => {
    const topic = new MemoryTopic([recordAt(0), 'control'])
    expect(await retentionOf(topic, [0], [2], never)).toEqual({ retentionMs: null, keptMs: null })
    topic.retention = 1
    expect(await retentionOf(topic, [1], [2], never)).toEqual({ retentionMs: 1, keptMs: null })
    expect(await retentionOf(topic, [0], [0], never)).toEqual({ retentionMs: 1, keptMs: null })
  })
})

describe('settings that are not for this user', () => {
  it('leave retention unknown, which is told; any other failure is one', async () => {
    const topic = new MemoryTopic([recordAt(0)])
    topic.retentionMs = () => Promise.reject(new HindcastError('access-denied', 'not for you'))
    let told = 0
    const asked = retentionOf(topic, [0], [1], () => told++)
    expect(await asked).toEqual({ retentionMs: null, keptMs: null })
    expect(told).toBe(1)
    topic.retentionMs = () => Promise.reject(new HindcastError('remote-failed', 'gone'))
    await expect(retentionOf(topic, [0], [1], never)).rejects.toMatchObject({ code: 'remote-failed' })
  })
})

describe('a plan', () => {
  const live = { kafka: { brokers: ['b:1'], topic: 'clicks' } }
  const history = { files: '/h/*.parquet' }
  const seam = { by: 'offset' }
  const jobOf = (more: object): Job => {
    const columns = { k: 'utf8', t: 'int64' }
    const stream = { key: 'k', time: { column: 't', unit: 'ms' }, columns, live, ...more }
    return defineJob({ name: 'j', streams: { s: stream } } as Parameters<typeof defineJob>[0])
  }
  const check = (more: object, keptMs: number | null, seconds: number): void => {
    const streams = [{ ordinal: 0, live: { retentionMs: HOUR, keptMs } }] as unknown as StreamPlan[]
    checkRetention(jobOf(more), streams, seconds)
  }

  it('is refused where live loses its beginning before history is read', () => {
    const refused = expect.objectContaining({
      code: 'retention-short',
      message: expect.stringMatching(/is deleted in 59.*keeps records for 1h.*take 1/),
      where: { topic: 'clicks', stream: 's' },
    })
    expect(() => check({ history, seam }, 59_000, 60)).toThrow(refused)
    expect(() => check({ history, seam }, -1, 0)).toThrow(/old enough to be deleted already/)
  })

  it('stands where there is time enough, no limit, no history to wait for, or a copy', () => {
    check({ history, seam }, 60_000, 60)
    check({ history, seam }, null, 60)
    check({}, 0, 60)
    check({ history, seam, live: { ...live, spool: true } }, 59_000, 60)
  })
})
