import { describe, expect, it } from 'vitest'
import { newerView, topicIdentity, topicView } from '../../../../src/live/kafka/topic-view.ts'

const ID = '01234567-89ab-cdef-0123-456789abcdef'

function reply(leaders: readonly (readonly [number, number])[], more: object = {}) {
  return {
    clusterId: 'cluster',
    brokers: [1, 2].map(nodeId => ({ nodeId, host: `b${nodeId}`, port: 9092 })),
    errorCode: 0,
    topicId: ID,
    partitions: leaders.map(([leaderId, leaderEpoch], partitionIndex) => ({
      partitionIndex,
      errorCode: 0,
      leaderId,
      leaderEpoch,
    })),
    ...more,
  }
}
const view = (leaders: readonly (readonly [number, number])[], more?: object) =>
  topicView('t', reply(leaders, more), 'b:1')

describe('what is known of a topic', () => {
  it('has an identity as Kafka writes it', () => {
    expect(topicIdentity(view([[1, 0]]))).toBe('cluster/ASNFZ4mrze8BI0VniavN7w')
  })

  it.each([
    ['no cluster id', { clusterId: null }],
    ['no topic id', { topicId: '00000000-0000-0000-0000-000000000000' }],
    ['no partitions', { partitions: [] }],
    [
      'a partition twice',
      { partitions: [0, 0].map(partitionIndex => ({ ...reply([[1, 0]]).partitions[0], partitionIndex })) },
    ],
    [
      'a partition missing',
      { partitions: [1].map(partitionIndex => ({ ...reply([[1, 0]]).partitions[0], partitionIndex })) },
    ],
  ])('a reply with %s is refused', (_, more) => {
    expect(() => view([[1, 0]], more)).toThrowError(expect.objectContaining({ code: 'reply-invalid' }))
  })

  it.each([
    [29, 'access-denied'],
    [3, 'remote-failed'],
    [5, 'remote-failed'],
    [35, 'reply-invalid'],
  ])('error code %i is %s', (errorCode, code) => {
    expect(() => view([[1, 0]], { errorCode })).toThrowError(expect.objectContaining({ code }))
  })

  it('too many partitions pass a limit', () => {
    expect(() => view(new Array(1025).fill([1, 0]))).toThrowError(
      expect.objectContaining({ code: 'limit-passed' }),
    )
  })

  it('a leader of an older epoch does not come back', () => {
    const known = view([
      [1, 5],
      [2, 7],
    ])
    const next = newerView(
      known,
      view([
        [2, 6],
        [1, 6],
      ]),
    )
    expect(next.partitions).toEqual([
      { leader: 2, leaderEpoch: 6 },
      { leader: 2, leaderEpoch: 7 },
    ])
  })

  it('fewer partitions are an old answer, more are a stop, another id is another topic', () => {
    const known = view([
      [1, 0],
      [2, 0],
    ])
    expect(newerView(known, view([[2, 1]])).partitions).toEqual([
      { leader: 2, leaderEpoch: 1 },
      { leader: 2, leaderEpoch: 0 },
    ])
    const more = view([
      [1, 0],
      [2, 0],
      [1, 0],
    ])
    expect(() => newerView(known, more)).toThrowError(expect.objectContaining({ code: 'topic-grown' }))
    for (const other of [{ topicId: ID.replace('0123', '9123') }, { clusterId: 'other' }]) {
      const found = view(
        [
          [1, 0],
          [2, 0],
        ],
        other,
      )
      expect(() => newerView(known, found)).toThrowError(expect.objectContaining({ code: 'file-changed' }))
    }
  })
})
