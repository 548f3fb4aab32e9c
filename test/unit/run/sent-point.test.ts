import { describe, expect, it } from 'vitest'
import type { ManifestSlice } from '../../../src/run/manifest.ts'
import { checkPositions, type PositionCheck, sentPoint } from '../../../src/run/sent-point.ts'
import type { Position } from '../../../src/sinks/index.ts'
import { partOf } from './part.ts'

describe('where sending goes on', () => {
  const last = { slice: 200, rows: 5, of: 9 }

  it.each([
    ['nothing was sent', null, 100, 0],
    ['a slice before the last', last, 100, 'sent'],
    ['the last one, with some of its rows', last, 200, 5],
    ['the last one, with all of them', { ...last, rows: 9 }, 200, 'sent'],
    ['the last one, which had none', { slice: 200, rows: 0, of: 0 }, 200, 'sent'],
    ['a slice behind it', last, 300, 0],
  ] as const)('%s', (_, note, slice, expected) => {
    expect(sentPoint(note, slice)).toBe(expected)
  })
})

describe('what the topic holds', () => {
  const position = (change: Partial<Position> = {}): Position => ({
    run: 'own',
    job: 'j',
    plan: 'p',
    partition: 0,
    slice: 100,
    rows: 3,
    of: 3,
    digest: 'd',
    first: 0,
    last: 2,
    ...change,
  })
  const slices: ManifestSlice[] = [
    { slice: 100, endMs: 200, partitions: [{ ...partOf(0, 3, 3), digest: 'd' }] },
  ]
  const check: PositionCheck = { topic: 't', partition: 0, run: 'own', before: [], append: false, slices }
  const other = position({ run: 'other' })

  it.each([
    ['nothing', { own: null, newest: null }, check],
    ['what this run sent', { own: position(), newest: position() }, check],
    ['a part of a slice', { own: position({ rows: 1 }), newest: position({ rows: 1 }) }, check],
    ['what the run before sent', { own: null, newest: other }, { ...check, before: ['other'] }],
    [
      'what the run before that sent, where the one between had nothing',
      { own: null, newest: other },
      { ...check, before: ['between', 'other'] },
    ],
    [
      'samples of another run, which may stand there',
      { own: null, newest: other },
      { ...check, append: true },
    ],
    [
      'samples behind ours, which may stand there',
      { own: position(), newest: other },
      { ...check, append: true },
    ],
  ] as const)('%s can be gone on from', (_, known, checked) => {
    expect(() => checkPositions(known, checked)).not.toThrow()
  })

  it.each([
    ['samples of another run', { own: null, newest: other }, check, /holds samples: of job j, run other/],
    [
      'samples of another run behind ours',
      { own: position(), newest: other },
      check,
      /got samples after those/,
    ],
    [
      'those of another run than the one before',
      { own: null, newest: other },
      { ...check, before: ['third'] },
      /run other/,
    ],
    [
      'samples of another run behind ours, once gone on',
      { own: position(), newest: other },
      { ...check, before: ['other'] },
      /got samples after/,
    ],
    [
      'a slice that is not known',
      { own: position({ slice: 300 }), newest: null },
      check,
      /a slice from .* does not know/,
    ],
    [
      'other samples in a slice',
      { own: position({ digest: 'e' }), newest: null },
      check,
      /other samples in the slice/,
    ],
    [
      'another number of them',
      { own: position({ of: 4 }), newest: null },
      check,
      /other samples in the slice/,
    ],
  ] as const)('%s cannot', (_, known, checked, message) => {
    expect(() => checkPositions(known, checked)).toThrowError(
      expect.objectContaining({
        code: 'run-mismatch',
        message: expect.stringMatching(message) as string,
        where: { topic: 't', partition: 0 },
      }),
    )
  })
})
