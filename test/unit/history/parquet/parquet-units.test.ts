import { describe, expect, it } from 'vitest'
import { unitsOf } from '../../../../src/history/parquet/parquet-units.ts'
import { LIMITS } from '../../../../src/limits.ts'

const group = (rows: number, minMs: number | null = 0, maxMs: number | null = 10) => ({
  rows,
  textBytes: rows * 3,
  time: { minMs, maxMs },
})

describe('unitsOf', () => {
  it('takes row groups of ordinary size as they are', () => {
    expect(unitsOf([group(122_880, 5, 9), group(122_880, 7, 12)], 10, '/f')).toEqual([
      { rowFirst: 0, rows: 122_880, bytes: 122_880 * 13, timeMinMs: 5, timeMaxMs: 9 },
      { rowFirst: 122_880, rows: 122_880, bytes: 122_880 * 13, timeMinMs: 7, timeMaxMs: 12 },
    ])
  })

  it('reads small neighbours together, with the times of all of them', () => {
    const units = unitsOf(
      [group(30_000, 5, 9), group(30_000, 1, 3), group(30_000, 8, 20), group(10, null, null)],
      10,
      '/f',
    )
    expect(units).toMatchObject([
      { rowFirst: 0, rows: 60_000, bytes: 60_000 * 13, timeMinMs: 1, timeMaxMs: 9 },
      { rowFirst: 60_000, rows: 30_010, timeMinMs: null, timeMaxMs: null },
    ])
  })

  it('cuts large ones into equal pieces of whole vectors', () => {
    const units = unitsOf([group(1000, 1, 2), group(1_000_000, 3, 4)], 10, '/f')
    expect(units.map(unit => unit.rows)).toEqual([1000, ...Array.from({ length: 7 }, () => 126_976), 111_168])
    expect(units.slice(1).every(unit => unit.groupRowEnd === 1_001_000 && unit.rows <= LIMITS.unitRows)).toBe(
      true,
    )
    expect(units.reduce((sum, unit) => sum + unit.rows, 0)).toBe(1_001_000)
  })

  it('has none where there are no rows', () => {
    expect(unitsOf([], 10, '/f')).toEqual([])
    expect(unitsOf([group(0)], 10, '/f')).toEqual([])
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53, 1e12])('refuses a footer that claims %s rows', rows => {
    expect(() => unitsOf([group(rows)], 10, '/f')).toThrow(expect.objectContaining({ code: 'file-corrupt' }))
  })
})
