import { describe, expect, it } from 'vitest'
import { planPieces } from '../../../../src/files/remote/range-plan.ts'

const RULES = { gapBytes: 10, pieceBytes: 100, blockBytes: 1000 }

function planned(...wanted: [position: number, length: number][]): [number, number, number[]][] {
  const ranges = wanted.map(([position, length]) => ({ position, length }))
  return planPieces(ranges, RULES).map(piece => [piece.position, piece.length, [...piece.parts]])
}

describe('planPieces', () => {
  it('fetches neighbours together, up to the gap that is worth it', () => {
    expect(planned([0, 5], [15, 5])).toEqual([[0, 20, [0, 1]]])
    expect(planned([0, 5], [16, 5])).toEqual([
      [0, 5, [0]],
      [16, 5, [1]],
    ])
    expect(planned([20, 5], [0, 5], [7, 5])).toEqual([[0, 25, [1, 2, 0]]])
  })

  it('cuts what is long into pieces of one length, and at blocks', () => {
    expect(planned([0, 150])).toEqual([
      [0, 75, [0]],
      [75, 75, [0]],
    ])
    expect(planned([990, 30])).toEqual([
      [990, 10, [0]],
      [1000, 20, [0]],
    ])
  })

  it('has nothing for empty ranges', () => {
    expect(planned([5, 0], [7, 0])).toEqual([])
  })
})
