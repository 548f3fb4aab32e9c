/** A source in order of offset (C1): what leaves when, over far-ahead events, idle times and the future. */

import { describe, expect, it } from 'vitest'
import type { Release, SourceSpec } from '../../../../src/core/watermark/index.ts'
import { PartitionMerge } from '../../../../src/core/watermark/index.ts'
import type { LiveRow, Row } from '../../../property/merge-scenario.ts'
import { batchOf, idsOf, offerOf } from '../../../property/merge-scenario.ts'

const NEVER = Number.POSITIVE_INFINITY
const LIVE = { offsetStart: 0, disorder: 0, late: 'fail', maxFuture: 100 } as const
const name = { stream: 0, name: 's', order: 'offset' } as const
const past: SourceSpec = { ...name, history: true, live: null, seam: null }
const now: SourceSpec = { ...name, history: false, live: LIVE, seam: null }

/** Rows from this offset on; the id is the offset. */
function rows(offset: number, ...times: number[]): LiveRow[] {
  return times.map((time, i) => {
    const at = offset + i
    return { id: at, time, sub: 0, offset: at, who: 'a', timestamp: time }
  })
}

function offer(merge: PartitionMerge, live: LiveRow[]): void {
  merge.offerLive(0, offerOf(0, live, live.at(-1)!.offset + 1))
}

const timed = ({ emitted }: Release): string[] =>
  emitted.flatMap(({ events }) => idsOf(events).map((id, i) => `${id}@${events.time[i]}`))

describe('a source in order of offset', () => {
  it('lets history go that one event far ahead of the others holds at its time', () => {
    const merge = new PartitionMerge({ partition: 3, sources: [past] })
    for (let at = 0; at < 20; at++) {
      const batch: Row[] = [{ id: at, time: 60, sub: 0, offset: at, who: 'a' }]
      merge.offerHistory(0, batchOf(0, batch), 60)
      expect(timed(merge.advance(100))).toEqual([`${at}@60`])
      expect(merge.queuedBytes(0)).toBe(0)
    }
    expect(merge.advance(60)).toMatchObject({ crossed: true, emitted: [] })
  })

  it('lets live go at once, and holds only what belongs behind the boundary', () => {
    const merge = new PartitionMerge({ partition: 3, sources: [now] })
    offer(merge, rows(0, 30, 10, 20, 40, 5))
    expect(timed(merge.advance(40))).toEqual(['0@30', '1@30', '2@30'])
    expect(merge.snapshot()).toMatchObject({
      historyFrom: 40,
      sources: [{ position: 4, counters: { held: 1 } }],
    })
    expect(timed(merge.advance(NEVER))).toEqual(['3@40', '4@40'])
  })

  it('puts what comes after others were followed in the slice that is open then, and sets nothing aside', () => {
    const merge = new PartitionMerge({ partition: 3, sources: [now] })
    offer(merge, rows(0, 30))
    merge.advance(100)
    merge.decide(0, 'idle')
    merge.advance(100)
    expect(merge.watermark).toBe(30) // not a tick behind it: the next may have the same time
    merge.follow(50)
    expect(merge.advance(50).crossed).toBe(true)
    offer(merge, rows(1, 20, 35, 55))
    merge.decide(0, 'wake')
    const release = merge.advance(100)
    expect(timed(release)).toEqual(['1@50', '2@50', '3@55'])
    expect(release.aside).toEqual([])
  })

  it('leaves what comes from too far in the future out of the sequence, under its own time', () => {
    const merge = new PartitionMerge({ partition: 3, sources: [now] })
    const [a, b, c] = rows(0, 10, 500, 12) as [LiveRow, LiveRow, LiveRow]
    offer(merge, [a, { ...b, timestamp: 10 }, c])
    const { emitted, aside } = merge.advance(100)
    expect(timed({ emitted, aside, crossed: false })).toEqual(['0@10', '2@12'])
    expect(aside.map(({ reason, events }) => [reason, idsOf(events), [...events.time]])).toEqual([
      ['future', [1], [500]],
    ])
  })

  it('is refused beside another', () => {
    const sources = [past, { ...past, stream: 1 }]
    expect(() => new PartitionMerge({ partition: 3, sources })).toThrow(/the only one of its partition/)
  })
})
