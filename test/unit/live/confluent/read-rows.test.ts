import { describe, expect, it } from 'vitest'
import { checkPart, emptyPart } from '../../../../src/live/confluent/read-part.ts'
import { type ClientRecord, ReadRows } from '../../../../src/live/confluent/read-rows.ts'

const record = (
  partition: number,
  offset: number,
  value: string | null,
  key: string | null,
): ClientRecord => ({
  partition,
  offset,
  timestamp: 1000 + offset,
  value: value === null ? null : Buffer.from(value),
  key: key === null ? null : Buffer.from(key),
  leaderEpoch: 4,
})

describe('records one by one', () => {
  it('become columns by partition, in their order', () => {
    const rows = new ReadRows()
    for (const each of [
      record(1, 5, 'ab', null),
      record(0, 9, null, 'k'),
      record(1, 8, '', 'q'),
      record(1, 9, 'c', ''),
    ])
      rows.add(each)
    expect(rows.records).toBe(4)
    const [one, zero] = rows.take()
    expect(one).toMatchObject({ partition: 1, rows: 3, offsetNext: 10, leaderEpoch: 4 })
    expect([...one!.offset]).toEqual([5, 8, 9])
    expect([...one!.timestampMs]).toEqual([1005, 1008, 1009])
    expect([...one!.valueOffsets]).toEqual([0, 2, 2, 3])
    expect(Buffer.from(one!.bytes).toString()).toBe('abc')
    expect([...one!.keyNull]).toEqual([1, 0, 0])
    expect([...one!.keyOffsets]).toEqual([0, 0, 1, 1])
    expect(zero).toMatchObject({ partition: 0, rows: 1, offsetNext: 10 })
    expect([...zero!.valueNull]).toEqual([1])
    expect(rows.isEmpty).toBe(true)
    expect(rows.bytes).toBe(0)
  })

  it('an end lies behind the rows before it, and alone it is a part without rows', () => {
    const rows = new ReadRows()
    rows.add(record(0, 3, 'x', null))
    rows.end(0, 6)
    rows.end(2, 11)
    expect(rows.take()).toMatchObject([
      { partition: 0, rows: 1, offsetNext: 6 },
      { partition: 2, rows: 0, offsetNext: 11, leaderEpoch: -1 },
    ])
  })
})

describe('a part that has come', () => {
  const part = (offsets: readonly number[], offsetNext: number) => ({
    ...emptyPart(0, offsetNext, 100),
    rows: offsets.length,
    offset: Float64Array.from(offsets),
  })

  it('begins where it was asked for or behind, and rises', () => {
    checkPart(part([7, 9], 12), 5)
    checkPart(part([5], 6), 5)
    checkPart(part([], 5), 5)
    for (const [offsets, next] of [
      [[4, 5], 6],
      [[5, 5], 6],
      [[7, 6], 8],
      [[Number.NaN], 8],
      [[7], 7],
      [[], 4],
    ] as const)
      expect(() => checkPart(part(offsets, next), 5)).toThrow(
        expect.objectContaining({ code: 'reply-invalid' }),
      )
  })
})
