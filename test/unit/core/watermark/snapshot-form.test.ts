import { describe, expect, it } from 'vitest'
import type { LiveSpec, SourceSpec } from '../../../../src/core/watermark/index.ts'
import { decodeSnapshot, encodeSnapshot, PartitionMerge } from '../../../../src/core/watermark/index.ts'
import { batchOf, offerOf } from '../../../property/merge-scenario.ts'

const LIVE: LiveSpec = { offsetStart: 0, disorder: 50, late: 'side', maxFuture: 100 }
const SEAM = { by: 'time', at: 100, overlap: 20, identity: [1], beforeSeam: 'side' } as const
const SOURCES: SourceSpec[] = [
  { stream: 0, name: 'a', history: true, live: LIVE, seam: SEAM },
  { stream: 1, name: 'b', history: false, live: LIVE, seam: null },
  { stream: 2, name: 'c', history: true, live: LIVE, seam: { by: 'offset' } },
]

/** A merge with something in every place of a snapshot. */
function filled(): PartitionMerge {
  const merge = new PartitionMerge({ partition: 3, sources: SOURCES })
  const row = { sub: 0, who: 'x', timestamp: 0 }
  merge.offerHistory(0, batchOf(0, [{ ...row, id: 1, time: 90, offset: null }]), 100)
  merge.offerLive(1, offerOf(1, [{ ...row, id: 2, time: 70, offset: 5, timestamp: 70 }], 9))
  const tail = [10, 20, 40].map((time, id) => ({ ...row, id, time, offset: 2 * id }))
  merge.offerHistory(2, batchOf(2, tail), 50)
  merge.endHistory(2)
  merge.offerLive(2, offerOf(2, [{ ...row, id: 9, time: 200, offset: 7, timestamp: 200 }], 8))
  merge.advance(95)
  merge.offerLive(1, offerOf(1, [{ ...row, id: 3, time: 190, offset: 9, timestamp: 190 }], 10))
  merge.advance(95)
  return merge
}

describe('snapshot form', () => {
  it('gives back what it was made of', () => {
    const snapshot = filled().snapshot()
    expect(snapshot.sources.map(source => source.held?.rows ?? 0)).toEqual([0, 1, 1])
    expect(snapshot.sources[0].seam!.overlap!.left!.rows).toBe(1)
    expect(snapshot.sources[2].seam!.coverage!.ranges).toHaveLength(3)
    expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot)
  })

  it('keeps −∞ and +∞', () => {
    const merge = new PartitionMerge({ partition: 3, sources: [SOURCES[1]] })
    merge.finish(0, { at: 0, hold: false })
    const before = decodeSnapshot(encodeSnapshot(merge.snapshot()))
    expect([before.watermark, before.historyFrom]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])
    merge.advance(Number.POSITIVE_INFINITY)
    const after = decodeSnapshot(encodeSnapshot(merge.snapshot()))
    expect(after.sources[0].state).toMatchObject({ kind: 'finished', watermark: Number.POSITIVE_INFINITY })
  })

  it('tells every damaged byte and every length that is wrong', () => {
    const bytes = encodeSnapshot(filled().snapshot())
    const corrupt = expect.objectContaining({ code: 'output-corrupt' })
    for (let at = 0; at < bytes.length; at++) {
      // Bytes 12 to 15 are zero and inside the checksum, as is the padding.
      const damaged = bytes.slice()
      damaged[at] ^= 1 << (at % 8)
      expect(() => decodeSnapshot(damaged)).toThrow(corrupt)
    }
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => decodeSnapshot(bytes.slice(0, length))).toThrow(corrupt)
    }
    const longer = new Uint8Array(bytes.length + 8)
    longer.set(bytes)
    expect(() => decodeSnapshot(longer)).toThrow(corrupt)
  })

  it('reads bytes that are not aligned', () => {
    const bytes = encodeSnapshot(filled().snapshot())
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeSnapshot(shifted.subarray(3))).toEqual(decodeSnapshot(bytes))
  })
})
