/** Whether an absent record is a compacted one (C3): what a topic is believed, and what the certificate says of the rest. */
import { describe, expect, it } from 'vitest'
import type { ExplainedHole } from '../../../src/core/seam/index.ts'
import { OffsetCoverage, proveByOffset } from '../../../src/core/seam/index.ts'
import { HoleBelief } from '../../../src/run/hole-belief.ts'

const HOLES: readonly ExplainedHole[] = [
  { first: 1, last: 1, why: 'control' },
  { first: 3, last: 4, why: 'compacted' },
]

async function judgedBy(isCompacted: boolean | null): Promise<readonly ExplainedHole[]> {
  return new HoleBelief({ isCompacted: async () => isCompacted }).judged(HOLES)
}

/** Of files that have all but the holes, up to offset 5. */
function proofOf(...told: (readonly ExplainedHole[])[]) {
  const coverage = new OffsetCoverage()
  coverage.add(Float64Array.of(0, 2, 5))
  for (const holes of told) {
    coverage.forgetDoubts()
    for (const hole of holes) coverage.explain(hole)
  }
  const place = { stream: 's', partition: 0, historyLast: null, liveFirst: null }
  const evidence = { doubled: 0, handedOver: true, topicFirst: 0, topicNext: 9 }
  return proveByOffset({ ...place, ...evidence, coverage: coverage.report() })
}

describe('a record that is not there', () => {
  it('was compacted in a topic that is compacted', async () => {
    expect(await judgedBy(true)).toEqual(HOLES)
    expect(proofOf(await judgedBy(true))).toMatchObject({ proven: true, holes: HOLES, gapOffsets: 0 })
  })

  it('is a gap in one that is not, and the certificate says why', async () => {
    expect(proofOf(await judgedBy(false))).toMatchObject({
      proven: false,
      holes: [HOLES[0]],
      gaps: [{ first: 3, last: 4, why: 'not-compacted' }],
      gapOffsets: 2,
      reason: expect.stringMatching(/^offsets 3–4 are in no file, and .* not compacted .*cleanup\.policy/),
    })
  })

  it('is a gap where the broker does not tell, until it does', async () => {
    const denied = proofOf(await judgedBy(null))
    expect(denied).toMatchObject({ proven: false, gapOffsets: 2 })
    expect(denied.reason).toMatch(/DescribeConfigs/)
    expect(proofOf(await judgedBy(null), await judgedBy(true))).toMatchObject({ proven: true, holes: HOLES })
  })

  it('is asked about once, and not at all where every hole is seen for what it is', async () => {
    let asked = 0
    const belief = new HoleBelief({
      isCompacted: async () => {
        asked++
        return true
      },
    })
    await belief.judged(HOLES.slice(0, 1))
    expect(asked).toBe(0)
    await Promise.all([belief.judged(HOLES), belief.judged(HOLES)])
    expect(asked).toBe(1)
  })
})
