import { describe, expect, it } from 'vitest'
import type { Span } from '../../../src/lanes/index.ts'
import type { SealedSlice } from '../../../src/run/slice-committer.ts'
import { SpanBoard } from '../../../src/run/span-board.ts'

/** Three spans of two, one and one slices of 10 ms, two partitions. */
const SPANS: readonly Span[] = [
  { index: 0, fromMs: 0, untilMs: 20 },
  { index: 1, fromMs: 20, untilMs: 30 },
  { index: 2, fromMs: 30, untilMs: 40 },
]
const sealed = (startMs: number): SealedSlice => ({ startMs }) as SealedSlice
const places = (released: readonly { partition: number; slice: SealedSlice }[]): [number, number][] =>
  released.map(({ partition, slice }) => [slice.startMs, partition])

describe('SpanBoard', () => {
  it('hands spans out in order of time, and no more than there are', () => {
    const board = new SpanBoard(SPANS, [0, 0], 10, 4)
    expect([1, 0, 1, 0].map(lane => board.assign(lane)?.index ?? null)).toEqual([0, 1, 2, null])
  })

  it('has no more of them open than is said, until the first is released', () => {
    const board = new SpanBoard(SPANS, [0, 0], 10, 1)
    expect(board.assign(0)?.index).toBe(0)
    expect(board.assign(1)).toBeNull()
    for (const partition of [0, 1]) for (const start of [0, 10]) board.sealed(0, partition, sealed(start))
    expect(board.assign(1)?.index).toBe(1)
  })

  it('numbers a span when all before it are counted', () => {
    const board = new SpanBoard(SPANS, [100, 7], 10, 4)
    for (const lane of [0, 1]) board.assign(lane)
    expect(board.offsetsOf(0)).toEqual([100, 7])
    expect(board.read(1, [5, 5])).toEqual([])
    expect(board.offsetsOf(1)).toBeNull()
    expect(board.read(0, [10, 1])).toEqual([{ lane: 1, span: 1, offsets: [110, 8] }])
    board.assign(0)
    expect(board.offsetsOf(2)).toEqual([115, 13])
  })

  it('releases sealed slices in order of time, whoever is first', () => {
    const board = new SpanBoard(SPANS, [0, 0], 10, 4)
    expect(board.sealed(1, 0, sealed(20))).toEqual([])
    expect(places(board.sealed(0, 0, sealed(0)))).toEqual([[0, 0]])
    expect(board.sealed(2, 1, sealed(30))).toEqual([])
    expect(places(board.sealed(0, 1, sealed(0)))).toEqual([[0, 1]])
    expect(places(board.sealed(0, 1, sealed(10)))).toEqual([[10, 1]])
    expect(places(board.sealed(0, 0, sealed(10)))).toEqual([
      [10, 0],
      [20, 0],
    ])
    expect(board.isDone).toBe(false)
    expect(places(board.sealed(1, 1, sealed(20)))).toEqual([
      [20, 1],
      [30, 1],
    ])
    expect(places(board.sealed(2, 0, sealed(30)))).toEqual([[30, 0]])
    expect(board.isDone).toBe(true)
  })
})
