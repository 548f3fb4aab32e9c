import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes } from '../../../src/files/path-order.ts'

describe('compareBytes', () => {
  it('is the order of UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        return Math.sign(compareBytes(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b))
      }),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })

  it('puts what UTF-16 order would put first behind the rest of the basic plane', () => {
    expect(['\u{1F600}', '\uFFFD', 'a'].sort(compareBytes)).toEqual(['a', '\uFFFD', '\u{1F600}'])
  })
})
