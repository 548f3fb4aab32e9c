import { describe, expect, it } from 'vitest'
import { outcomeText, verifyText } from '../../../src/cli/print-outcome.ts'
import { OUTCOME, VERIFIED } from './recorder.ts'

describe('outcomeText', () => {
  it('says what was made, how surely, and where to look', () => {
    expect(outcomeText(OUTCOME, 'out')).toBe(
      [
        'complete         3,000,000 samples in 4 partitions, 12 s (250,000 rows/s)',
        'digest           ab12',
        'seam             proven by time; 1,234 events on both sides, emitted once',
        'feature airport  hit 98 %, absent 1 %, expired 1 % of 3,000,000 lookups',
        'late             2 events: see out/late',
        'quarantine       1 row: see out/quarantine',
        'next             hindcast inspect out',
        '',
      ].join('\n'),
    )
  })

  it('is short where there is little to say', () => {
    const plain = {
      ...OUTCOME,
      seam: null,
      features: {},
      late: 0,
      quarantined: 0,
      seconds: 0,
      rows: 1,
      partitions: 1,
    }
    expect(outcomeText(plain, 'out')).toBe(
      'complete  1 sample in 1 partition, 0 s\ndigest    ab12\nnext      hindcast inspect out\n',
    )
  })

  it('is loud about a seam that is not proven', () => {
    const seam = {
      proven: false,
      by: 'time',
      doubled: 0,
      gaps: 3,
      reason: 'partition 2 has no overlap',
      pending: false,
    } as const
    expect(outcomeText({ ...OUTCOME, seam }, 'out')).toMatch(
      /NOT proven: partition 2 has no overlap; 3 missing/,
    )
    expect(outcomeText({ ...OUTCOME, seam: { ...seam, pending: true } }, 'out')).toMatch(/not proven yet: /)
  })

  it('says how to go on', () => {
    expect(outcomeText({ ...OUTCOME, state: 'interrupted' }, 'out')).toMatch(
      /^interrupted .*[\s\S]*same command to go on/,
    )
  })
})

describe('verifyText', () => {
  it('says that a run is what its manifest promises, or equals another', () => {
    expect(verifyText(VERIFIED, 'a', undefined)).toBe(
      'equal   a is what its manifest promises: 10 rows in 2 slices\ndigest  ab12\n',
    )
    expect(verifyText(VERIFIED, 'a', 'b')).toMatch(/^equal {3}a and b are equal: /)
  })

  it('says where the first difference is', () => {
    const difference = { partition: 3, slice: '2001-01-01T00:00:00.000Z', row: 41, text: 'delay is 5 and 6' }
    expect(verifyText({ ...VERIFIED, equal: false, difference }, 'a', 'b')).toBe(
      [
        'different  a and b',
        'first      partition 3, slice 2001-01-01T00:00:00.000Z, row 41',
        '           delay is 5 and 6',
        'checked    10 rows in 2 slices',
        'digest     ab12',
        '',
      ].join('\n'),
    )
    expect(
      verifyText({ ...VERIFIED, equal: false, difference: { ...difference, row: null } }, 'a', undefined),
    ).not.toMatch(/row 41/)
    expect(verifyText({ ...VERIFIED, equal: false }, 'a', undefined)).toMatch(
      /^different {2}a and its manifest\nchecked/,
    )
  })
})
