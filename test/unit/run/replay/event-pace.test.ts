import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventPace } from '../../../../src/run/replay/event-pace.ts'

describe('event pace', () => {
  it('at 60x a minute of events is a second of the clock', () => {
    const pace = new EventPace(60)
    pace.begin(1_000_000, 500)
    expect(pace.reached(500)).toBe(1_000_000)
    expect(pace.reached(1500)).toBe(1_060_000)
    expect(pace.dueAt(1_060_000)).toBe(1500)
    expect(pace.dueAt(1_000_000)).toBe(500)
  })

  it('at max all is due at once', () => {
    const pace = new EventPace(Number.POSITIVE_INFINITY)
    pace.begin(-5, 7)
    expect(pace.reached(7)).toBe(Number.POSITIVE_INFINITY)
    expect(pace.dueAt(1e15)).toBe(7)
  })

  it('never goes back, whatever the clock does, and does not wait for who fell behind', () => {
    const pace = new EventPace(1)
    pace.begin(0, 1000)
    expect(pace.reached(900)).toBe(0)
    expect(pace.reached(9000)).toBe(8000)
    expect(pace.dueAt(3000)).toBe(4000) // past: due at once, and the pace is that of the clock again
  })

  it('an event is due when the clock has reached it, not before', () => {
    const ms = fc.integer({ min: -1e13, max: 1e13 })
    fc.assert(
      fc.property(
        ms,
        fc.nat(1e9),
        fc.constantFrom(0.25, 1, 2, 60, 3600),
        fc.nat(1e9),
        (begin, start, speed, ahead) => {
          const pace = new EventPace(speed)
          pace.begin(begin, start)
          const due = pace.dueAt(begin + ahead)
          expect(pace.reached(due + 1)).toBeGreaterThanOrEqual(begin + ahead)
          if (due - 1 > start) expect(pace.reached(due - 1)).toBeLessThan(begin + ahead)
        },
      ),
    )
  })
})
