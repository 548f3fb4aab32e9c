/** The seam's evidence (C3): overlap audit against plain multisets, offset coverage against a plain array. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, EventBatch } from '../../src/core/batch/index.ts'
import type { OverlapSnapshot } from '../../src/core/seam/index.ts'
import { OffsetCoverage, OverlapAudit } from '../../src/core/seam/index.ts'
import { cases } from './cases.ts'
import { drive } from './merge-driver.ts'
import { scenarios } from './merge-scenario.ts'
import { MergeTwin } from './merge-twin.ts'

const AT = 20
const FROM = 8

/** An event with an identity of every physical kind. */
const event = fc.record({
  time: fc.integer({ min: 0, max: AT - 1 }),
  sub: fc.integer({ min: 0, max: 1 }),
  i32: fc.constantFrom(null, 0, -1, 7),
  i64: fc.constantFrom<readonly [number, number] | null>(null, [0, 0], [0, 1], [-1, -1]),
  f64: fc.constantFrom(null, 0, -0, Number.NaN, 0.1),
  text: fc.constantFrom(null, '', 'a', 'aa', 'é'.repeat(40)),
})
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

/** Equal events have equal text: NaN is one value, and so is zero. */
function textOf({ time, sub, i32, i64, f64, text }: Event): string {
  return JSON.stringify([time, sub, i32, i64, f64 === null ? null : `${f64 + 0}`, text])
}

function batchOf(events: readonly Event[]): EventBatch {
  const texts = events.map(e => new TextEncoder().encode(e.text ?? ''))
  const offsets = new Int32Array(events.length + 1)
  for (const [i, bytes] of texts.entries()) offsets[i + 1] = offsets[i] + bytes.length
  const valid = (pick: (e: Event) => unknown): Uint8Array | null =>
    events.every(e => pick(e) !== null) ? null : Uint8Array.from(events, e => (pick(e) === null ? 0 : 1))
  const columns: Column[] = [
    { kind: 'i32', values: Int32Array.from(events, e => e.i32 ?? 0), valid: valid(e => e.i32) },
    { kind: 'i64', values: Int32Array.from(events.flatMap(e => e.i64 ?? [0, 0])), valid: valid(e => e.i64) },
    { kind: 'f64', values: Float64Array.from(events, e => e.f64 ?? 0), valid: valid(e => e.f64) },
    {
      kind: 'bytes',
      offsets,
      bytes: Uint8Array.from(texts.flatMap(bytes => [...bytes])),
      valid: valid(e => e.text),
    },
  ]
  return {
    schema: [
      { name: 'a', type: { name: 'int32' } },
      { name: 'b', type: { name: 'int64' } },
      { name: 'c', type: { name: 'float64' } },
      { name: 'd', type: { name: 'utf8' } },
    ],
    rows: events.length,
    columns,
    stream: 0,
    partition: 0,
    time: Float64Array.from(events, e => e.time),
    sub: Int32Array.from(events, e => e.sub),
    sourceOffset: null,
  }
}

describe('overlap audit', () => {
  it('counts what plain multisets count, whatever the identity is made of, across snapshots', () => {
    const events = fc.array(event, { maxLength: 30 })
    fc.assert(
      fc.property(events, events, fc.array(fc.nat(29)), fc.nat(30), (history, onlyLive, copied, cut) => {
        const live = [...copied.flatMap(i => (i < history.length ? [history[i]] : [])), ...onlyLive]
        const options = { stream: 's', partition: 0, from: FROM, at: AT, identity: [0, 1, 2, 3] }
        let audit = new OverlapAudit(options)
        const sorted = [...history].sort((a, b) => a.time - b.time)
        audit.addHistory(batchOf(sorted.slice(0, cut)))
        audit = new OverlapAudit(options, structuredClone(audit.snapshot()) as OverlapSnapshot)
        audit.addHistory(batchOf(sorted.slice(cut)))
        const left = history.filter(e => e.time >= FROM).map(textOf)
        const expected = {
          history: left.length,
          live: 0,
          doubled: 0,
          onlyLive: 0,
          onlyHistory: 0,
          notCompared: 0,
          afterClose: 0,
        }
        const batch = batchOf(live)
        for (const [row, e] of live.entries()) {
          if (row === cut) audit = new OverlapAudit(options, audit.snapshot())
          const found = left.indexOf(textOf(e))
          if (e.time < FROM) {
            expected.notCompared++
            expect(audit.judge(batch, row)).toBe('not-compared')
            continue
          }
          expected.live++
          if (found >= 0) {
            left.splice(found, 1)
            expected.doubled++
          } else expected.onlyLive++
          expect(audit.judge(batch, row)).toBe(found >= 0 ? 'doubled' : 'only-live')
        }
        expected.onlyHistory = left.length
        expect(audit.counts()).toEqual(expected)
      }),
      cases(),
    )
  })

  it('proves a partition exactly when both sides have the same events in the overlap', () => {
    let proven = 0
    fc.assert(
      fc.property(scenarios(2), fc.integer(), (scenario, seed) => {
        const { merge, journal } = drive(scenario, { seed, decides: true, kills: true })
        const twin = new MergeTwin(scenario, journal)
        for (const [
          i,
          { source, left, doubled, onlyLive, afterClose, notCompared },
        ] of twin.sources.entries()) {
          const { seam } = source.spec
          if (seam?.by !== 'time') continue
          const proof = merge.seamOf(i, true)!
          const hasIdentity = seam.identity.length > 0
          const onlyHistory = hasIdentity ? left.length : 0
          expect(proof).toMatchObject({ doubled, onlyLive, onlyHistory, notCompared })
          const isEqual = onlyLive === 0 && onlyHistory === 0 && afterClose === 0
          expect(proof.proven).toBe(hasIdentity && isEqual && doubled > 0)
          expect(proof.reason === null).toBe(proof.proven)
          expect(merge.seamOf(i, false)!.proven).toBe(false)
          if (proof.proven) proven++
        }
      }),
      cases(),
    )
    expect(proven).toBeGreaterThan(0)
  })
})

describe('offset coverage', () => {
  const OFFSETS = 40
  const range = fc
    .tuple(fc.nat(OFFSETS - 1), fc.nat(6))
    .map(([first, more]) => ({ first, last: Math.min(OFFSETS - 1, first + more) }))
  const why = fc.constantFrom('control' as const, 'aborted' as const, 'compacted' as const)
  const part = fc.oneof(
    fc.record({
      kind: fc.constant('offsets' as const),
      offsets: fc.array(fc.nat(OFFSETS - 1), { maxLength: 20 }),
    }),
    fc.record({ kind: fc.constant('range' as const), range }),
  )

  it('finds the holes, gaps and duplicates that a plain array has', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.tuple(range, why), { maxLength: 5 }),
        fc.nat(8),
        fc.nat(OFFSETS),
        (parts, holes, cut, end) => {
          let coverage = new OffsetCoverage()
          const times = new Array<number>(OFFSETS).fill(0)
          for (const [i, p] of parts.entries()) {
            if (i === cut) coverage = new OffsetCoverage(structuredClone(coverage.snapshot()))
            if (p.kind === 'range') {
              coverage.addRange(p.range.first, p.range.last)
              for (let o = p.range.first; o <= p.range.last; o++) times[o]++
            } else {
              coverage.add(Float64Array.from(p.offsets))
              for (const o of p.offsets) times[o]++
            }
          }
          for (const [hole, reason] of holes) coverage.explain({ ...hole, why: reason })
          const covered = times.flatMap((n, o) => (n > 0 ? [o] : []))
          const isExplained = (o: number): boolean =>
            holes.some(([hole]) => hole.first <= o && o <= hole.last)
          const until = Math.max(end, covered.at(-1) ?? 0)
          const missing = times.flatMap((n, o) => (n === 0 && o >= (covered[0] ?? 0) && o < until ? [o] : []))
          const report = coverage.report(null, end)
          expect(report).toMatchObject({
            first: covered[0] ?? null,
            last: covered.at(-1) ?? null,
            offsets: covered.length,
            holeOffsets: missing.filter(isExplained).length,
            gapOffsets: missing.filter(o => !isExplained(o)).length,
            duplicates: times.reduce((sum, n) => sum + Math.max(0, n - 1), 0),
          })
          expect(spread(report.gaps)).toEqual(missing.filter(o => !isExplained(o)))
          expect(spread(report.holes)).toEqual(missing.filter(isExplained))
          expect(coverage.missing(end)).toEqual(report.gaps)
          for (const hole of report.holes) {
            const isSaid = (o: number): boolean =>
              holes.some(([h, reason]) => h.first <= o && o <= h.last && reason === hole.why)
            expect(spread([hole]).every(isSaid)).toBe(true)
          }
          expect(spread(report.duplicateRanges).every(o => times[o] > 1)).toBe(true)
        },
      ),
      cases(),
    )
  })

  function spread(ranges: readonly { first: number; last: number }[]): number[] {
    return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
  }
})
