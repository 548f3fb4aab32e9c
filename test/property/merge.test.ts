/** The merge of an output partition against its naive twin (C1, C2, C3, C6, C10). */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { HeldMemory } from './held-memory.ts'
import { drive } from './merge-driver.ts'
import type { Scenario } from './merge-scenario.ts'
import { scenarios } from './merge-scenario.ts'
import type { SliceOutput } from './merge-twin.ts'
import { MergeTwin } from './merge-twin.ts'

const seed = fc.integer()

describe('merge', () => {
  it('emits what the naive twin emits, in its order, in its slices, however the input comes', () => {
    fc.assert(
      fc.property(scenarios(), seed, (scenario, s) => {
        expect(drive(scenario, { seed: s }).slices).toEqual(new MergeTwin(scenario, []).slices())
      }),
      cases(),
    )
  })

  it('gives the same again from the journal, when sources idle and wake by the clock', () => {
    fc.assert(
      fc.property(scenarios(), seed, seed, (scenario, s, t) => {
        const { slices, journal } = drive(scenario, { seed: s, decides: true })
        expect(drive(scenario, { seed: t, journal }).slices).toEqual(slices)
        expect(slices).toEqual(new MergeTwin(scenario, journal).slices())
      }),
      cases(),
    )
  })

  it('killed anywhere and resumed from the last snapshot, is as if nothing had happened', () => {
    let kills = 0
    fc.assert(
      fc.property(scenarios(), seed, (scenario, s) => {
        const killed = drive(scenario, { seed: s, decides: true, kills: true })
        kills += killed.kills
        expect(killed.slices).toEqual(new MergeTwin(scenario, killed.journal).slices())
      }),
      cases(),
    )
    expect(kills).toBeGreaterThan(0)
  })

  it('held and carried on by a second run, equals one long run', () => {
    fc.assert(
      fc.property(
        scenarios(),
        seed,
        fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
        (scenario, s, cuts) => {
          const holdAt = scenario.sources.map(({ spec, liveEnd }, i) =>
            Math.min(liveEnd, (spec.live?.offsetStart ?? 0) + cuts[i]),
          )
          const first = drive(scenario, { seed: s, holdAt })
          if (first.merge.isFinished) return
          const slice = first.slices.findLastIndex(({ emitted, aside }) => emitted.length + aside.length > 0)
          const from = { snapshot: first.merge.snapshot(), slice: Math.max(0, slice) }
          const second = drive(scenario, { seed: s + 1, from })
          expect(concat(first.slices, second.slices)).toEqual(new MergeTwin(scenario, []).slices())
        },
      ),
      cases(),
    )
  })

  it('gives the same with next to no memory for reorder buffers, over kills', () => {
    let reads = 0
    fc.assert(
      fc.property(scenarios(), seed, fc.nat(300), (scenario, s, bytesMax) => {
        const store = new HeldMemory(bytesMax)
        const { slices, journal, merge } = drive(scenario, { seed: s, decides: true, kills: true, store })
        expect(slices).toEqual(new MergeTwin(scenario, journal).slices())
        expect(merge.isFinished).toBe(true)
        expect(store.budget.bytes).toBe(0)
        reads += store.reads
      }),
      cases(2000),
    )
    expect(reads).toBeGreaterThan(0)
  })

  it('loses nothing, doubles nothing, and counts every event in exactly one place', () => {
    fc.assert(
      fc.property(scenarios(), seed, (scenario, s) => {
        const { slices, merge } = drive(scenario, { seed: s, decides: true, kills: true })
        const seen = slices
          .flatMap(({ emitted, aside }) => [...emitted, ...aside])
          .map(text => Number.parseInt(text, 10))
        expect(new Set(seen).size).toBe(seen.length)
        let countedOnly = 0
        for (const [i, { spec }] of scenario.sources.entries()) {
          const { history, live, emitted, late, beforeSeam, future, doubled, notCompared, held } =
            merge.countersOf(i)
          // A seam by offset skips what history reaches to without consuming it.
          const skipped = spec.seam?.by === 'offset' ? doubled : 0
          expect(held).toBe(0)
          expect(emitted + late + beforeSeam + future + doubled + notCompared).toBe(history + live + skipped)
          countedOnly += doubled + notCompared - skipped
        }
        expect(seen.length + countedOnly).toBe(eventsIn(scenario) - rereadsIn(scenario))
      }),
      cases(),
    )
  })
})

function concat(a: readonly SliceOutput[], b: readonly SliceOutput[]): SliceOutput[] {
  return a.map((slice, i) => ({
    emitted: [...slice.emitted, ...b[i].emitted],
    aside: [...slice.aside, ...b[i].aside],
  }))
}

function eventsIn(scenario: Scenario): number {
  return scenario.sources.reduce((events, { history, live }) => events + history.length + live.length, 0)
}

/** Live records of a seam by offset that history has. */
function rereadsIn(scenario: Scenario): number {
  return scenario.sources.reduce((rows, { spec, history, live }) => {
    const last = spec.seam?.by === 'offset' ? Math.max(-1, ...history.map(row => row.offset!)) : -1
    return rows + live.filter(row => row.offset <= last).length
  }, 0)
}
