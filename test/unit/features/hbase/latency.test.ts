import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatencyHistogram, latencyQuantile } from '../../../../src/features/hbase/latency.ts'

describe('latencies', () => {
  it('quantiles are at most a fifth too long', () => {
    const times = fc.array(fc.double({ min: 0.25, max: 100_000, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const histogram = new LatencyHistogram()
        for (const ms of all) histogram.add(ms)
        const exact = [...all].sort((a, b) => a - b)[Math.ceil(share * all.length) - 1]!
        const found = latencyQuantile(histogram.counts, share)
        expect(found / exact).toBeGreaterThan(0.999)
        expect(found / exact).toBeLessThan(1.2)
      }),
    )
  })

  it('none, very short and very long', () => {
    const histogram = new LatencyHistogram()
    expect(latencyQuantile(histogram.counts, 0.5)).toBe(0)
    histogram.add(0)
    histogram.add(1e9)
    expect(histogram.total).toBe(2)
    expect(latencyQuantile(histogram.counts, 1)).toBeGreaterThan(200_000)
  })
})
