import { describe, expect, it } from 'vitest'
import type { PinnedFile } from '../../../src/plan/index.ts'
import { rangesInDoubt, rangesWithout } from '../../../src/run/live-spool-gaps.ts'

/** A file of `rows` rows whose name says these offsets; null: it does not say the last. */
function file(first: number, last: number | null, rows: number, more: Partial<PinnedFile> = {}): PinnedFile {
  const range = { partition: 1, offsetFirst: first, offsetLast: last }
  const units = [{ rowFirst: 0, rows, bytes: 0, timeMinMs: null, timeMaxMs: null }]
  const pinned = {
    ordinal: 0,
    path: 'f',
    format: 'parquet',
    bytes: 0,
    mtimeMs: 0,
    fileId: '',
    hive: {},
  } as const
  return { ...pinned, range, units, ...more }
}

const doubts = (files: readonly PinnedFile[], end: number): string =>
  rangesInDoubt(files, 1, end)
    .map(({ first, last }) => `${first}–${last}`)
    .join(' ')

describe('offsets that files may lack', () => {
  it('are none where footers prove that they have all', () => {
    expect(doubts([file(10, 19, 10), file(20, 29, 10)], 30)).toBe('')
    expect(doubts([], 30)).toBe('')
    expect(doubts([{ ...file(0, 9, 3), range: { partition: 0, offsetFirst: 0, offsetLast: 9 } }], 30)).toBe(
      '',
    )
  })

  it('lie between files, in files of fewer rows, and before live', () => {
    expect(doubts([file(24, 29, 6), file(10, 19, 10)], 33)).toBe('20–23 30–32')
    expect(doubts([file(10, 19, 9), file(20, 29, 10), file(30, 39, 1)], 40)).toBe('10–19 30–39')
    expect(doubts([file(10, 19, 9), file(20, 29, 9)], 30)).toBe('10–29')
  })

  it('are all of a file whose rows are estimated, and what follows one whose end is not known', () => {
    expect(doubts([file(10, 19, 10, { format: 'csv' }), file(20, 29, 10)], 30)).toBe('10–19')
    expect(doubts([file(10, null, 10), file(20, 29, 10)], 30)).toBe('10–19')
    expect(doubts([file(10, null, 10)], 15)).toBe('10–14')
  })

  it('end where live begins', () => {
    expect(doubts([file(10, 19, 9)], 15)).toBe('10–14')
    expect(doubts([file(10, 19, 9)], 10)).toBe('')
  })
})

describe('what holes leave open of some ranges', () => {
  it.each([
    [[[0, 9]], [], '0–9'],
    [[[0, 9]], [[0, 9]], ''],
    [[[0, 9]], [[-5, 20]], ''],
    [
      [[5, 9]],
      [
        [0, 4],
        [10, 12],
      ],
      '5–9',
    ],
    [
      [[0, 9]],
      [
        [0, 2],
        [5, 5],
      ],
      '3–4 6–9',
    ],
    [
      [
        [0, 4],
        [6, 9],
      ],
      [[3, 7]],
      '0–2 8–9',
    ],
    [
      [
        [0, 2],
        [4, 4],
        [6, 9],
      ],
      [
        [4, 4],
        [6, 6],
        [9, 9],
      ],
      '0–2 7–8',
    ],
  ])('%j without %j is %s', (ranges, holes, left) => {
    const pairs = (list: number[][]) => list.map(([first, last]) => ({ first: first!, last: last! }))
    expect(
      rangesWithout(pairs(ranges), pairs(holes))
        .map(({ first, last }) => `${first}–${last}`)
        .join(' '),
    ).toBe(left)
  })
})
