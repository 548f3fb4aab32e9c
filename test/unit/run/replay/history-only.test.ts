import { describe, expect, it } from 'vitest'
import { defineJob } from '../../../../src/job/index.ts'
import { replayHistory } from '../../../../src/run/index.ts'
import { historyOnlyJob, replayedStream } from '../../../../src/run/replay/history-only.ts'

const AT = Date.UTC(2024, 0, 4)
const EVENTS = {
  key: ['k'],
  time: { column: 't', unit: 'ms' },
  partitions: 4,
  identity: ['id'],
  history: { files: 'history/*.parquet', from: '2024-01-01' },
  live: { log: 'log' },
  seam: { by: 'time', at: '2024-01-04' },
} as const
const OTHER = {
  key: ['k'],
  time: { column: 't', unit: 'ms' },
  partitions: 4,
  history: { files: 'o/*.parquet' },
} as const
const FROM = { files: 'f.parquet', key: 'k', time: { column: 't', unit: 'ms' }, columns: ['n'] } as const

function jobOf(streams: Record<string, unknown>, samples = 'events', columns: 'all' | string[] = 'all') {
  return defineJob({
    name: 'j',
    samples,
    streams,
    features: { f: { from: FROM, on: ['group'] } },
    output: { directory: 'out', columns },
  } as never)
}

describe('the history of a job alone', () => {
  it('is the stream up to its seam, without live, features, or a topic', () => {
    const job = jobOf({ events: EVENTS, other: OTHER })
    const only = historyOnlyJob(job, replayedStream(job, 'events'), {})
    expect(only.streams).toHaveLength(1)
    const [stream] = only.streams
    expect(stream).toMatchObject({ name: 'events', history: { fromMs: Date.UTC(2024, 0, 1), untilMs: AT } })
    expect(stream).not.toHaveProperty('live')
    expect(stream).not.toHaveProperty('seam')
    expect(only.features).toEqual([])
    expect(only.output.kafka).toBeUndefined()
  })

  it('bounds make it narrower, never wider', () => {
    const job = jobOf({ events: EVENTS })
    const bounds = (fromMs: number, untilMs: number) =>
      historyOnlyJob(job, replayedStream(job, undefined), { fromMs, untilMs }).streams[0]!.history
    expect(bounds(AT - 1000, AT - 500)).toMatchObject({ fromMs: AT - 1000, untilMs: AT - 500 })
    expect(bounds(0, AT + 1)).toMatchObject({ fromMs: Date.UTC(2024, 0, 1), untilMs: AT })
  })

  it('reads what the job reads of it', () => {
    const columns = (job: ReturnType<typeof jobOf>, name: string) =>
      historyOnlyJob(job, replayedStream(job, name), {}).output.columns
    const streams = { events: EVENTS, other: OTHER }
    expect(columns(jobOf(streams), 'events')).toBeNull()
    expect(columns(jobOf(streams, 'events', ['id', 'v']), 'events')).toEqual(['id', 'v', 'group'])
    expect(columns(jobOf(streams, 'events', ['id', 'v']), 'other')).toBeNull()
  })

  it('wants to know which, where several have one, and says which there are', () => {
    const job = jobOf({ events: EVENTS, other: OTHER })
    const refused = (advice: string) => ({
      code: 'argument-invalid',
      advice: expect.stringContaining(advice) as string,
    })
    expect(() => replayedStream(job, undefined)).toThrow(
      expect.objectContaining(refused('--stream: events, other')),
    )
    expect(() => replayedStream(job, 'none')).toThrow(expect.objectContaining(refused('events, other')))
    expect(replayedStream(job, 'other').name).toBe('other')
    const { history: _history, seam: _seam, ...live } = EVENTS
    const onlyLive = jobOf({
      events: { ...live, columns: { k: 'utf8', t: 'int64', id: 'int64', group: 'utf8' } },
    })
    expect(() => replayedStream(onlyLive, undefined)).toThrow(
      expect.objectContaining(refused('history: { files')),
    )
  })

  it('is not replayed into the topic that it was made of', async () => {
    const live = { kafka: { brokers: ['127.0.0.1:1', '127.0.0.1:2'], topic: 'clicks', value: 'json' } }
    const job = jobOf({ events: { ...EVENTS, live } })
    const place = { topic: 'clicks', create: false }
    await expect(
      replayHistory(job, { ...place, access: { brokers: ['127.0.0.1:2'] } }),
    ).rejects.toMatchObject({
      code: 'argument-invalid',
      where: { topic: 'clicks' },
    })
    // a topic of that name elsewhere is another one
    const elsewhere = { brokers: ['127.0.0.1:3'] }
    await expect(replayHistory(job, { ...place, access: elsewhere })).rejects.toMatchObject({
      code: 'files-none',
    })
  })
})
