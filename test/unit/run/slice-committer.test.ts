import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CommittedSlice, SealedSlice } from '../../../src/run/slice-committer.ts'
import { SliceCommitter } from '../../../src/run/slice-committer.ts'
import { partOf } from './part.ts'

const LENGTH = 10

function committerOf(partitions: number, nextMs: number | null): SliceCommitter {
  const start = { snapshot: new Uint8Array(0), offsetNext: 0 }
  return new SliceCommitter({ sliceMs: LENGTH, nextMs, partitions: new Array(partitions).fill(start) })
}

/** The k-th slice of a partition: k rows more than before, and a snapshot that says which it is. */
function sealed(partition: number, startMs: number, offsetNext: number): SealedSlice {
  return { startMs, result: partOf(partition, 1, offsetNext), snapshot: Uint8Array.of(partition, startMs) }
}

function takeAll(committer: SliceCommitter): CommittedSlice[] {
  const slices: CommittedSlice[] = []
  for (let slice = committer.take(); slice !== null; slice = committer.take()) slices.push(slice)
  return slices
}

describe('SliceCommitter', () => {
  it('commits a slice when the last partition has sealed it, with the state of each behind it', () => {
    const committer = committerOf(2, 0)
    committer.sealed(0, sealed(0, 0, 1))
    committer.sealed(0, sealed(0, 10, 2))
    expect(committer.take()).toBeNull()
    committer.sealed(1, sealed(1, 0, 7))
    expect(takeAll(committer)).toEqual([
      {
        startMs: 0,
        partitions: [partOf(0, 1, 1), partOf(1, 1, 7)],
        snapshots: [Uint8Array.of(0, 0), Uint8Array.of(1, 0)],
      },
    ])
    expect(committer.allFinished).toBe(false)
  })

  it('takes a partition that has ended as empty, with its offset and state kept', () => {
    const committer = committerOf(2, 0)
    committer.sealed(0, sealed(0, 0, 1))
    committer.sealed(1, sealed(1, 0, 5))
    committer.sealed(0, sealed(0, 10, 2))
    committer.finished(1, false)
    const [, second] = takeAll(committer)
    expect(second!.partitions[1]).toMatchObject({ rows: 0, path: null, offsetNext: 5 })
    expect(second!.snapshots[1]).toEqual(Uint8Array.of(1, 0))
    committer.finished(0, false)
    expect(committer.allFinished).toBe(true)
  })

  it('begins with the earliest slice of any partition where the plan does not tell', () => {
    const committer = committerOf(2, null)
    committer.sealed(0, sealed(0, 30, 1))
    committer.sealed(1, sealed(1, 10, 1))
    committer.sealed(1, sealed(1, 20, 2))
    committer.sealed(1, sealed(1, 30, 3))
    expect(
      takeAll(committer).map(({ startMs, partitions }) => [startMs, ...partitions.map(({ rows }) => rows)]),
    ).toEqual([
      [10, 0, 1],
      [20, 0, 1],
      [30, 1, 1],
    ])
  })

  it('gives the slices that no partition has a line too', () => {
    const committer = committerOf(1, 0)
    committer.sealed(0, sealed(0, 20, 1))
    expect(takeAll(committer).map(({ startMs, partitions }) => [startMs, partitions[0]!.rows])).toEqual([
      [0, 0],
      [10, 0],
      [20, 1],
    ])
  })

  it('goes no further than a partition that was held, and keeps back what others have sealed behind it', () => {
    const committer = committerOf(2, 0)
    for (const startMs of [0, 10, 20]) committer.sealed(0, sealed(0, startMs, 1 + startMs))
    committer.sealed(1, sealed(1, 0, 1))
    committer.finished(1, true)
    expect(takeAll(committer).map(({ startMs }) => startMs)).toEqual([0])
    expect(committer.allFinished).toBe(false)
    committer.finished(0, true)
    expect(committer.take()).toBeNull()
    expect(committer.allFinished).toBe(true)
  })

  it('refuses slices out of order', () => {
    const committer = committerOf(2, 0)
    committer.sealed(0, sealed(0, 0, 1))
    expect(() => committer.sealed(0, sealed(0, 20, 2))).toThrowError(expect.objectContaining({ code: 'bug' }))
    const early = committerOf(1, 20)
    early.sealed(0, sealed(0, 10, 1))
    expect(() => early.take()).toThrowError(expect.objectContaining({ code: 'bug' }))
  })

  it('commits the same whatever the partitions take turns in', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 })
    const turns = fc.array(fc.nat({ max: 3 }), { maxLength: 60 })
    fc.assert(
      fc.property(counts, fc.boolean(), turns, turns, (slices, held, one, other) => {
        expect(commitAll(slices, held, one)).toEqual(commitAll(slices, held, other))
      }),
    )
  })
})

/** Each partition seals so many slices and ends; `turns` says whose next step it is, as far as it goes. */
function commitAll(slices: readonly number[], held: boolean, turns: readonly number[]): CommittedSlice[] {
  const committer = committerOf(slices.length, 0)
  const done = slices.map(() => 0)
  const committed: CommittedSlice[] = []
  const step = (partition: number): void => {
    const count = slices[partition]
    if (count === undefined || done[partition]! > count) return
    const k = done[partition]!++
    if (k < count) committer.sealed(partition, sealed(partition, k * LENGTH, k + 1))
    else committer.finished(partition, held)
    committed.push(...takeAll(committer))
  }
  for (const partition of turns) step(partition)
  for (let round = 0; round < 7; round++) for (const p of slices.keys()) step(p)
  expect(committer.allFinished).toBe(true)
  expect(committed).toHaveLength(held ? Math.min(...slices) : Math.max(...slices))
  return committed
}
