/** Rounds are counted and warm-up is not. */
import { describe, expect, it } from 'vitest'
import { timed, warm } from '../../../../bench/harness/rounds.ts'

describe('warm', () => {
  it('works at least once', async () => {
    let calls = 0
    await warm(async () => void calls++, 0)
    expect(calls).toBe(1)
  })
})

describe('timed', () => {
  it('times each round', async () => {
    let calls = 0
    const { seconds, cpuSeconds } = await timed(async () => void calls++, 4)
    expect(calls).toBe(4)
    expect(seconds).toHaveLength(4)
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(0)
    expect(cpuSeconds).toBeGreaterThanOrEqual(0)
  })
})
