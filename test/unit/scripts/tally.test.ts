/**
 * Counting of the test runner: whatever is not seen to pass is a failure.
 */
import { describe, expect, it } from 'vitest'
import { parseEvents, type TierEvent } from '../../../scripts/test/events.ts'
import { closingLine, sumOf, type TierEnd, tallyOf } from '../../../scripts/test/tally.ts'
import { TIERS, tiersNamed } from '../../../scripts/test/tiers.ts'

const END: TierEnd = { exitCode: 0, signal: null, isPastDeadline: false, processesLeft: [], filesLeft: [] }
const DONE: TierEvent = { kind: 'done' }

function ended(test: string, state: 'passed' | 'failed' | 'skipped', note = ''): TierEvent[] {
  return [
    { kind: 'started', test },
    { kind: 'ended', test, state, note },
  ]
}

describe('tallyOf', () => {
  it('counts what passed and names what failed or was skipped', () => {
    const events = [
      ...ended('a', 'passed'),
      ...ended('b', 'failed'),
      ...ended('c', 'skipped', 'no browser'),
      DONE,
    ]
    expect(tallyOf(events, { ...END, exitCode: 1 })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 1,
      problems: ['b'],
      skips: ['c (no browser)'],
    })
  })

  it.each<[string, TierEvent[], Partial<TierEnd>, RegExp]>([
    ['no test', [DONE], {}, /^ran no test$/],
    ['no test, which vitest does not like either', [DONE], { exitCode: 1 }, /^ran no test$/],
    ['only skipped tests', [...ended('a', 'skipped'), DONE], {}, /^ran no test$/],
    [
      'a file that does not load',
      [{ kind: 'broken', where: 'a.test.ts', message: 'no b' }, DONE],
      {},
      /a.test.ts: no b/,
    ],
    ['an exit code that nothing explains', [...ended('a', 'passed'), DONE], { exitCode: 1 }, /exited with 1/],
    [
      'a crash',
      [{ kind: 'started', test: 'a' }],
      { exitCode: null, signal: 'SIGSEGV' },
      /middle \(SIGSEGV\).*running a/,
    ],
    ['an early end with exit code 0', ended('a', 'passed'), {}, /ended in the middle \(exit code 0\)$/],
    [
      'a deadline',
      [{ kind: 'started', test: 'a' }],
      { isPastDeadline: true },
      /deadline of its tier while running a/,
    ],
    [
      'processes left',
      [...ended('a', 'passed'), DONE],
      { processesLeft: ['7 sleep'] },
      /processes running: 7 sleep/,
    ],
    ['files left', [...ended('a', 'passed'), DONE], { filesLeft: ['x'] }, /temporary directory: x/],
  ])('%s is one failure', (_, events, end, problem) => {
    const tally = tallyOf(events, { ...END, ...end })
    expect(tally.problems).toEqual([expect.stringMatching(problem)])
    expect(tally.failed).toBe(1)
  })
})

describe('closing line', () => {
  it('sums, and names skips only where there are some', () => {
    const one = tallyOf([...ended('a', 'passed'), DONE], END)
    const two = tallyOf([...ended('b', 'passed'), ...ended('c', 'skipped'), DONE], END)
    expect(closingLine(sumOf([one, one]))).toBe('2 passed, 0 failed')
    expect(closingLine(sumOf([one, two]))).toBe('2 passed, 0 failed, 1 skipped')
    expect(closingLine(sumOf([]))).toBe('0 passed, 0 failed')
  })
})

describe('events', () => {
  it('leave out a torn last line', () => {
    expect(parseEvents('{"kind":"done"}\n{"kind":"sta')).toEqual([DONE])
    expect(parseEvents('')).toEqual([])
  })
})

describe('tiers', () => {
  it('are chosen by name in their own order, and a wrong name is an error', () => {
    expect(tiersNamed([])).toBe(TIERS)
    expect(tiersNamed(['unit', 'tidy']).map(tier => tier.name)).toEqual(['tidy', 'unit'])
    expect(() => tiersNamed(['units'])).toThrow(/no test tier is called units; there are tidy, unit/)
  })

  it('together end within 70 minutes, which leaves 20 of the 90 that a run may take for its downloads', () => {
    expect(TIERS.reduce((sum, tier) => sum + tier.tierMs, 0)).toBeLessThan(70 * 60_000)
  })
})
