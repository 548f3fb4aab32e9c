import { describe, expect, it } from 'vitest'
import type { SourceSpec } from '../../../src/core/watermark/index.ts'
import {
  decodeSnapshot as decodeFeed,
  encodeSnapshot as encodeFeed,
  PartitionMerge,
} from '../../../src/core/watermark/index.ts'
import {
  decodeOffsetNext,
  decodeSnapshot,
  encodeSnapshot,
  liveCountsOf,
  livePositionsOf,
  withoutDecisions,
} from '../../../src/lanes/snapshot.ts'
import { offerOf } from '../../property/merge-scenario.ts'

const STATE = {
  offsetNext: 2 ** 40,
  feed: Uint8Array.of(1, 2, 3),
  epochs: [null, 7],
  counts: [null, { records: 12, bad: 2 }],
  stages: [null, Uint8Array.of(9), new Uint8Array(0)],
}

describe('the snapshot of a partition', () => {
  it('gives back offset, feed and the state of each stage, none and empty told apart', () => {
    const bytes = encodeSnapshot(STATE)
    expect(decodeSnapshot(bytes)).toEqual(STATE)
    expect(decodeOffsetNext(bytes)).toBe(2 ** 40)
    expect(liveCountsOf(bytes)).toEqual(STATE.counts)
    expect(liveCountsOf(new Uint8Array(0))).toEqual([])
  })

  it('can lie anywhere in a buffer', () => {
    const bytes = encodeSnapshot(STATE)
    const buffer = new Uint8Array(bytes.length + 7)
    buffer.set(bytes, 5)
    expect(decodeSnapshot(buffer.subarray(5, 5 + bytes.length))).toEqual(STATE)
  })

  it('is output-corrupt where it is cut short, longer, or of another version', () => {
    const bytes = encodeSnapshot(STATE)
    const corrupt = expect.objectContaining({ code: 'output-corrupt' })
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSnapshot(bytes.subarray(0, length)), `cut at ${length}`).toThrowError(corrupt)
    }
    expect(() => decodeSnapshot(Uint8Array.of(...bytes, 0))).toThrowError(corrupt)
    const text = new TextDecoder('latin1').decode(bytes).replace('"version":3', '"version":2')
    expect(() => decodeSnapshot(Uint8Array.from(text, c => c.charCodeAt(0)))).toThrowError(corrupt)
  })

  it('without its decisions is the same but for them', () => {
    const live = { offsetStart: 0, disorder: 5, late: 'side', maxFuture: 100 } as const
    const source: SourceSpec = { stream: 0, name: 's', history: false, live, seam: null }
    const merge = new PartitionMerge({ partition: 3, sources: [source] })
    const row = { id: 1, time: 10, sub: 0, offset: 0, who: 'a', timestamp: 10 }
    merge.offerLive(0, offerOf(0, [row, { ...row, offset: 1, time: 14 }], 2))
    merge.advance(12)
    merge.decide(0, 'idle')
    const feed = merge.snapshot()
    expect(feed).toMatchObject({ decisions: 1, consumed: 2 })
    expect(feed.sources[0]!.held).not.toBeNull()
    expect(livePositionsOf(encodeSnapshot({ ...STATE, feed: encodeFeed(feed), epochs: [7] }))).toEqual([
      { offset: 2, leaderEpoch: 7 },
    ])
    expect(livePositionsOf(encodeSnapshot({ ...STATE, feed: null }))).toEqual([])
    expect(livePositionsOf(new Uint8Array(0))).toEqual([])
    const bytes = withoutDecisions(encodeSnapshot({ ...STATE, feed: encodeFeed(feed) }))
    const { feed: kept, ...rest } = decodeSnapshot(bytes)
    const { feed: _, ...unchanged } = STATE
    expect(rest).toEqual(unchanged)
    expect(kept).toEqual(encodeFeed({ ...feed, decisions: 0 }))
    expect(decodeFeed(kept!).decisions).toBe(0)
  })
})
