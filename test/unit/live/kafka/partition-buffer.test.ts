import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { BytePool } from '../../../../src/live/kafka/byte-pool.ts'
import { PartitionBuffer, type Wish } from '../../../../src/live/kafka/partition-buffer.ts'
import { batchBytes } from './batch-bytes.ts'

const ROOM = 1000
const POOL = new BytePool(1_000_000)

function answer(records: Uint8Array, highWatermark = 100) {
  return {
    partition: 0,
    errorCode: 0,
    highWatermark,
    lastStableOffset: highWatermark,
    logStartOffset: 0,
    aborted: null,
    divergingEpoch: null,
    currentLeader: null,
    preferredReplica: null,
    records,
  }
}

/** One that is read from offset 10. */
function opened(): PartitionBuffer {
  const buffer = new PartitionBuffer('t', 0, POOL)
  buffer.reset(10)
  return buffer
}

const wishOf = (buffer: PartitionBuffer, room = ROOM) => buffer.wish(room, 0, 7)
const passing = new HindcastError('remote-failed', 'passes')

describe('the buffer of a partition', () => {
  it('wants nothing before it is read', () => {
    expect(wishOf(new PartitionBuffer('t', 0, POOL))).toBeNull()
  })

  it('asks on from what came, with the epoch of the last batch', () => {
    const buffer = opened()
    const wish = wishOf(buffer)!
    expect(wish).toMatchObject({ partition: 0, offset: 10, leaderEpoch: 7, lastFetchedEpoch: -1 })
    const bytes = batchBytes({ base: 10, lastDelta: 4, epoch: 3 })
    buffer.accept(wish, answer(bytes))
    expect(wishOf(buffer)).toMatchObject({ offset: 15, lastFetchedEpoch: 3 })
    expect(buffer.first()).toMatchObject({ offsetNext: 10 })
    expect(buffer.endOffset).toBe(100)
  })

  it('asks with the epoch that its reader knows of where it has not been, in the middle of a batch too', () => {
    const buffer = opened()
    buffer.reset(12, 5)
    const wish = wishOf(buffer)!
    expect(wish).toMatchObject({ offset: 12, lastFetchedEpoch: 5 })
    buffer.accept(wish, answer(batchBytes({ base: 10, lastDelta: 4, epoch: 5 })))
    expect(wishOf(buffer)).toMatchObject({ offset: 15, lastFetchedEpoch: 5 })
    buffer.reset(12, 4)
    expect(wishOf(buffer)).toMatchObject({ offset: 12, lastFetchedEpoch: 5 })
    buffer.reset(30)
    expect(wishOf(buffer)).toMatchObject({ offset: 30, lastFetchedEpoch: -1 })
  })

  it('asks for nothing while more than half of its room is taken', () => {
    const buffer = opened()
    for (let base = 10; base < 17; base++) {
      const bytes = batchBytes({ base, lastDelta: 0 })
      buffer.accept(wishOf(buffer)!, answer(bytes))
      expect(buffer.isPausedBy(ROOM)).toBe(false)
    }
    const last = batchBytes({ base: 17, lastDelta: 0 })
    buffer.accept(wishOf(buffer)!, answer(last))
    expect(buffer.isPausedBy(ROOM)).toBe(true)
    expect(wishOf(buffer)).toBeNull()
  })

  it('has a copy of what came: the bytes of the reply are used again', () => {
    const buffer = opened()
    const bytes = batchBytes({ base: 10, lastDelta: 0 })
    buffer.accept(wishOf(buffer)!, answer(bytes))
    const before = Buffer.from(bytes)
    bytes.fill(0xee)
    expect(Buffer.compare(buffer.first()!.bytes, before)).toBe(0)
  })

  it('drops an answer to what was asked before a reset', () => {
    const buffer = opened()
    const wish = wishOf(buffer)!
    buffer.reset(10)
    expect(buffer.isCurrent(wish)).toBe(false)
    expect(buffer.isCurrent(wishOf(buffer)!)).toBe(true)
  })

  it('asks for more where a batch does not fit, up to the bound', () => {
    const buffer = opened()
    const start = batchBytes({ base: 10, lastDelta: 0, recordBytes: 5 })
    start.writeInt32BE(3 * LIMITS.kafkaPartitionFetchBytes, 8)
    const asked: number[] = []
    const grow = () => {
      for (;;) {
        const wish = wishOf(buffer, LIMITS.kafkaPartitionBufferBytes)!
        asked.push(wish.bytesMax)
        buffer.accept(wish, answer(start))
      }
    }
    expect(grow).toThrowError(
      expect.objectContaining({ code: 'limit-passed', where: expect.objectContaining({ offset: 10 }) }),
    )
    expect(asked[0]).toBe(LIMITS.kafkaPartitionFetchBytes)
    expect(asked[1]).toBe(3 * LIMITS.kafkaPartitionFetchBytes + 12)
    expect(asked.at(-1)).toBe(LIMITS.kafkaBatchBytesMax)
  })

  it('a batch beyond the bound is told at once', () => {
    const buffer = opened()
    const start = batchBytes({ base: 10, lastDelta: 0 })
    start.writeInt32BE(2_000_000_000, 8)
    expect(() => buffer.accept(wishOf(buffer)!, answer(start))).toThrowError(
      expect.objectContaining({ code: 'limit-passed' }),
    )
  })

  it('after trouble waits for a newer view; its end is not known meanwhile', () => {
    const buffer = opened()
    buffer.accept(wishOf(buffer)!, answer(Buffer.alloc(0), 10))
    expect(buffer.endOffset).toBe(10)
    expect(buffer.fail(passing, 4)).toMatchObject({ count: 1 })
    expect(buffer.fail(passing, 4)).toMatchObject({ count: 2 })
    expect(buffer.endOffset).toBe(Number.POSITIVE_INFINITY)
    expect(buffer.wish(ROOM, 4, 0)).toBeNull()
    const wish = buffer.wish(ROOM, 5, 0) as Wish
    buffer.accept(wish, answer(Buffer.alloc(0), 10))
    expect(buffer.trouble).toBeNull()
    expect(buffer.endOffset).toBe(10)
  })

  it('meets an error behind what came before it, and a cut at once', () => {
    const lost = new HindcastError('offset-out-of-range', 'lost')
    const buffer = opened()
    const bytes = batchBytes({ base: 10, lastDelta: 0 })
    buffer.accept(wishOf(buffer)!, answer(bytes))
    buffer.end(lost)
    expect(wishOf(buffer)).toBeNull()
    expect(buffer.first()).not.toBeNull()
    buffer.endNow(lost)
    expect(() => buffer.first()).toThrow(lost)
    buffer.reset(20)
    expect(buffer.first()).toBeNull()
    expect(wishOf(buffer)).toMatchObject({ offset: 20 })
  })

  it('knows the epoch of what was handed out, and asks with it again after a reset there', () => {
    const buffer = opened()
    const bytes = batchBytes({ base: 10, lastDelta: 4, epoch: 3 })
    buffer.accept(wishOf(buffer)!, answer(bytes))
    const more = batchBytes({ base: 15, lastDelta: 4, epoch: 4 })
    buffer.accept(wishOf(buffer)!, answer(more))
    expect(buffer.positionEpoch).toBe(-1)
    Object.assign(buffer.first()!, { offsetNext: 15, position: bytes.length, leaderEpoch: 3 })
    buffer.advance()
    expect(buffer).toMatchObject({ position: 15, positionEpoch: 3, bytes: more.length })
    expect(wishOf(buffer)).toMatchObject({ offset: 20, lastFetchedEpoch: 4 })
    buffer.reset(15)
    expect(wishOf(buffer)).toMatchObject({ offset: 15, lastFetchedEpoch: 3 })
    buffer.reset(16)
    expect(wishOf(buffer)).toMatchObject({ offset: 16, lastFetchedEpoch: -1 })
  })

  it('goes on after what passes only once its reader has been told', () => {
    const buffer = opened()
    buffer.end(passing)
    expect(buffer.mayGoOn).toBe(false)
    expect(() => buffer.first()).toThrow(passing)
    expect(buffer.mayGoOn).toBe(true)
    buffer.reset(10)
    buffer.end(new HindcastError('offset-out-of-range', 'lost'))
    expect(() => buffer.first()).toThrow()
    expect(buffer.mayGoOn).toBe(false)
  })

  it('a wait ends with records, an error, an abort, or the time', async () => {
    const buffer = opened()
    await buffer.arrival(1, undefined)
    const stop = new AbortController()
    const aborted = buffer.arrival(60_000, stop.signal)
    stop.abort()
    await aborted
    const told = buffer.arrival(60_000, undefined)
    const bytes = batchBytes({ base: 10, lastDelta: 0 })
    buffer.accept(wishOf(buffer)!, answer(bytes))
    await told
    await buffer.arrival(60_000, undefined)
  })
})
