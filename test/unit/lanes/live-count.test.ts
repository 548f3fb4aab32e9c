/** Counting live records by position (C9): the same however reads were cut, and from wherever a run is gone on with. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BadRecords } from '../../../src/lanes/live-count.ts'
import { LiveCounter } from '../../../src/lanes/live-count.ts'
import type { LiveRead } from '../../../src/lanes/live-reader.ts'
import { offerOf } from '../../property/merge-scenario.ts'

const MAX_FUTURE = 100

/** What an offset holds; a hole has no record. */
type Slot = 'good' | 'undecoded' | 'future' | 'hole'

function readOf(slots: readonly Slot[], from: number, to: number): LiveRead {
  const rows = slots.slice(from, to).flatMap((slot, i) => {
    const row = { id: from + i, time: 1000, sub: 0, offset: from + i, who: 'a', timestamp: 1000 - MAX_FUTURE }
    if (slot === 'good') return [row]
    return slot === 'future' ? [{ ...row, timestamp: row.timestamp - 1 }] : []
  })
  const { events, timestamps } = offerOf(0, rows, to)
  const bad = slots
    .slice(from, to)
    .flatMap((slot, i) => (slot === 'undecoded' ? [{ offset: from + i, reason: 'no JSON', text: '' }] : []))
  const rest = { holes: [], offsetNext: to, endOffset: slots.length, atEnd: to === slots.length }
  return { events, timestamp: timestamps, bad, ...rest }
}

/** The slow twin: records before an offset, and those of them that are bad. */
function countOf(slots: readonly Slot[], end: number): { records: number; bad: number } {
  const before = slots.slice(0, end).filter(slot => slot !== 'hole')
  return { records: before.length, bad: before.filter(slot => slot !== 'good').length }
}

describe('the count of live records', () => {
  it('says of each bad one how many there were up to it, and why', () => {
    const counter = new LiveCounter(MAX_FUTURE, { records: 5, bad: 1 })
    expect(counter.add(readOf(['good', 'hole'], 0, 2))).toBe(null)
    const slots: Slot[] = ['good', 'hole', 'undecoded', 'good', 'future', 'good']
    expect(counter.add(readOf(slots, 2, 6))).toEqual({
      badBefore: 1,
      offsets: Float64Array.of(2, 4),
      reasons: ['no JSON', expect.stringContaining('maxFuture')],
      recordsUpTo: Float64Array.of(7, 9),
    })
    expect(counter.count).toEqual({ records: 10, bad: 3 })
  })

  it('is that of a naive one at any position, however reads are cut and wherever it begins', () => {
    const slot = fc.constantFrom<Slot>('good', 'good', 'undecoded', 'future', 'hole')
    const cuts = fc.array(fc.nat(60), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 60 }), cuts, fc.nat(60), (slots, cut, begin) => {
        const from = Math.min(begin, slots.length)
        const counter = new LiveCounter(MAX_FUTURE, countOf(slots, from))
        const ends = [...new Set([...cut, slots.length])].filter(at => at > from && at <= slots.length)
        let at = from
        for (const end of ends.sort((a, b) => a - b)) {
          checkBad(counter.add(readOf(slots, at, end)), slots, at, end)
          expect(counter.count).toEqual(countOf(slots, end))
          const middle = Math.floor((at + end) / 2)
          for (const position of [at, middle, end])
            expect(counter.countAt(position)).toEqual(countOf(slots, position))
          at = end
        }
      }),
    )
  })
})

function checkBad(bad: BadRecords | null, slots: readonly Slot[], from: number, to: number): void {
  const offsets = slots.flatMap((slot, at) =>
    at >= from && at < to && (slot === 'undecoded' || slot === 'future') ? [at] : [],
  )
  expect([...(bad?.offsets ?? [])]).toEqual(offsets)
  expect([...(bad?.recordsUpTo ?? [])]).toEqual(offsets.map(at => countOf(slots, at + 1).records))
  if (bad !== null) expect(bad.badBefore).toBe(countOf(slots, from).bad)
}
