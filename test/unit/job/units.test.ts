import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteCount, durationMs, durationText, instantMs, shareOf } from '../../../src/job/units.ts'
import { cases } from '../../property/cases.ts'

describe('durationMs', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['0.1d', 8_640_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['0.001s', 1],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms)
  })

  it.each(['', '5', '5 m', '-5m', '5M', 'm', '1h30m', '0.5ms', '1e3s', '5m\n', '٣m', '99999999999999999d'])(
    '%j is none',
    text => {
      expect(durationMs(text)).toBeNull()
    },
  )

  it('reads back what durationText writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), ms => {
        expect(durationMs(durationText(ms))).toBe(ms)
      }),
      cases(),
    )
  })

  it('is exact for decimals', () => {
    const decimal = fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 999 }))
    fc.assert(
      fc.property(decimal, ([whole, thousandths]) => {
        const text = `${whole}.${String(thousandths).padStart(3, '0')}s`
        expect(durationMs(text)).toBe(whole * 1000 + thousandths)
      }),
      cases(),
    )
  })
})

describe('durationText', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [90_000, '90s'],
    [300_000, '5m'],
    [86_400_000, '1d'],
  ])('%d is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('byteCount', () => {
  it.each([
    ['1GiB', 1_073_741_824],
    ['512MiB', 536_870_912],
    ['0.5GiB', 536_870_912],
    ['2GB', 2_000_000_000],
    ['1kB', 1000],
    ['4096B', 4096],
  ])('%s is %d', (text, bytes) => {
    expect(byteCount(text)).toBe(bytes)
  })

  it.each(['', '1', '1G', '1gib', '-1GiB', '1 GiB', '0.5B', '99999999TiB'])('%j is none', text => {
    expect(byteCount(text)).toBeNull()
  })
})

describe('shareOf', () => {
  it.each([
    ['0%', 0],
    ['0.1%', 0.001],
    ['100%', 1],
  ])('%s is %d', (text, share) => {
    expect(shareOf(text)).toBeCloseTo(share, 12)
  })

  it.each(['', '0.1', '101%', '-1%', '1 %', '%'])('%j is none', text => {
    expect(shareOf(text)).toBeNull()
  })
})

describe('instantMs', () => {
  it.each([
    ['1970-01-01', 0],
    ['2001-06-01T00:00:00Z', Date.UTC(2001, 5, 1)],
    ['2001-06-01T12:30', Date.UTC(2001, 5, 1, 12, 30)],
    ['2001-06-01 12:30:15', Date.UTC(2001, 5, 1, 12, 30, 15)],
    ['2001-06-01T12:30:15.25Z', Date.UTC(2001, 5, 1, 12, 30, 15, 250)],
    ['2001-06-01T12:30:15.250000Z', Date.UTC(2001, 5, 1, 12, 30, 15, 250)],
    ['2001-06-01T00:00:00+02:00', Date.UTC(2001, 4, 31, 22)],
    ['2001-06-01T00:00:00-0530', Date.UTC(2001, 5, 1, 5, 30)],
    ['2000-02-29', Date.UTC(2000, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
  ])('%s', (text, ms) => {
    expect(instantMs(text)).toBe(ms)
  })

  it.each([
    '',
    '2001',
    '991353600000',
    '2001-13-01',
    '2001-02-29',
    '2001-06-31',
    '2001-06-01T24:00:00Z',
    '2001-06-01T12:60:00Z',
    '2001-06-01T12:30:15.0001Z',
    '2001-06-01T00:00:00+25:00',
    '2001-06-01T00:00:00 Z',
    'yesterday',
  ])('%j is none', text => {
    expect(instantMs(text)).toBeNull()
  })

  it('reads back every instant that a Date writes', () => {
    const range = {
      min: new Date(Date.UTC(1000, 0, 1)),
      max: new Date(Date.UTC(9999, 11, 31)),
      noInvalidDate: true,
    }
    fc.assert(
      fc.property(fc.date(range), date => {
        expect(instantMs(date.toISOString())).toBe(date.getTime())
      }),
      cases(),
    )
  })

  it('does not read a year below 100 as one of the last century', () => {
    expect(instantMs('0099-01-01')).toBe(new Date('0099-01-01T00:00:00Z').getTime())
  })
})
