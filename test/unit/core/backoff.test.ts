import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../src/core/backoff.ts'

describe('backoffMs', () => {
  it('doubles up to its cap and is spread over half of it', () => {
    const pauses = (chance: number) =>
      [1, 2, 3, 4, 1000].map(n => backoffMs(n, chance, { firstMs: 50, capMs: 300 }))
    expect(pauses(0)).toEqual([25, 50, 100, 150, 150])
    expect(pauses(0.5)).toEqual([37.5, 75, 150, 225, 225])
  })
})
