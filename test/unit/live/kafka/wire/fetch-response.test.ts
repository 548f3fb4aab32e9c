import { fetchV12, Reader } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../../src/errors.ts'
import {
  type FetchedPartition,
  type FetchResponse,
  type FetchVersion,
  parseFetchResponse,
} from '../../../../../src/live/kafka/wire/index.ts'
import { int, uvarint } from '../../../../property/kafka-batch-bytes.ts'

const list = <Element>(elements: readonly Element[], encode: (element: Element) => number[]): number[] => [
  ...uvarint(elements.length + 1),
  ...elements.flatMap(encode),
]

function tag(number: number, body: readonly number[]): number[] {
  return [...uvarint(number), ...uvarint(body.length), ...body]
}

function partitionBytes(one: FetchedPartition, foreignTag: boolean): number[] {
  const tags = [
    ...(one.divergingEpoch === null
      ? []
      : [tag(0, [...int(one.divergingEpoch.epoch, 4), ...int(one.divergingEpoch.endOffset, 8), 0])]),
    ...(one.currentLeader === null
      ? []
      : [tag(1, [...int(one.currentLeader.id, 4), ...int(one.currentLeader.epoch, 4), 0])]),
    ...(foreignTag ? [tag(200, [1, 2, 3])] : []),
  ]
  return [
    ...int(one.partition, 4),
    ...int(one.errorCode, 2),
    ...int(one.highWatermark, 8),
    ...int(one.lastStableOffset, 8),
    ...int(one.logStartOffset, 8),
    ...(one.aborted === null
      ? [0]
      : list(one.aborted, ({ producerId, firstOffset }) => [
          ...int(producerId, 8),
          ...int(firstOffset, 8),
          0,
        ])),
    ...int(one.preferredReplica ?? -1, 4),
    ...uvarint(one.records.length + 1),
    ...one.records,
    ...uvarint(tags.length),
    ...tags.flat(),
  ]
}

function responseBytes(response: FetchResponse, version: FetchVersion, foreignTag = false): Uint8Array {
  const topicBytes = (topic: string): number[] =>
    version === 12
      ? list([...Buffer.from(topic)], byte => [byte])
      : [...Buffer.from(topic.replaceAll('-', ''), 'hex')]
  return Uint8Array.from([
    ...int(response.throttleMs, 4),
    ...int(response.errorCode, 2),
    ...int(0, 4),
    ...list(response.topics, ({ topic, partitions }) => [
      ...topicBytes(topic),
      ...list(partitions, one => partitionBytes(one, foreignTag)),
      0,
    ]),
    0,
  ])
}

const offset = fc.oneof(fc.maxSafeNat(), fc.constantFrom(-1, 0, 2 ** 31, 2 ** 32))
const partition: fc.Arbitrary<FetchedPartition> = fc.record({
  partition: fc.nat(),
  errorCode: fc.integer({ min: -1, max: 120 }),
  highWatermark: offset,
  lastStableOffset: offset,
  logStartOffset: offset,
  aborted: fc.option(fc.array(fc.record({ producerId: fc.maxSafeNat(), firstOffset: fc.maxSafeNat() }))),
  divergingEpoch: fc.option(fc.record({ epoch: fc.nat(), endOffset: fc.maxSafeNat() })),
  currentLeader: fc.option(fc.record({ id: fc.nat(), epoch: fc.nat() })),
  preferredReplica: fc.option(fc.nat()),
  records: fc.uint8Array({ maxLength: 300 }),
})
const responseOf = (topic: fc.Arbitrary<string>): fc.Arbitrary<FetchResponse> =>
  fc.record({
    throttleMs: fc.nat(),
    errorCode: fc.integer({ min: -1, max: 120 }),
    topics: fc.array(fc.record({ topic, partitions: fc.array(partition, { maxLength: 3 }) }), {
      maxLength: 2,
    }),
  })

const EXAMPLE: FetchResponse = {
  throttleMs: 7,
  errorCode: 0,
  topics: [
    {
      topic: 'views',
      partitions: [
        {
          partition: 3,
          errorCode: 0,
          highWatermark: 54,
          lastStableOffset: 53,
          logStartOffset: 2,
          aborted: [{ producerId: 1000, firstOffset: 20 }],
          divergingEpoch: { epoch: 4, endOffset: 40 },
          currentLeader: { id: 2, epoch: 5 },
          preferredReplica: null,
          records: new Uint8Array(0),
        },
      ],
    },
  ],
}

function codeOf(bytes: Uint8Array): string | null {
  try {
    parseFetchResponse(bytes, 12)
    return null
  } catch (thrown) {
    return thrown instanceof HindcastError ? thrown.code : 'foreign'
  }
}

describe('parseFetchResponse', () => {
  it('gives what was encoded, tags that it does not know left out', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 249 })
    fc.assert(
      fc.property(responseOf(names), fc.boolean(), (response, foreignTag) => {
        expect(parseFetchResponse(responseBytes(response, 12, foreignTag), 12)).toEqual(response)
      }),
    )
    fc.assert(
      fc.property(responseOf(fc.uuid()), response => {
        expect(parseFetchResponse(responseBytes(response, 13), 13)).toEqual(response)
      }),
    )
  })

  it('reads the same as another client', () => {
    const { parseResponse } = fetchV12
    const theirs = parseResponse(1, 1, 12, Reader.from(Buffer.from(responseBytes(EXAMPLE, 12))))
    expect(theirs).toMatchObject({
      throttleTimeMs: 7,
      responses: [
        {
          topicId: 'views',
          partitions: [
            {
              partitionIndex: 3,
              highWatermark: 54n,
              lastStableOffset: 53n,
              logStartOffset: 2n,
              divergingEpoch: { epoch: 4, endOffset: 40n },
              currentLeader: { leaderId: 2, leaderEpoch: 5 },
            },
          ],
        },
      ],
    })
    expect(parseFetchResponse(responseBytes(EXAMPLE, 12), 12)).toEqual(EXAMPLE)
  })

  it('gives records as a view, and none where they are null', () => {
    const bytes = responseBytes(EXAMPLE, 12)
    expect(parseFetchResponse(bytes, 12).topics[0].partitions[0].records.buffer).toBe(bytes.buffer)
    const [one] = EXAMPLE.topics[0].partitions
    const plain = partitionBytes({ ...one, divergingEpoch: null, currentLeader: null }, false)
    // Behind the length of the records, of which there are none, is only the count of tags.
    const isNull = [...plain.slice(0, -2), 0, 0]
    const nullRecords = Uint8Array.from([...int(0, 10), 2, 2, 97, 2, ...isNull, 0, 0])
    expect(parseFetchResponse(nullRecords, 12).topics[0].partitions[0].records).toEqual(new Uint8Array(0))
  })

  it('refuses every beginning of an answer, and bytes behind it', () => {
    const bytes = responseBytes(EXAMPLE, 12, true)
    for (let end = 0; end < bytes.length; end++) expect(codeOf(bytes.subarray(0, end))).toBe('reply-invalid')
    expect(codeOf(Uint8Array.from([...bytes, 0]))).toBe('reply-invalid')
    expect(codeOf(bytes)).toBeNull()
  })

  it('refuses counts and lengths beyond what is left, numbers that are no offsets, and names that are no text', () => {
    const head = int(0, 10)
    const huge = uvarint(2 ** 32 - 1)
    const one = EXAMPLE.topics[0].partitions[0]
    const inTopic = (bytes: readonly number[]) => Uint8Array.from([...head, 2, 2, 97, 2, ...bytes, 0, 0])
    const bad: Record<string, Uint8Array> = {
      'topics beyond the end': Uint8Array.from([...head, ...huge, 0, 0]),
      'partitions beyond the end': Uint8Array.from([...head, 2, 2, 97, ...huge, 0, 0, 0]),
      'a name beyond the end': Uint8Array.from([...head, 2, ...huge, 97, 1, 0, 0]),
      'a null name': Uint8Array.from([...head, 2, 0, 1, 0, 0]),
      'a name that is not UTF-8': Uint8Array.from([...head, 2, 2, 0xff, 1, 0, 0]),
      'a number of six bytes': Uint8Array.from([...head, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
      'a number of 33 bits': Uint8Array.from([...head, 0xff, 0xff, 0xff, 0xff, 0x1f, 1]),
      'tags without end': Uint8Array.from([...head, 1, ...huge]),
      'a tag beyond the end': Uint8Array.from([...head, 1, 1, 0, ...huge]),
      'tags that do not rise': Uint8Array.from([...head, 1, 2, 5, 0, 5, 0]),
      'a negative partition': inTopic(partitionBytes({ ...one, partition: -1 }, false)),
      'an offset beyond 2^53': inTopic(partitionBytes({ ...one, highWatermark: 2 ** 60 }, false)),
      'a tag that is too short': inTopic([
        ...partitionBytes({ ...one, divergingEpoch: null, currentLeader: null }, false).slice(0, -1),
        1,
        ...tag(0, [0]),
      ]),
    }
    for (const [name, bytes] of Object.entries(bad))
      expect([name, codeOf(bytes)]).toEqual([name, 'reply-invalid'])
  })

  it('gives an answer or a typed error for any bytes', () => {
    const bytes = responseBytes(EXAMPLE, 12, true)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const mutant = bytes.slice()
        mutant[at] = byte
        expect([null, 'reply-invalid']).toContain(codeOf(mutant))
      }),
    )
  })
})
