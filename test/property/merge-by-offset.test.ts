/**
 * `order: offset` (C1): a partition leaves as the topic delivered it, in slices by the running maximum of event time,
 * however the input is cut, over idle times and kills. The twin walks the topic once.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { drive } from './merge-driver.ts'
import type { LiveRow, Row, Scenario } from './merge-scenario.ts'
import type { SliceOutput } from './merge-twin.ts'

const seed = fc.integer()
const TIME_MAX = 40

const raw = fc.record({
  kind: fc.constantFrom('history' as const, 'live' as const, 'seam' as const),
  history: fc.array(fc.record({ time: fc.nat(TIME_MAX), sub: fc.nat(2) }), { maxLength: 20 }),
  live: fc.array(
    fc.record({ time: fc.nat(TIME_MAX), sub: fc.nat(2), lag: fc.integer({ min: -6, max: 6 }) }),
    { maxLength: 20 },
  ),
  rereads: fc.constantFrom(0, 0, 3),
  maxFuture: fc.constantFrom(0, 3, 100),
  boundaries: fc.uniqueArray(fc.integer({ min: 1, max: TIME_MAX + 5 }), { maxLength: 5 }),
})

interface OffsetScenario {
  readonly scenario: Scenario
  /** What is told of the topic: own times of what history and live have, in order of offset. */
  readonly topic: readonly { readonly id: number; readonly time: number; readonly isFuture: boolean }[]
}

const scenarios: fc.Arbitrary<OffsetScenario> = raw.map(
  ({ kind, history, live, rereads, maxFuture, boundaries }) => {
    const past = kind === 'live' ? [] : history
    let newest = -1
    const historyRows = past.map(({ time }, offset): Row => {
      newest = Math.max(newest, time)
      return { id: offset, time: newest, sub: 0, offset, who: 'a' }
    })
    const first = past.length
    const again = past.slice(Math.max(0, first - rereads)).map(({ time, sub }, i): LiveRow => {
      const offset = Math.max(0, first - rereads) + i
      return { id: 1000 + offset, time, sub, offset, who: 'a', timestamp: time }
    })
    const fresh = (kind === 'history' ? [] : live).map(({ time, sub, lag }, i): LiveRow => {
      return { id: first + i, time, sub, offset: first + i, who: 'a', timestamp: time + lag }
    })
    const liveRows = kind === 'seam' ? [...again, ...fresh] : fresh
    const spec = { disorder: 0, late: 'fail', maxFuture, offsetStart: liveRows[0]?.offset ?? first } as const
    const name = { stream: 0, name: 'topic', order: 'offset' } as const
    const source = {
      history: historyRows,
      live: liveRows,
      liveEnd: first + fresh.length,
      spec:
        kind === 'history'
          ? ({ ...name, history: true, live: null, seam: null } as const)
          : kind === 'live'
            ? ({ ...name, history: false, live: spec, seam: null } as const)
            : ({ ...name, history: true, live: spec, seam: { by: 'offset' } } as const),
    }
    const topic = [
      ...past.map(({ time }, id) => ({ id, time, isFuture: false })),
      ...fresh.map(({ id, time, timestamp }) => ({ id, time, isFuture: time > timestamp + maxFuture })),
    ]
    return { scenario: { sources: [source], boundaries: boundaries.sort((a, b) => a - b) }, topic }
  },
)

/** Of what is emitted: in the slice of the newest time so far. Which slice names a quarantined one is not looked at. */
function naive({ scenario, topic }: OffsetScenario): string[][] {
  const bounds = [...scenario.boundaries, Number.POSITIVE_INFINITY]
  const slices = bounds.map((): string[] => [])
  let newest = -1
  for (const { id, time, isFuture } of topic) {
    if (isFuture) continue
    newest = Math.max(newest, time)
    slices[bounds.findIndex(bound => bound > newest)]!.push(`${id}`)
  }
  return slices
}

const emittedOf = (slices: readonly SliceOutput[]): string[][] => slices.map(({ emitted }) => emitted)
const asideOf = (slices: readonly SliceOutput[]): string[] => slices.flatMap(({ aside }) => aside)

describe('merge by offset', () => {
  it('emits the topic as it was delivered, in the slices of the running maximum, however the input comes', () => {
    fc.assert(
      fc.property(scenarios, seed, seed, (given, s, t) => {
        const { slices } = drive(given.scenario, { seed: s })
        expect(emittedOf(slices)).toEqual(naive(given))
        expect(asideOf(slices)).toEqual(
          given.topic.filter(({ isFuture }) => isFuture).map(({ id }) => `${id} future`),
        )
        expect(drive(given.scenario, { seed: t }).slices).toEqual(slices)
      }),
      cases(3000),
    )
  })

  it('keeps the order and loses nothing where it idles, wakes and is killed; the journal gives the same again', () => {
    let kills = 0
    fc.assert(
      fc.property(scenarios, seed, seed, (given, s, t) => {
        const killed = drive(given.scenario, { seed: s, decides: true, kills: true })
        kills += killed.kills
        expect(emittedOf(killed.slices).flat()).toEqual(naive(given).flat())
        expect(drive(given.scenario, { seed: t, journal: killed.journal }).slices).toEqual(killed.slices)
      }),
      cases(3000),
    )
    expect(kills).toBeGreaterThan(0)
  })

  it('counts every event in exactly one place, and none as late', () => {
    fc.assert(
      fc.property(scenarios, seed, (given, s) => {
        const { merge } = drive(given.scenario, { seed: s, decides: true })
        const { history, live, emitted, late, emittedLate, future, held } = merge.countersOf(0)
        expect({ late, emittedLate, held }).toEqual({ late: 0, emittedLate: 0, held: 0 })
        expect(emitted + future).toBe(history + live)
      }),
      cases(),
    )
  })
})
