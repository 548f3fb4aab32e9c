import { describe, expect, it } from 'vitest'
import {
  type FitnessQuestion,
  misfitsOf,
  positionsMisfit,
} from '../../../../src/sinks/kafka/topic-fitness.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2024, 5, 1)
const DEFAULTS = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '3600000',
}

function question(
  settings: Record<string, string | null> = {},
  change: Partial<FitnessQuestion> = {},
): FitnessQuestion {
  return {
    topic: 't',
    partitions: 4,
    partitionsWanted: 4,
    settings: new Map(Object.entries({ ...DEFAULTS, ...settings })),
    fromMs: NOW - 30 * DAY,
    maxFutureMs: 3_600_000,
    nowMs: NOW,
    ...change,
  }
}

describe('a topic can hold the samples', () => {
  it.each([
    ['without retention by time', {}],
    ['with a retention that reaches back to the first', { 'retention.ms': String(30 * DAY) }],
    [
      'of brokers that know no bounds on timestamps',
      { 'message.timestamp.before.max.ms': null, 'message.timestamp.after.max.ms': null },
    ],
  ])('%s', (_, settings) => {
    expect(misfitsOf(question(settings))).toEqual([])
  })

  it('whose time is not known, whatever its retention', () => {
    expect(misfitsOf(question({ 'retention.ms': '1000' }, { fromMs: null }))).toEqual([])
  })
})

describe('the topic of the positions', () => {
  it('is compacted, and nothing else: what deletes forgets what was sent', () => {
    expect(positionsMisfit('t.hindcast', 'compact')).toBe(null)
    for (const policy of ['delete', 'compact,delete'])
      expect(positionsMisfit('t.hindcast', policy)).toMatchObject({
        text: expect.stringContaining(`cleanup.policy is ${policy}`),
        advice: expect.stringContaining('--entity-name t.hindcast --add-config cleanup.policy=compact'),
      })
  })
})

describe('a topic cannot hold them', () => {
  it.each([
    [
      { 'retention.ms': String(7 * DAY) },
      /begin at 2024-05-02.*retention.ms of 604800000 \(7 days\).*before 2024-05-25/,
      /retention.ms=-1/,
    ],
    [{ 'retention.ms': '3600000' }, /\(1 hours\)/, /retention.ms=-1/],
    [{ 'cleanup.policy': 'compact' }, /newest sample of a key/, /cleanup.policy=delete/],
    [{ 'cleanup.policy': 'compact,delete' }, /newest sample of a key/, /cleanup.policy=delete/],
    [{ 'message.timestamp.type': 'LogAppendTime' }, /writes over the event time/, /type=CreateTime/],
    [
      { 'message.timestamp.before.max.ms': String(DAY) },
      /refuses what is before 2024-05-31/,
      /before.max.ms=9223372036854775807/,
    ],
    [
      { 'message.timestamp.difference.max.ms': String(DAY) },
      /refuses what is before/,
      /difference.max.ms=9223372036854775807/,
    ],
    [{ 'message.timestamp.after.max.ms': '1000' }, /`maxFuture` of 3600000 ms/, /after.max.ms=3600000/],
  ])('%j', (settings, text, advice) => {
    const misfits = misfitsOf(question(settings))
    expect(misfits).toEqual([
      { text: expect.stringMatching(text) as string, advice: expect.stringMatching(advice) as string },
    ])
  })

  it('with another number of partitions', () => {
    expect(misfitsOf(question({}, { partitions: 3 }))).toEqual([
      {
        text: expect.stringContaining('3 partitions and the samples have 4') as string,
        advice: expect.stringContaining('--partitions 4') as string,
      },
    ])
  })

  it('for several reasons, which are all told', () => {
    expect(
      misfitsOf(
        question(
          { 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' },
          { partitions: 1 },
        ),
      ).length,
    ).toBe(3)
  })
})
