/** The share of samples that lost their features: the figure that nobody else prints. */
import { describe, expect, it } from 'vitest'
import { lostShare } from '../../../bench/engines.ts'

describe('lostShare', () => {
  const expected = { samples: 1000, bare: 100 }
  it('counts samples without the version that was there, and samples that did not come', () => {
    expect(lostShare({ samples: 1000, bare: 100 }, expected)).toBe('0.0 %')
    expect(lostShare({ samples: 1000, bare: 190 }, expected)).toBe('10.0 %')
    expect(lostShare({ samples: 910, bare: 100 }, expected)).toBe('10.0 %')
  })
  it('has nothing to say where there was nothing to find', () => {
    expect(lostShare({ samples: 5, bare: 5 }, { samples: 5, bare: 5 })).toBe('–')
  })
})
