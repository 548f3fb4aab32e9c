import { describe, expect, it } from 'vitest'
import type { LiveSpec, Release, SourceSpec } from '../../../../src/core/watermark/index.ts'
import { PartitionMerge } from '../../../../src/core/watermark/index.ts'
import type { LiveRow, Row } from '../../../property/merge-scenario.ts'
import { batchOf, idsOf, offerOf } from '../../../property/merge-scenario.ts'

const NEVER = Number.POSITIVE_INFINITY
const LIVE: LiveSpec = { offsetStart: 0, disorder: 5, late: 'side', maxFuture: 100 }

/** Rows with the id, and for live the offset, of their place; who they are is their time. */
function history(...times: number[]): Row[] {
  return times.map((time, id) => ({ id, time, sub: 0, offset: null, who: `${time}` }))
}

function live(offsetFirst: number, ...times: number[]): LiveRow[] {
  return times.map((time, i) => {
    const offset = offsetFirst + i
    return { id: 1000 + offset, time, sub: 0, offset, who: `${time}`, timestamp: time }
  })
}

function liveOnly(stream: number, spec: Partial<LiveSpec> = {}): SourceSpec {
  return { stream, name: `s${stream}`, history: false, live: { ...LIVE, ...spec }, seam: null }
}

function historyOnly(stream: number): SourceSpec {
  return { stream, name: `s${stream}`, history: true, live: null, seam: null }
}

function mergeOf(...sources: SourceSpec[]): PartitionMerge {
  return new PartitionMerge({ partition: 3, sources })
}

function offerLive(merge: PartitionMerge, source: number, rows: LiveRow[]): void {
  merge.offerLive(source, offerOf(source, rows, rows.at(-1)!.offset + 1))
}

function emitted(release: Release): string {
  return release.emitted
    .map(({ events, late }) =>
      idsOf(events)
        .map(id => `${id}${late ? '!' : ''}`)
        .join(' '),
    )
    .join(' ')
}

function aside(release: Release): string[] {
  return release.aside.map(({ events, reason, watermark }) => `${reason} ${idsOf(events)} < ${watermark}`)
}

describe('history', () => {
  it('of one source leaves as the batches that came, without a copy', () => {
    const merge = mergeOf(historyOnly(0))
    const batch = batchOf(0, history(1, 2, 3))
    merge.offerHistory(0, batch, 10)
    const release = merge.advance(10)
    expect(release.emitted).toEqual([{ events: batch, late: false }])
    expect(release.emitted[0].events).toBe(batch)
    expect(release.crossed).toBe(true)
  })

  it('crosses a boundary by promise alone, and not before it', () => {
    const merge = mergeOf(historyOnly(0))
    merge.offerHistory(0, batchOf(0, history(1, 9)), 9)
    expect(merge.advance(10)).toMatchObject({ crossed: false, emitted: [{ events: { rows: 1 } }] })
    expect(merge.starved()).toEqual([0])
    merge.offerHistory(0, null, 10)
    expect(merge.advance(10)).toMatchObject({ crossed: true, emitted: [{ events: { rows: 1 } }] })
  })

  it('is merged by (time, stream), and waits for the stream that has not delivered', () => {
    const merge = mergeOf(historyOnly(0), historyOnly(4))
    merge.offerHistory(
      1,
      batchOf(4, [
        { ...history(2)[0], id: 40 },
        { ...history(3)[0], id: 41 },
      ]),
      NEVER,
    )
    merge.endHistory(1)
    expect(merge.starved()).toEqual([0])
    expect(emitted(merge.advance(NEVER))).toBe('')
    merge.offerHistory(0, batchOf(0, history(1, 2, 5)), 3)
    expect(emitted(merge.advance(NEVER))).toBe('0 1 40 41')
    merge.endHistory(0)
    expect(emitted(merge.advance(NEVER))).toBe('2')
    expect(merge.isFinished).toBe(true)
  })

  it('that is not in order, or comes after its end, is a bug', () => {
    const merge = mergeOf(historyOnly(0))
    merge.offerHistory(0, batchOf(0, history(5)), 6)
    expect(() => merge.offerHistory(0, batchOf(0, history(5)), 6)).toThrow(
      expect.objectContaining({ code: 'bug' }),
    )
    merge.endHistory(0)
    expect(() => merge.offerHistory(0, batchOf(0, history(9)), 9)).toThrow('after its end')
  })
})

describe('live', () => {
  it('leaves in order, `disorder` behind the newest', () => {
    const merge = mergeOf(liveOnly(0))
    offerLive(merge, 0, live(0, 10, 8, 12, 11))
    expect(emitted(merge.advance(NEVER))).toBe('')
    expect(merge.watermark).toBe(7)
    offerLive(merge, 0, live(4, 17))
    expect(emitted(merge.advance(NEVER))).toBe('1001 1000 1003')
    expect(merge.watermark).toBe(12)
  })

  it('sets a late record aside with the watermark it was late for', () => {
    const merge = mergeOf(liveOnly(0))
    offerLive(merge, 0, live(0, 20, 14, 15))
    expect(aside(merge.advance(NEVER))).toEqual(['late 1001 < 15'])
    expect(merge.countersOf(0)).toMatchObject({ live: 3, late: 1, held: 2 })
  })

  it('emits a late record at once where the job says so', () => {
    const merge = mergeOf(liveOnly(0, { late: 'emit' }))
    offerLive(merge, 0, live(0, 20, 14, 16, 30))
    expect(emitted(merge.advance(NEVER))).toBe('1001! 1002 1000')
  })

  it('ends the run at a late record where the job says so', () => {
    const merge = mergeOf(liveOnly(0, { late: 'fail' }))
    offerLive(merge, 0, live(7, 20, 14))
    const where = { stream: 's0', partition: 3, offset: 8 }
    expect(() => merge.advance(NEVER)).toThrow(expect.objectContaining({ code: 'event-late', where }))
  })

  it('quarantines a record from the future, and does not move', () => {
    const merge = mergeOf(liveOnly(0, { maxFuture: 10 }))
    merge.offerLive(0, offerOf(0, [{ ...live(0, 50)[0], timestamp: 30 }, ...live(1, 20)], 2))
    expect(aside(merge.advance(NEVER))).toEqual(['future 1000 < -Infinity'])
    expect(merge.watermark).toBe(15)
  })

  it('stops at a position, however far it was read, and flushes', () => {
    const merge = mergeOf(liveOnly(0))
    offerLive(merge, 0, live(0, 10, 11, 12))
    merge.finish(0, { at: 2, hold: false })
    expect(emitted(merge.advance(NEVER))).toBe('1000 1001')
    expect(merge.isFinished).toBe(true)
    expect(merge.positionOf(0)).toBe(2)
  })

  it('held at a position keeps what is not released', () => {
    const merge = mergeOf(liveOnly(0))
    merge.finish(0, { at: 3, hold: true })
    offerLive(merge, 0, live(0, 10, 11, 17))
    expect(emitted(merge.advance(NEVER))).toBe('1000 1001')
    expect([merge.isHeld, merge.isFinished, merge.starved()]).toEqual([true, false, []])
    expect(merge.snapshot().sources[0]).toMatchObject({ position: 3, held: { rows: 1 } })
  })

  it('reaches its stop over a hole at the end', () => {
    const merge = mergeOf(liveOnly(0))
    merge.finish(0, { at: 9, hold: false })
    offerLive(merge, 0, live(0, 10))
    merge.advance(NEVER)
    expect(merge.starved()).toEqual([0])
    merge.offerLive(0, offerOf(0, [], 9))
    expect(emitted(merge.advance(NEVER))).toBe('1000')
  })

  it('offered out of order is a bug that names the offset', () => {
    const merge = mergeOf(liveOnly(0))
    offerLive(merge, 0, live(5, 1))
    const where = { partition: 3, offset: 4 }
    expect(() => offerLive(merge, 0, live(4, 1))).toThrow(expect.objectContaining({ code: 'bug', where }))
  })
})

describe('idle', () => {
  it('leaves a source out of the minimum, and what it brings later is late', () => {
    const merge = mergeOf(liveOnly(0), liveOnly(2))
    offerLive(merge, 0, live(0, 10))
    offerLive(merge, 1, live(0, 40))
    expect(emitted(merge.advance(NEVER))).toBe('')
    expect(merge.decide(0, 'idle')).toEqual({ consumed: 2, stream: 0, kind: 'idle', watermark: 5 })
    expect(emitted(merge.advance(NEVER))).toBe('1000')
    expect(merge.watermark).toBe(35)
    offerLive(merge, 0, live(1, 34, 35))
    expect(merge.needWake()).toEqual([0])
    expect(merge.decide(0, 'wake')).toEqual({ consumed: 2, stream: 0, kind: 'wake', watermark: 35 })
    expect(aside(merge.advance(NEVER))).toEqual(['late 1001 < 35'])
    expect(merge.watermark).toBe(35)
  })

  it('of all sources releases everything known, and nothing later than that is late', () => {
    const merge = mergeOf(liveOnly(0))
    offerLive(merge, 0, live(0, 10, 8))
    merge.advance(NEVER)
    merge.decide(0, 'idle')
    expect(emitted(merge.advance(NEVER))).toBe('1001 1000')
    expect([merge.watermark, merge.isFinished]).toEqual([11, false])
    offerLive(merge, 0, live(2, 10, 11, 30))
    merge.decide(0, 'wake')
    const release = merge.advance(NEVER)
    expect(aside(release)).toEqual(['late 1002 < 11'])
    expect(emitted(release)).toBe('1003')
  })

  it('beside finished sources does not make the watermark infinite', () => {
    const merge = mergeOf(historyOnly(0), liveOnly(2))
    offerLive(merge, 1, live(0, 10))
    merge.advance(NEVER)
    merge.decide(1, 'idle')
    merge.offerHistory(0, batchOf(0, history(20, 30)), NEVER)
    merge.endHistory(0)
    expect(emitted(merge.advance(NEVER))).toBe('1000 0 1')
    expect(merge.watermark).toBe(31)
    expect(merge.isFinished).toBe(false)
  })

  it('is no decision where it changes nothing', () => {
    const merge = mergeOf(liveOnly(0))
    expect(merge.decide(0, 'wake')).toBeNull()
    expect(merge.decide(0, 'idle')).toMatchObject({ watermark: null })
    expect(merge.decide(0, 'idle')).toBeNull()
  })

  it('is taken from the journal on replay, and decided by nobody until that is through', () => {
    const journal = [{ consumed: 1, stream: 0, kind: 'idle', watermark: null } as const]
    const merge = new PartitionMerge({ partition: 3, sources: [liveOnly(0)], journal })
    expect(merge.decide(0, 'idle')).toBeNull()
    offerLive(merge, 0, live(0, 10, 20))
    merge.advance(NEVER)
    expect([merge.stateOf(0).kind, merge.consumed, merge.needWake()]).toEqual(['idle', 1, [0]])
  })

  it('of a journal that does not fit the data is refused', () => {
    const journal = [{ consumed: 1, stream: 0, kind: 'idle', watermark: null } as const]
    const merge = new PartitionMerge({ partition: 3, sources: [historyOnly(0)], journal })
    merge.offerHistory(0, batchOf(0, history(7, 7, 8)), 9)
    expect(() => merge.advance(NEVER)).toThrow(expect.objectContaining({ code: 'output-corrupt' }))
    const none = new PartitionMerge({ partition: 3, sources: [historyOnly(0)] }).snapshot()
    const snapshot = { ...none, decisions: 1 }
    expect(() => new PartitionMerge({ partition: 3, sources: [historyOnly(0)], snapshot })).toThrow(
      'does not fit',
    )
  })
})

describe('seam', () => {
  const byTime = (beforeSeam: 'side' | 'emit', identity: number[] = [1]): SourceSpec => {
    const seam = { by: 'time', at: 100, overlap: 20, identity, beforeSeam } as const
    return { stream: 0, name: 's0', history: true, live: LIVE, seam }
  }

  it('by time: history up to T, live from T, doubles counted, the rest aside', () => {
    const merge = mergeOf(byTime('side'))
    merge.offerHistory(0, batchOf(0, history(50, 85, 90, 99)), 100)
    merge.endHistory(0)
    offerLive(merge, 0, live(40, 70, 85, 90, 95, 99, 101, 112))
    const before = merge.advance(100)
    expect([emitted(before), before.crossed]).toEqual(['0 1 2 3', true])
    const after = merge.advance(NEVER)
    expect([emitted(after), aside(after)]).toEqual(['1045', ['before-seam 1043 < 100']])
    const counters = { doubled: 3, notCompared: 1, beforeSeam: 1, history: 4, live: 7, held: 1 }
    expect(merge.countersOf(0)).toMatchObject(counters)
    expect(merge.seamOf(0, true)).toMatchObject({
      by: 'time',
      at: 100,
      historyLast: { time: 99, offset: null },
      liveFirst: { time: 101, offset: 45 },
      proven: false,
      reason: '1 event of the overlap is only in live',
    })
  })

  it('by time: what only live has is emitted late where the job says so', () => {
    const merge = mergeOf(byTime('emit'))
    merge.offerHistory(0, batchOf(0, history(99)), 100)
    merge.endHistory(0)
    offerLive(merge, 0, live(0, 98, 99, 106))
    expect(emitted(merge.advance(NEVER))).toBe('0 1000!')
  })

  it('by time without identity: nothing before T is emitted from live, and nothing is proven', () => {
    const merge = mergeOf(byTime('emit', []))
    merge.endHistory(0)
    offerLive(merge, 0, live(0, 98, 106))
    expect(emitted(merge.advance(NEVER))).toBe('')
    expect(merge.countersOf(0)).toMatchObject({ notCompared: 1, held: 1 })
    expect(merge.seamOf(0, true)!.reason).toContain('no `identity`')
  })

  it('by time: equal sides are proven, once live has passed the seam', () => {
    const merge = mergeOf(byTime('side'))
    merge.offerHistory(0, batchOf(0, history(90, 99)), 100)
    merge.endHistory(0)
    offerLive(merge, 0, live(0, 99, 90))
    merge.advance(NEVER)
    expect(merge.seamOf(0, true)).toMatchObject({ proven: false, reason: 'live has not passed the seam yet' })
    offerLive(merge, 0, live(2, 105))
    merge.advance(NEVER)
    expect(merge.seamOf(0, true)).toMatchObject({ proven: true, reason: null, doubled: 2 })
    offerLive(merge, 0, live(3, 95))
    expect(aside(merge.advance(NEVER))).toEqual(['before-seam 1003 < 100'])
    expect(merge.seamOf(0, true)!.reason).toContain('later than the disorder allows')
  })

  it('by time: history at or behind T is a bug', () => {
    const merge = mergeOf(byTime('side'))
    merge.offerHistory(0, batchOf(0, history(100)), 101)
    merge.endHistory(0)
    expect(() => merge.advance(NEVER)).toThrow('at or behind its seam')
  })

  const byOffset: SourceSpec = {
    stream: 0,
    name: 's0',
    history: true,
    live: { ...LIVE, offsetStart: 3 },
    seam: { by: 'offset' },
  }
  const withOffsets = (rows: Row[], ...offsets: number[]): Row[] =>
    rows.map((row, i) => ({ ...row, offset: offsets[i] }))

  it('by offset: the tail of history and the head of live leave as one sequence', () => {
    const merge = mergeOf(byOffset)
    merge.offerHistory(0, batchOf(0, withOffsets(history(10, 17, 20), 1, 4, 2)), 30)
    offerLive(merge, 0, live(3, 15, 18, 16, 26))
    expect(emitted(merge.advance(NEVER))).toBe('0')
    merge.endHistory(0)
    expect(emitted(merge.advance(NEVER))).toBe('1005 1 2')
    expect(merge.countersOf(0)).toMatchObject({ doubled: 2, held: 1 })
    const gap = {
      proven: false,
      gapOffsets: 1,
      gaps: [{ first: 3, last: 3 }],
      historyLast: { time: 20, offset: 2 },
    }
    expect(merge.seamOf(0, null)).toMatchObject(gap)
    const watch = merge.watchOf(0)!
    expect(watch.missing()).toEqual([{ first: 3, last: 3 }])
    watch.explain([{ first: 3, last: 3, why: 'control' }], 0)
    expect(watch.missing()).toEqual([])
    expect(merge.seamOf(0, null)).toMatchObject({ proven: true, holeOffsets: 1, liveFirst: { offset: 5 } })
  })
})

describe('snapshot', () => {
  it('of other sources or another partition is refused', () => {
    const snapshot = mergeOf(historyOnly(0)).snapshot()
    expect(() => new PartitionMerge({ partition: 4, sources: [historyOnly(0)], snapshot })).toThrow(
      'belongs to',
    )
    expect(() => new PartitionMerge({ partition: 3, sources: [historyOnly(2)], snapshot })).toThrow(
      'belongs to',
    )
  })

  it('past the history takes promises, and no rows', () => {
    const sources: SourceSpec[] = [
      { stream: 0, name: 's', history: true, live: LIVE, seam: { by: 'offset' } },
    ]
    const first = new PartitionMerge({ partition: 3, sources })
    first.endHistory(0)
    first.advance(NEVER)
    const merge = new PartitionMerge({ partition: 3, sources, snapshot: first.snapshot() })
    merge.offerHistory(0, null, 5)
    merge.endHistory(0)
    expect(() => merge.offerHistory(0, batchOf(0, history(1)), 5)).toThrow('has none left')
  })
})
