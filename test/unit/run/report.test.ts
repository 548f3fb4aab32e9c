/** The run report: partial reports merge like numbers add, and the whole is the sum of what is sealed. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latenessBucket } from '../../../src/core/watermark/index.ts'
import type { StoreReads } from '../../../src/lanes/index.ts'
import { emptyPartialReport } from '../../../src/lanes/index.ts'
import type { ManifestSlice } from '../../../src/run/manifest.ts'
import type { PartialReport, PartitionState, RunFacts } from '../../../src/run/report.ts'
import {
  buildReport,
  featureCounts,
  LATENESS_BOUNDS_MS,
  mergePartialReports,
  PROGRESS_POINTS_MAX,
  withProgressPoint,
} from '../../../src/run/report.ts'

const cases = Number(process.env.HINDCAST_CASES ?? 1000)
const count = fc.integer({ min: 0, max: 1_000_000 })

const storeReads: fc.Arbitrary<StoreReads> = fc.record({
  reads: count,
  calls: count,
  bytes: count,
  waitMs: count,
  badCells: count,
  badCell: fc.option(fc.string()),
  latency: fc.array(count, { minLength: 3, maxLength: 3 }),
})

const partial: fc.Arbitrary<PartialReport> = fc.record({
  historyRows: count,
  liveRows: count,
  historyBytes: count,
  watermarks: fc
    .uniqueArray(
      fc.record({
        partition: fc.integer({ min: 0, max: 5 }),
        watermarkMs: fc.option(fc.integer({ min: -3, max: 3 })),
        state: fc.constantFrom<PartitionState>('backlog', 'live', 'idle', 'finished'),
      }),
      { selector: mark => mark.partition },
    )
    .map(marks => marks.sort((a, b) => a.partition - b.partition)),
  lateness: fc.array(count, {
    minLength: LATENESS_BOUNDS_MS.length + 1,
    maxLength: LATENESS_BOUNDS_MS.length + 1,
  }),
  stageMs: fc.dictionary(fc.constantFrom('decode', 'join', 'write', '__proto__'), count).map(sorted),
  stores: fc.dictionary(fc.constantFrom('item', 'user', '__proto__'), storeReads).map(sorted),
})

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const facts: RunFacts = {
  job: 'j',
  planHash: 'p',
  state: 'complete',
  startedAtMs: 0,
  seconds: 2,
  lanes: 2,
  partitions: 2,
  digest: 'd',
  peakRssBytes: 1,
  historyFileBytes: 1000,
  progress: [],
  seams: [],
  late: {},
  quarantine: {},
}

function sliceOf(startMs: number, rows: readonly number[]): ManifestSlice {
  return {
    slice: startMs,
    endMs: startMs + 10,
    partitions: rows.map((n, partition) => ({
      partition,
      rows: n,
      digest: '',
      path: null,
      bytes: 0,
      late: 0,
      quarantined: 0,
      offsetNext: n,
      features: { airport: { hit: n, expired: 1 } },
    })),
  }
}

describe('partial reports of lanes', () => {
  it('merge the same in any grouping and any order', () => {
    fc.assert(
      fc.property(partial, partial, partial, (a, b, c) => {
        const left = mergePartialReports(mergePartialReports(a, b), c)
        expect(mergePartialReports(a, mergePartialReports(b, c))).toEqual(left)
        expect(mergePartialReports(c, mergePartialReports(b, a))).toEqual(left)
      }),
      { numRuns: cases },
    )
  })

  it('have the empty one as unit', () => {
    fc.assert(
      fc.property(partial, a => {
        expect(mergePartialReports(emptyPartialReport(), a)).toEqual(a)
        expect(mergePartialReports(a, emptyPartialReport())).toEqual(a)
      }),
      { numRuns: cases },
    )
  })

  it('keep the partition that is further on, and then the later state', () => {
    const at = (watermarkMs: number | null, state: PartitionState): PartialReport => ({
      ...emptyPartialReport(),
      watermarks: [{ partition: 3, watermarkMs, state }],
    })
    const merged = (a: PartialReport, b: PartialReport) => mergePartialReports(a, b).watermarks[0]
    expect(merged(at(5, 'finished'), at(7, 'backlog'))).toMatchObject({ watermarkMs: 7, state: 'backlog' })
    expect(merged(at(7, 'live'), at(7, 'idle'))).toMatchObject({ watermarkMs: 7, state: 'idle' })
    expect(merged(at(null, 'backlog'), at(-9, 'backlog'))).toMatchObject({ watermarkMs: -9 })
  })

  it('count a name like __proto__ as a name', () => {
    const one = { ...emptyPartialReport(), stageMs: JSON.parse('{"__proto__": 4}') as Record<string, number> }
    const twice = mergePartialReports(one, one)
    expect(Object.entries(twice.stageMs)).toEqual([['__proto__', 8]])
  })
})

describe('buildReport', () => {
  it('sums the sealed slices, in order of time, with what the lanes counted', () => {
    const lane = { ...emptyPartialReport(), historyRows: 10, stageMs: { join: 5 } }
    const report = buildReport(facts, [sliceOf(20, [3, 4]), sliceOf(10, [1, 0])], [lane, lane])
    expect(report.rows).toBe(8)
    expect(report.slices).toEqual([
      { startMs: 10, rows: [1, 0] },
      { startMs: 20, rows: [3, 4] },
    ])
    expect(report.features).toEqual({ airport: { hit: 8, absent: 0, expired: 4, unavailable: 0 } })
    expect(report.historyRows).toBe(20)
    expect(report.stageMs).toEqual({ join: 10 })
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('is whole for a run that sealed nothing', () => {
    expect(buildReport(facts, [], [])).toMatchObject({ rows: 0, slices: [], features: {}, historyRows: 0 })
    expect(featureCounts([])).toEqual({})
  })
})

describe('latenessBucket', () => {
  it('is the first bound that is not passed, as a linear search says', () => {
    expect([...LATENESS_BOUNDS_MS].sort((a, b) => a - b)).toEqual(LATENESS_BOUNDS_MS)
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...LATENESS_BOUNDS_MS), fc.integer({ min: 0, max: 5_000_000_000 })),
        behindMs => {
          const naive = LATENESS_BOUNDS_MS.findIndex(bound => behindMs <= bound)
          expect(latenessBucket(behindMs)).toBe(naive < 0 ? LATENESS_BOUNDS_MS.length : naive)
        },
      ),
      { numRuns: cases },
    )
  })
})

describe('withProgressPoint', () => {
  it('keeps the first and the newest point, in order, within the bound', () => {
    let points: ReturnType<typeof withProgressPoint> = []
    for (let second = 0; second < 5000; second++) {
      points = withProgressPoint(points, { seconds: second, rows: second, watermarkMs: null })
      expect(points.length).toBeLessThanOrEqual(PROGRESS_POINTS_MAX)
    }
    expect(points[0]?.seconds).toBe(0)
    expect(points.at(-1)?.seconds).toBe(4999)
    expect(points.every((point, index) => index === 0 || point.seconds > points[index - 1]!.seconds)).toBe(
      true,
    )
  })
})
