import { describe, expect, it } from 'vitest'
import type { KafkajsRecord } from '../../../../src/live/kafkajs/fetch-reply.ts'
import { fetchedRows } from '../../../../src/live/kafkajs/fetched-rows.ts'
import { answerWith, messages } from './messages.ts'

const TRANSACTION = { inTransaction: true, producerId: '7' }
const marker = (offset: number, type: number): KafkajsRecord[] =>
  messages([offset], TRANSACTION).map(each => ({
    ...each,
    key: Buffer.from([0, 0, 0, type]),
    isControlRecord: true,
  }))

describe('rows of a fetch', () => {
  it('begin at the offset that was asked for, and reach behind the last batch', () => {
    const records = [...messages([3, 4, 5]), ...messages([8, 9], { lastOffsetDelta: 3 })]
    const { rows, offset, offsetNext, leaderEpoch } = fetchedRows(answerWith(records), 4)
    expect([...offset]).toEqual([4, 5, 8, 9])
    expect({ rows, offsetNext, leaderEpoch }).toEqual({ rows: 4, offsetNext: 12, leaderEpoch: 3 })
  })

  it('are none where there is nothing', () => {
    expect(fetchedRows(answerWith([]), 4)).toMatchObject({ rows: 0, offsetNext: 4, leaderEpoch: -1 })
  })

  it('leave out an aborted transaction, and keep a key that is like its marker', () => {
    const zero = (each: KafkajsRecord) => ({ ...each, key: Buffer.alloc(4) })
    const records = [
      ...messages([0, 1], TRANSACTION).map(zero),
      ...marker(2, 0),
      ...messages([3], TRANSACTION).map(zero),
      ...marker(4, 1),
    ]
    const answer = answerWith(records, { abortedTransactions: [{ producerId: '7', firstOffset: '0' }] })
    const { offset, keyBytes, offsetNext } = fetchedRows(answer, 0)
    expect([...offset]).toEqual([3])
    expect([...keyBytes]).toEqual([0, 0, 0, 0])
    expect(offsetNext).toBe(5)
  })

  it.each<[string, KafkajsRecord[], string]>([
    ['batches out of order', [...messages([5]), ...messages([4])], 'follows'],
    ['records out of order', messages([4, 3], { firstOffset: '3', lastOffsetDelta: 1 }), 'follows'],
    ['a record outside of its batch', messages([4, 9], { lastOffsetDelta: 2 }), 'follows'],
    ['an offset that is none', messages([4]).map(each => ({ ...each, offset: 'x' })), 'is x'],
    [
      'a time that is none',
      messages([4]).map(each => ({ ...each, timestamp: '99999999999999999999' })),
      'whole',
    ],
    ['a marker without a type', marker(4, 0).map(each => ({ ...each, key: null })), 'no type'],
  ])('%s are refused', (_, records, why) => {
    expect(() => fetchedRows(answerWith(records), 0)).toThrow(why)
    expect(() => fetchedRows(answerWith(records), 0)).toThrow(
      expect.objectContaining({ code: 'reply-invalid' }),
    )
  })

  it('of the format before Kafka 0.11 are refused', () => {
    const { batchContext: _, ...old } = messages([1])[0]!
    const answer = answerWith([old as KafkajsRecord])
    expect(() => fetchedRows(answer, 0)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })
})
