import { describe, expect, it } from 'vitest'
import type { Job, StopJob } from '../../../src/job/index.ts'
import { endsOpen, holdsAtEnd, stopInstantMs } from '../../../src/lanes/run-end.ts'

const FLUSH: StopJob = { kind: 'caught-up', hold: false }
const HOLD: StopJob = { kind: 'caught-up', hold: true }
const NEVER: StopJob = { kind: 'never' }
const at = (atMs: number): StopJob => ({ kind: 'instant', atMs })

/** A job of which only the stops of its streams matter; null is a stream without a live side. */
function jobOf(...stops: (StopJob | null)[]): Job {
  const streams = stops.map(stop => (stop === null ? {} : { live: { log: 'l', stop } }))
  return { streams } as unknown as Job
}

describe('how a run ends', () => {
  it.each<[string, Job, boolean, number | null, boolean]>([
    ['history alone is flushed', jobOf(null), false, null, false],
    ['caught up is flushed', jobOf(FLUSH, null), false, null, false],
    ['hold holds all', jobOf(FLUSH, HOLD), true, null, true],
    ['never stays open', jobOf(NEVER), false, null, true],
    ['never beside caught up does not', jobOf(NEVER, FLUSH), false, null, false],
    ['the earliest instant ends the output', jobOf(at(9), null, at(5), NEVER), false, 5, true],
    ['an instant beside caught up flushes that one', jobOf(at(9), FLUSH), false, 9, false],
  ])('%s', (_, job, holds, instantMs, open) => {
    expect(holdsAtEnd(job)).toBe(holds)
    expect(stopInstantMs(job)).toBe(instantMs)
    expect(endsOpen(job)).toBe(open)
  })
})
