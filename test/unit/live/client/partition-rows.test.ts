import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { PartitionRows } from '../../../../src/live/client/partition-rows.ts'
import { fetchedRows } from '../../../../src/live/kafkajs/fetched-rows.ts'
import { answerWith, messages } from '../kafkajs/messages.ts'

const ROOM = 10_000
const passing = new HindcastError('remote-failed', 'passes')
const damage = new HindcastError('reply-invalid', 'damaged')

/** One that is read from offset 10. */
function opened(): PartitionRows {
  const rows = new PartitionRows('t', 0)
  rows.reset(10)
  return rows
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const fetched = (from: number, to: number) => fetchedRows(answerWith(messages(range(from, to))), from)

describe('the rows of a partition', () => {
  it('are not wanted before it is read', () => {
    expect(new PartitionRows('t', 0).wish(ROOM, 0)).toBeNull()
  })

  it('are handed out in pieces, then the next are wanted', () => {
    const rows = opened()
    expect(rows.wish(ROOM, 0)).toMatchObject({ offset: 10, bytesMax: LIMITS.kafkaPartitionFetchBytes })
    rows.accept(fetched(10, 15), 15)
    expect(rows.wish(ROOM, 0)).toMatchObject({ offset: 15 })
    const first = rows.take(1)!
    expect(first).toMatchObject({ rows: 1, offsetNext: 11, endOffset: 15, leaderEpoch: 3, holes: [] })
    const second = rows.take(70)!
    expect([...second.offset]).toEqual([11, 12])
    const value = second.bytes.subarray(second.valueOffsets[1], second.valueOffsets[2])
    expect(Buffer.from(value).toString()).toBe('v12')
    expect([...rows.take(ROOM)!.offset]).toEqual([13, 14])
    expect(rows.take(ROOM)).toBeNull()
    expect(rows.bytes).toBe(0)
    expect(rows.endOffset).toBe(15)
  })

  it('reach as far as the fetch where none is left of it', () => {
    const rows = opened()
    rows.accept({ ...fetched(10, 10), offsetNext: 20 }, 30)
    expect(rows.take(ROOM)).toMatchObject({ rows: 0, offsetNext: 20, endOffset: 30 })
    expect(rows.position).toBe(20)
  })

  it('are not wanted while half of the room is taken', () => {
    const rows = opened()
    rows.accept(fetched(10, 40), 100)
    expect(rows.wish(2 * rows.bytes - 1, 0)).toBeNull()
    expect(rows.wish(2 * rows.bytes, 0)).not.toBeNull()
  })

  it('of what was asked before a reset are not taken', () => {
    const rows = opened()
    const wish = rows.wish(ROOM, 0)!
    rows.reset(10)
    expect(rows.isCurrent(wish)).toBe(false)
    expect(rows.isCurrent(rows.wish(ROOM, 0)!)).toBe(true)
  })

  it('come before the error behind them, which stays until asked again if it passes', () => {
    const rows = opened()
    rows.accept(fetched(10, 12), 20)
    rows.end(passing)
    expect(rows.take(ROOM)!.rows).toBe(2)
    expect(rows.mayGoOn).toBe(false)
    expect(() => rows.take(ROOM)).toThrow('passes')
    expect(rows.mayGoOn).toBe(true)
    rows.reset(12)
    expect(rows.take(ROOM)).toBeNull()
    rows.accept(fetched(12, 14), 20)
    rows.endNow(damage)
    expect(() => rows.take(ROOM)).toThrow('damaged')
    expect(rows.mayGoOn).toBe(false)
  })

  it('are asked for again once the topic was looked at, damaged ones batch by batch; the end is not known meanwhile', () => {
    const rows = opened()
    rows.accept(fetched(10, 12), 12)
    expect(rows.fail(passing, 5)).toMatchObject({ count: 1, strange: 0 })
    expect(rows.endOffset).toBe(Number.POSITIVE_INFINITY)
    expect(rows.needsNewer(5)).toBe(true)
    expect(rows.wish(ROOM, 5)).toBeNull()
    expect(rows.wish(ROOM, 6)).toMatchObject({ bytesMax: LIMITS.kafkaPartitionFetchBytes })
    expect(rows.fail(damage, 6)).toMatchObject({ count: 2, strange: 1, last: damage })
    expect(rows.wish(ROOM, 7)).toMatchObject({ bytesMax: 1 })
    rows.accept(fetched(12, 13), 13)
    expect(rows.trouble).toBeNull()
    expect(rows.wish(ROOM, 0)).toBeNull()
  })

  it('are waited for until they come, or the wait is ended', async () => {
    const rows = opened()
    const arrival = rows.arrival(60_000, undefined)
    expect(rows.isAwaited).toBe(true)
    rows.accept(fetched(10, 11), 11)
    await arrival
    expect(rows.isAwaited).toBe(false)
    await rows.arrival(60_000, undefined)
    rows.take(ROOM)
    const stop = new AbortController()
    const stopped = rows.arrival(60_000, stop.signal)
    stop.abort()
    await stopped
    const closed = rows.arrival(60_000, undefined)
    rows.stopWaiting()
    await closed
  })
})
