import { describe, expect, it } from 'vitest'
import type { FileUnit, Plan } from '../../../src/plan/index.ts'
import { planSpans } from '../../../src/run/span-plan.ts'

const HOUR = 3_600_000
const unit = (fromHour: number, untilHour: number, rows = 1000): FileUnit => ({
  rowFirst: 0,
  rows,
  bytes: 100 * rows,
  timeMinMs: fromHour * HOUR,
  timeMaxMs: untilHour * HOUR - 1,
})

/** What the planner looks at of a plan over the units, in slices of an hour. */
function planOf(units: readonly FileUnit[], changes: object = {}): Plan {
  const job = { name: 's', order: 'time', partitions: 2, maxFutureMs: HOUR, history: {}, ...changes }
  const plan = {
    job: { samples: 's', streams: [job], output: { sliceMs: HOUR } },
    streams: [{ name: 's', ordinal: 0, files: [{ units }] }],
    slices: [{ startMs: 0 }],
    plannedAtMs: 1000 * HOUR,
  }
  return plan as unknown as Plan
}

const START = { sliceStartMs: null, snapshots: [null, null] }
const LIVE = { stop: { kind: 'caught-up' } }
const MEMORY = { historyBytes: 1e9 }
const hours = (plan: ReturnType<typeof planSpans>): [number, number][] | null =>
  plan === null ? null : plan.spans.map(({ fromMs, untilMs }) => [fromMs / HOUR, untilMs / HOUR])

describe('planSpans', () => {
  const following = Array.from({ length: 12 }, (_, h) => unit(h, h + 1))

  it('gives each lane a span of nearly as many rows, in whole slices', () => {
    expect(hours(planSpans(planOf(following), START, 2, MEMORY))).toEqual([
      [0, 6],
      [6, 12],
    ])
    const uneven = [unit(0, 1, 9000), ...following.slice(1)]
    expect(hours(planSpans(planOf(uneven), START, 2, MEMORY))).toEqual([
      [0, 2],
      [2, 12],
    ])
  })

  it('leaves history that comes over the network whole where much of it would be fetched twice', () => {
    const across = [...following, unit(5, 7, 500)]
    const remote = { history: { access: {} } }
    expect(hours(planSpans(planOf(across), START, 2, MEMORY))).toHaveLength(2)
    expect(planSpans(planOf(across, remote), START, 2, MEMORY)).toBeNull()
    expect(hours(planSpans(planOf(following, remote), START, 2, MEMORY))).toHaveLength(2)
  })

  it('goes on behind what is sealed', () => {
    const point = { sliceStartMs: 4 * HOUR, snapshots: [null, null] }
    expect(hours(planSpans(planOf(following), point, 2, MEMORY))).toEqual([
      [4, 8],
      [8, 12],
    ])
  })

  it('ends in whole slices before anything but history has a say', () => {
    const seam = { by: 'time', atMs: 10.5 * HOUR, overlapMs: HOUR }
    expect(planSpans(planOf(following, { live: LIVE, seam }), START, 2, MEMORY)?.untilMs).toBe(9 * HOUR)
    const until = { history: { untilMs: 7.5 * HOUR } }
    expect(planSpans(planOf(following, until), START, 2, MEMORY)?.untilMs).toBe(7 * HOUR)
  })

  it('does not count on times that will be quarantined, nor makes a slice of a bound rounded up', () => {
    const absurd = [...following, unit(5, 9_000_000), unit(2_000_000, 3_000_000)]
    expect(planSpans(planOf(absurd), START, 1, MEMORY)?.untilMs).toBe(12 * HOUR)
    const rounded = { ...unit(11, 12), timeMaxMs: 12 * HOUR }
    expect(planSpans(planOf([...following, rounded]), START, 2, MEMORY)?.untilMs).toBe(12 * HOUR)
  })

  it('is for histories in order of time alone, with known times, that memory holds', () => {
    const nothing = [
      planSpans(planOf(following, { order: 'offset' }), START, 2, MEMORY),
      planSpans(planOf(following, { live: LIVE, seam: { by: 'offset' } }), START, 2, MEMORY),
      planSpans(planOf([...following, { ...unit(3, 4), timeMinMs: null }]), START, 2, MEMORY),
      planSpans(planOf(following), START, 2, { historyBytes: 99_999 }),
      planSpans(planOf(following), START, 2, { ...MEMORY, spanRows: 0 }),
      planSpans(planOf([]), START, 2, MEMORY),
    ]
    expect(nothing.map(hours)).toEqual(nothing.map(() => null))
  })

  it('is not worth it where most rows would be decoded twice', () => {
    const wide = Array.from({ length: 4 }, () => unit(0, 12))
    expect(planSpans(planOf(wide), START, 2, MEMORY)).toBeNull()
    expect(hours(planSpans(planOf(wide), START, 1, MEMORY))).toEqual([[0, 12]])
  })
})
