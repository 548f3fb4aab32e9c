import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buffersOf, laneRanges, partitionEvents } from '../../../src/lanes/transfer.ts'
import { batchOf, idsOf } from '../../property/merge-scenario.ts'

describe('the ranges of lanes', () => {
  it('give each partition to one lane, neighbours together, and as evenly as can be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 64 }), (partitions, lanes) => {
        const ranges = laneRanges(partitions, lanes)
        expect(ranges).toHaveLength(Math.min(partitions, lanes))
        expect(ranges[0]!.first).toBe(0)
        expect(ranges.at(-1)!.end).toBe(partitions)
        for (const [lane, { first }] of ranges.slice(1).entries()) expect(first).toBe(ranges[lane]!.end)
        const sizes = ranges.map(({ first, end }) => end - first)
        expect(Math.min(...sizes)).toBeGreaterThan(0)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

const row = (id: number, who: string) => ({ id, time: id, sub: 0, offset: id, who })
const share = batchOf(4, [row(1, 'a'), row(2, 'bb'), row(3, ''), row(4, 'dddd')])

describe('the part of a partition', () => {
  it('is its rows as views, with its number', () => {
    const starts = Int32Array.of(0, 1, 1, 4)
    const parts = [0, 1, 2].map(i => partitionEvents(share, starts, i, 7 + i))
    expect(parts.map(idsOf)).toEqual([[1], [], [2, 3, 4]])
    expect(parts.map(part => part.partition)).toEqual([7, 8, 9])
    expect([...parts[2]!.sourceOffset!]).toEqual([2, 3, 4])
    expect(parts[2]!.time.buffer).toBe(share.time.buffer)
  })
})

describe('the buffers of events', () => {
  it('are all of them, each once', () => {
    const buffers = buffersOf(share)
    expect(new Set(buffers).size).toBe(buffers.length)
    const [id, who] = share.columns
    if (id?.kind !== 'i32' || who?.kind !== 'bytes') throw new Error('the batch has other columns')
    const arrays = [share.time, share.sub!, share.sourceOffset!, id.values, who.offsets, who.bytes]
    expect(new Set(buffers)).toEqual(new Set(arrays.map(array => array.buffer)))
  })

  it('that columns share are listed once, so that they can be transferred', () => {
    const buffer = new ArrayBuffer(64)
    const time = new Float64Array(buffer, 0, 4)
    const values = new Int32Array(buffer, 32, 4)
    const events = {
      ...share,
      time,
      sub: null,
      sourceOffset: null,
      columns: [{ kind: 'i32', values, valid: null } as const],
    }
    expect(buffersOf(events)).toEqual([buffer])
    const moved = structuredClone(events, { transfer: buffersOf(events) })
    expect(moved.time).toHaveLength(4)
    expect(buffer.detached).toBe(true)
  })
})
