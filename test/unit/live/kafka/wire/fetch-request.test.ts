import { fetchV12, fetchV13 } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeFetchRequest,
  type FetchRequest,
  type FetchTopic,
} from '../../../../../src/live/kafka/wire/index.ts'

const int32 = fc.integer({ min: -1, max: 2 ** 31 - 1 })
const partition = fc.record({
  partition: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  offset: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)),
  leaderEpoch: int32,
  lastFetchedEpoch: int32,
  bytesMax: fc.nat(),
})
const topicsNamed = (topic: fc.Arbitrary<string>) =>
  fc.array(fc.record({ topic, partitions: fc.array(partition, { maxLength: 200 }) }), { maxLength: 3 })
const requestOf = (topic: fc.Arbitrary<string>): fc.Arbitrary<FetchRequest> =>
  fc.record({
    waitMs: fc.nat(),
    bytesMin: fc.nat(),
    bytesMax: fc.nat(),
    isolation: fc.constantFrom(0, 1),
    rack: fc.string({ unit: 'grapheme', maxLength: 200 }),
    topics: topicsNamed(topic),
  })

/** The same, as @platformatic/kafka encodes it. */
function foreign(request: FetchRequest, create: typeof fetchV12.createRequest): Uint8Array {
  const topics = request.topics.map(({ topic, partitions }: FetchTopic) => ({
    topicId: topic,
    partitions: partitions.map(one => ({
      partition: one.partition,
      currentLeaderEpoch: one.leaderEpoch,
      fetchOffset: BigInt(one.offset),
      lastFetchedEpoch: one.lastFetchedEpoch,
      partitionMaxBytes: one.bytesMax,
    })),
  }))
  const { waitMs, bytesMin, bytesMax, isolation, rack } = request
  return create(waitMs, bytesMin, bytesMax, isolation, 0, -1, topics, [], rack).buffer
}

describe('encodeFetchRequest', () => {
  it('gives the bytes that another client gives', () => {
    fc.assert(
      fc.property(requestOf(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 249 })), request => {
        const expected = foreign(request, fetchV12.createRequest)
        expect(Buffer.from(encodeFetchRequest(request, 12)).equals(expected)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(requestOf(fc.uuid()), request => {
        const expected = foreign(request, fetchV13.createRequest)
        expect(Buffer.from(encodeFetchRequest(request, 13)).equals(expected)).toBe(true)
      }),
    )
  })

  it('refuses what is a mistake of ours', () => {
    const request = { waitMs: 1, bytesMin: 1, bytesMax: 1, isolation: 1 as const, rack: '' }
    const one = { partition: 0, offset: 0, leaderEpoch: -1, lastFetchedEpoch: -1, bytesMax: 1 }
    const encode = (topic: string, offset: number) => () =>
      encodeFetchRequest({ ...request, topics: [{ topic, partitions: [{ ...one, offset }] }] }, 13)
    expect(encode('no-id', 1)).toThrow(expect.objectContaining({ code: 'bug' }))
    const id = '01234567-89ab-cdef-0123-456789abcdef'
    for (const offset of [-1, 0.5, 2 ** 53]) {
      expect(encode(id, offset)).toThrow(expect.objectContaining({ code: 'bug' }))
    }
    expect(encode(id, 0)).not.toThrow()
  })
})
