import { describe, expect, it } from 'vitest'
import type { OverlapCounts, TimeEvidence } from '../../../../src/core/seam/index.ts'
import {
  makeCertificate,
  OffsetCoverage,
  proveByOffset,
  proveByTime,
} from '../../../../src/core/seam/index.ts'

const PLACE = {
  stream: 'flights',
  partition: 2,
  historyLast: { time: 99, offset: null },
  liveFirst: { time: 100, offset: 7 },
}
const COUNTS: OverlapCounts = {
  history: 5,
  live: 5,
  doubled: 5,
  onlyLive: 0,
  onlyHistory: 0,
  notCompared: 3,
  afterClose: 0,
}

function byTime(counts: Partial<OverlapCounts>, more: Partial<TimeEvidence> = {}): string | null {
  const known = { hasIdentity: true, isClosed: true, retained: true }
  const proof = proveByTime({ ...PLACE, at: 100, counts: { ...COUNTS, ...counts }, ...known, ...more })
  expect(proof.proven).toBe(proof.reason === null)
  return proof.reason
}

describe('proof by time', () => {
  const cases: [string, string | null, string | null][] = [
    ['equal sides', byTime({}), null],
    ['only in live', byTime({ onlyLive: 1 }), '1 event of the overlap is only in live'],
    ['only in history', byTime({ onlyHistory: 2 }), '2 events of the overlap are only in history'],
    ['empty', byTime({ doubled: 0 }), 'the overlap is empty, so there was nothing to compare'],
    ['not retained', byTime({}, { retained: false }), 'the live log no longer holds the whole overlap'],
    [
      'unknown',
      byTime({}, { retained: null }),
      'it is not known whether the live log holds the whole overlap',
    ],
    ['open', byTime({ onlyHistory: 2 }, { isClosed: false }), 'live has not passed the seam yet'],
    [
      'too late',
      byTime({ afterClose: 2 }),
      '2 events of the overlap came to live later than the disorder allows',
    ],
  ]
  for (const [name, reason, expected] of cases) {
    it(name, () => expect(reason).toBe(expected))
  }

  it('without identity says so before anything else', () => {
    expect(byTime({ onlyLive: 1 }, { hasIdentity: false, retained: false })).toContain(
      'no `identity` columns',
    )
  })
})

describe('proof by offset', () => {
  function covered(...offsets: number[]): OffsetCoverage {
    const coverage = new OffsetCoverage()
    coverage.add(Float64Array.from(offsets))
    return coverage
  }
  const prove = (
    coverage: OffsetCoverage,
    liveFrom: number | null,
    topicFirst: number | null = null,
    topicNext: number | null = null,
  ) =>
    proveByOffset({
      ...PLACE,
      coverage: coverage.report(null, liveFrom ?? 0),
      handedOver: liveFrom !== null,
      doubled: 0,
      topicFirst,
      topicNext,
    })

  it('holds where live goes on right behind history, or before', () => {
    expect(prove(covered(3, 5, 4), 6)).toMatchObject({ proven: true, reason: null, gapOffsets: 0 })
    expect(prove(covered(3, 5, 4), 2).proven).toBe(true)
    expect(prove(covered(), 0).proven).toBe(true)
  })

  it('does not hold where files reach past the end of the topic', () => {
    expect(prove(covered(3, 4, 5), 6, null, 6).proven).toBe(true)
    expect(prove(covered(3, 4, 5), 6, null, 5)).toMatchObject({
      proven: false,
      reason:
        'files go up to offset 5, and the topic ends before offset 5: they are not of this topic, or it was cut',
    })
  })

  it('names the first gap, that between history and live included', () => {
    const gap = 'offset 4 is in no file, and nothing explains it (3 in all)'
    expect(prove(covered(3, 5), 8)).toMatchObject({ proven: false, reason: gap, gapOffsets: 3 })
    expect(prove(covered(), 2).reason).toBe('offsets 0–1 are in no file, and nothing explains it (2 in all)')
  })

  it('says whether the topic still had what it was asked about', () => {
    expect(prove(covered(3, 5), 6, 3).reason).toContain('in no file, and the topic does not explain it')
    expect(prove(covered(3, 5), 8, 8).reason).toBe(
      'offset 4 is in no file, and the topic, which begins at offset 8, can no longer explain it (3 in all)',
    )
  })

  it('takes holes between history and live for what they are', () => {
    const coverage = covered(3, 5)
    coverage.explain({ first: 4, last: 4, why: 'compacted' })
    coverage.explain({ first: 6, last: 6, why: 'aborted' })
    coverage.explain({ first: 7, last: 7, why: 'control' })
    expect(coverage.missing(9)).toEqual([{ first: 8, last: 8 }])
    expect(prove(coverage, 8)).toMatchObject({ proven: true, gapOffsets: 0, holeOffsets: 3 })
    expect(prove(coverage, 9)).toMatchObject({ proven: false, gaps: [{ first: 8, last: 8 }] })
  })

  it('names a duplicate', () => {
    expect(prove(covered(3, 4, 4, 5), 6).reason).toContain(
      'offset 4 is in the files more than once (1 duplicate',
    )
  })

  it('waits for live', () => {
    expect(prove(covered(1), null).reason).toBe('live has not been read yet')
  })
})

describe('coverage', () => {
  it('refuses more separate ranges than it may hold', () => {
    const coverage = new OffsetCoverage()
    const offsets = Float64Array.from({ length: 1_000_001 }, (_, i) => 2 * i)
    expect(() => coverage.add(offsets)).toThrow(expect.objectContaining({ code: 'limit-passed' }))
  })
})

describe('certificate', () => {
  const proof = proveByTime({
    ...PLACE,
    at: 86_400_000,
    counts: COUNTS,
    hasIdentity: true,
    isClosed: true,
    retained: true,
  })

  it('is proven when every partition is', () => {
    const certificate = makeCertificate([proof, { ...proof, partition: 0 }], 'ms')
    expect(certificate).toMatchObject({ version: 1, proven: true, reason: null })
    expect(certificate.partitions.map(({ partition }) => partition)).toEqual([0, 2])
    expect(certificate.partitions[0]).toMatchObject({
      at: '1970-01-02T00:00:00.000Z',
      historyLast: { time: '1970-01-01T00:00:00.099Z', ticks: 99, offset: null },
      liveFirst: { ticks: 100, offset: 7 },
    })
    expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate)
  })

  it('names the first partition that is not', () => {
    const bad = { ...proof, partition: 3, proven: false, reason: 'because' }
    const certificate = makeCertificate([{ ...bad, stream: 'z' }, bad, proof], 'us')
    expect([certificate.proven, certificate.reason]).toEqual([false, 'flights, partition 3: because'])
  })
})
