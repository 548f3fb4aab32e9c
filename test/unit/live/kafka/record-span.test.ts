import { describe, expect, it } from 'vitest'
import { recordSpan } from '../../../../src/live/kafka/record-span.ts'
import { batchBytes } from './batch-bytes.ts'

describe('how far fetched bytes reach', () => {
  const two = Buffer.concat([
    batchBytes({ base: 10, lastDelta: 4, epoch: 3 }),
    batchBytes({ base: 20, lastDelta: 0, epoch: 4 }),
  ])

  it('over whole batches, with the epoch of the last', () => {
    expect(recordSpan(two, 12)).toEqual({
      bytes: two.length,
      offsetNext: 21,
      leaderEpoch: 4,
      isDeadEnd: false,
    })
    expect(recordSpan(Buffer.alloc(0), 7)).toEqual({
      bytes: 0,
      offsetNext: 7,
      leaderEpoch: -1,
      isDeadEnd: false,
    })
  })

  it('not over what is cut', () => {
    for (let cut = 0; cut < two.length; cut++) {
      const span = recordSpan(two.subarray(0, cut), 10)
      expect(span.offsetNext).toBe(cut < 71 ? 10 : 15)
      expect(span.bytes).toBe(cut < 71 ? 0 : 71)
    }
  })

  it('up to a batch of another format, which the decoder will tell', () => {
    const old = Buffer.concat([two, batchBytes({ base: 21, lastDelta: 0, magic: 1 }), two])
    expect(recordSpan(old, 10)).toMatchObject({ bytes: old.length, offsetNext: 21, isDeadEnd: true })
    const short = Buffer.from(two)
    short.writeInt32BE(3, 8)
    expect(recordSpan(short, 10)).toMatchObject({ offsetNext: 10, isDeadEnd: true })
  })

  it.each([
    ['does not rise', [batchBytes({ base: 10, lastDelta: 4 }), batchBytes({ base: 14, lastDelta: 4 })]],
    ['ends before what was asked', [batchBytes({ base: 1, lastDelta: 3 })]],
    ['ends before it begins', [batchBytes({ base: 10, lastDelta: -5 })]],
    ['has no offset that can be', [batchBytes({ base: 2 ** 53, lastDelta: 4 })]],
  ])('a batch that %s is refused', (_, batches) => {
    expect(() => recordSpan(Buffer.concat(batches), 10)).toThrowError(
      expect.objectContaining({ code: 'reply-invalid', where: { offset: expect.any(Number) } }),
    )
  })
})
