/** The merge of an output partition against its naive twin (C1, C2, C3, C6, C10). */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { drive } from './merge-driver.ts'
import { scenarios } from './merge-scenario.ts'
import { MergeTwin } from './merge-twin.ts'

const seed = fc.integer()

describe('merge', () => {
  it('emits what the naive twin emits, in its order, in its slices, however the input comes', () => {
    fc.assert(
      fc.property(scenarios(), seed, (scenario, s) => {
        const driven = drive(scenario, { seed: s })
        expect(driven.slices).toEqual(new MergeTwin(scenario, []).slices())
      }),
      cases(3000),
    )
  })
})
