/**
 * Reads of a remote file against plain slices of its bytes: whatever is asked for at the same time, wherever blocks
 * and pieces end, and however replies are cut.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planPieces, type Range, scatter } from '../../src/files/remote/range-plan.ts'
import { RangedSource, type RangedSourceOptions } from '../../src/files/remote/ranged-source.ts'
import { Slots } from '../../src/files/remote/slots.ts'
import { cases } from './cases.ts'

const SIZE = 200
const BYTES = Uint8Array.from({ length: SIZE }, (_, i) => (i * 37 + 11) % 251)

const range = fc
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]): Range => ({ position: Math.min(a, b), length: Math.abs(a - b) }))
const wanted = fc.array(range, { maxLength: 8 })
const rules = fc.record({
  gapBytes: fc.nat(20),
  pieceBytes: fc.integer({ min: 1, max: 60 }),
  blockBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 })),
})

describe('planPieces', () => {
  it('covers what is wanted once, and little else, and never crosses a block', () => {
    fc.assert(
      fc.property(wanted, rules, (ranges, rule) => {
        const pieces = planPieces(ranges, rule)
        const fetched = new Array<number>(SIZE).fill(0)
        for (const { position, length } of pieces) {
          expect(length).toBeGreaterThan(0)
          expect(length).toBeLessThanOrEqual(rule.pieceBytes)
          if (rule.blockBytes > 0)
            expect(Math.floor(position / rule.blockBytes)).toBe(
              Math.floor((position + length - 1) / rule.blockBytes),
            )
          for (let i = position; i < position + length; i++) fetched[i]!++
        }
        const isWanted = (i: number) =>
          ranges.some(({ position, length }) => i >= position && i < position + length)
        let gap = 0
        for (let i = 0; i < SIZE; i++) {
          expect(fetched[i]).toBeLessThanOrEqual(1)
          if (isWanted(i)) expect(fetched[i]).toBe(1)
          gap = fetched[i] === 1 && !isWanted(i) ? gap + 1 : 0
          expect(gap).toBeLessThanOrEqual(rule.gapBytes)
        }
      }),
      cases(),
    )
  })

  it('says which ranges a piece has bytes of', () => {
    fc.assert(
      fc.property(wanted, rules, (ranges, rule) => {
        const targets = ranges.map(({ length }) => new Uint8Array(length))
        for (const piece of planPieces(ranges, rule))
          for (const part of piece.parts)
            scatter(
              BYTES.subarray(piece.position, piece.position + piece.length),
              piece.position,
              ranges[part]!,
              targets[part]!,
            )
        ranges.forEach(({ position, length }, i) => {
          expect(targets[i]).toEqual(BYTES.slice(position, position + length))
        })
      }),
      cases(),
    )
  })
})

/** Hands bytes on in chunks of a few, some of them twice, and out of turn with other ranges. */
function fakeFetch(chunkBytes: number): RangedSourceOptions['fetch'] {
  return async ({ position, length }, put) => {
    const end = position + length
    for (let at = position; at < end; at += chunkBytes) {
      const chunk = BYTES.subarray(at, Math.min(end, at + chunkBytes))
      put(chunk, at)
      await Promise.resolve()
      put(chunk, at)
    }
  }
}

describe('RangedSource', () => {
  it('gives each reader its own bytes', async () => {
    await fc.assert(
      fc.asyncProperty(wanted, fc.integer({ min: 1, max: 50 }), rules, async (ranges, chunkBytes, rule) => {
        const source = new RangedSource({
          pinned: { path: 'f', bytes: SIZE, mtimeMs: 0, fileId: '1' },
          rules: rule,
          fetch: fakeFetch(chunkBytes),
          slots: new Slots(2),
          checkUnchanged: async () => undefined,
        })
        const got = await Promise.all(
          ranges.map(({ position, length }, i) =>
            source.read(position, length, i % 2 === 0 ? new Uint8Array(length + 3) : undefined),
          ),
        )
        ranges.forEach(({ position, length }, i) => {
          expect(Buffer.compare(got[i]!, BYTES.subarray(position, position + length))).toBe(0)
        })
        await expect(source.read(SIZE - 1, 2)).rejects.toMatchObject({ code: 'file-corrupt' })
      }),
      cases(300),
    )
  })
})
