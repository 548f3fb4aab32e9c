/** An idle partition that follows the others (C2): how far it goes, and that a replay decides the same. */

import { describe, expect, it } from 'vitest'
import type { Decision, LiveSpec, SourceSpec } from '../../../../src/core/watermark/index.ts'
import { PartitionMerge } from '../../../../src/core/watermark/index.ts'
import type { LiveRow } from '../../../property/merge-scenario.ts'
import { idsOf, offerOf } from '../../../property/merge-scenario.ts'

const LIVE: LiveSpec = { offsetStart: 0, disorder: 5, late: 'side', maxFuture: 100 }
const liveOnly = (stream: number): SourceSpec => ({
  stream,
  name: `s${stream}`,
  history: false,
  live: LIVE,
  seam: null,
})

/** Ids are 1000 and the offset. */
function live(offsetFirst: number, ...times: number[]): LiveRow[] {
  return times.map((time, i) => {
    const offset = offsetFirst + i
    return { id: 1000 + offset, time, sub: 0, offset, who: `${time}`, timestamp: time }
  })
}

function mergeOf(journal: readonly Decision[], ...sources: SourceSpec[]): PartitionMerge {
  return new PartitionMerge({ partition: 0, sources, journal })
}

function offer(merge: PartitionMerge, source: number, rows: LiveRow[]): void {
  merge.offerLive(source, offerOf(source, rows, rows.at(-1)!.offset + 1))
}

describe('follow', () => {
  it('takes an idle partition to where others are: slices before that can be sealed, and what comes is late', () => {
    const merge = mergeOf([], liveOnly(0))
    offer(merge, 0, live(0, 10, 12))
    merge.advance(50)
    merge.decide(0, 'idle')
    expect(merge.advance(50)).toMatchObject({ crossed: false })
    expect(merge.follow(60)).toEqual({ consumed: 2, stream: 0, kind: 'idle', watermark: 60 })
    expect(merge.advance(50)).toMatchObject({ crossed: true, emitted: [] })
    offer(merge, 0, live(2, 55, 61))
    merge.decide(0, 'wake')
    const { aside } = merge.advance(100)
    expect(aside.map(({ events, reason, watermark }) => [reason, idsOf(events), [...watermark]])).toEqual([
      ['late', [1002], [60]],
    ])
  })

  it('changes nothing backwards, while a source is not idle, and where all are finished', () => {
    const merge = mergeOf([], liveOnly(0), liveOnly(1))
    expect(merge.follow(10)).toBeNull()
    merge.decide(0, 'idle')
    expect(merge.isIdle).toBe(false)
    expect(merge.follow(10)).toBeNull()
    merge.decide(1, 'idle')
    expect(merge.isIdle).toBe(true)
    expect(merge.follow(10)).not.toBeNull()
    expect(merge.follow(10)).toBeNull()
    expect(merge.follow(9)).toBeNull()
    for (const source of [0, 1]) merge.finish(source, { at: 0, hold: false })
    merge.advance(20)
    expect(merge.isIdle).toBe(false)
    expect(merge.follow(30)).toBeNull()
  })

  it('is replayed from the journal at the same place', () => {
    const first = mergeOf([], liveOnly(0))
    offer(first, 0, live(0, 10, 12))
    first.advance(50)
    const journal = [first.decide(0, 'idle')!, first.follow(60)!]
    const replay = mergeOf(journal, liveOnly(0))
    offer(replay, 0, live(0, 10, 12, 55, 61))
    const { emitted, crossed } = replay.advance(50)
    expect(emitted.map(({ events }) => idsOf(events))).toEqual([[1000, 1001]])
    expect(crossed).toBe(true)
    expect(replay.snapshot().decisions).toBe(2)
    expect(replay.follow(70)).not.toBeNull()
  })
})
