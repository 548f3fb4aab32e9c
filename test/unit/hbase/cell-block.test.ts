import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import { BlockWalk, decodeCells } from '../../../src/hbase/cell-block.ts'
import { ColumnIndex } from '../../../src/hbase/column-index.ts'
import { cases } from '../../property/cases.ts'
import { cellBytes, type TestCell } from './hostile-cluster.ts'

const COLUMNS = [
  { family: 'f', qualifier: 'a' },
  { family: 'g', qualifier: '' },
  { family: 'f', qualifier: 'ab' },
]

/** One piece for each row, all of one block. */
function decode(rows: readonly (readonly TestCell[])[], block: Buffer, leaveOut: boolean) {
  const walk = new BlockWalk(block, 0)
  const from = new Int32Array(rows.length)
  const count = new Int32Array(rows.length)
  rows.forEach((cells, r) => {
    from[r] = walk.at
    count[r] = cells.length
    walk.skip(cells.length)
  })
  expect(walk.isAtEnd).toBe(true)
  const row = Int32Array.from(rows, (_, r) => r)
  const pieces = { rows: rows.length, pieces: rows.length, row, from, count, bytes: block }
  return decodeCells(pieces, new ColumnIndex(COLUMNS), leaveOut)
}

const cell = fc.record({
  row: fc.constant('row'),
  family: fc.constantFrom('f', 'g', 'fa'),
  qualifier: fc.constantFrom('', 'a', 'ab', 'b'),
  time: fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32, 1_700_000_000_000, Number.MAX_SAFE_INTEGER)),
  type: fc.constantFrom(4, 8, 10, 12, 14),
  value: fc.string({ unit: 'grapheme', maxLength: 5 }),
  tags: fc.option(fc.constant('tag'), { nil: undefined }),
})

/** What a cell is, said slowly; null: it was not asked for. */
function twin({ family, qualifier, time, type, value }: TestCell): string | null {
  const ofFamily = type === 10 || type === 14
  const at = COLUMNS.findIndex(each => each.family === family && (ofFamily || each.qualifier === qualifier))
  return at === -1 ? null : `${ofFamily ? -1 - at : at}@${time}/${type}=${value}`
}

describe('cell blocks', () => {
  it('equal a naive reading of the cells', () => {
    fc.assert(
      fc.property(fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 5 }), rows => {
        const block = Buffer.concat(rows.flat().map(cellBytes as (cell: unknown) => Buffer))
        const cells = decode(rows as TestCell[][], block, true)
        const seen = rows.map((_, r) =>
          Array.from({ length: cells.start[r + 1]! - cells.start[r]! }, (_, i) => {
            const c = cells.start[r]! + i
            const value = Buffer.from(cells.bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!))
            return `${cells.column[c]}@${cells.time[c]}/${cells.type[c]}=${value}`
          }),
        )
        expect(seen).toEqual(rows.map(row => (row as TestCell[]).map(twin).filter(each => each !== null)))
      }),
      cases(),
    )
  })

  it('refuse a column that was not asked for, unless those are to be left out', () => {
    const other: TestCell = { row: 'r', family: 'f', qualifier: 'x', time: 1, value: '' }
    expect(() => decode([[other]], cellBytes(other), false)).toThrow(/a column that was not asked for/)
    expect(decode([[other]], cellBytes(other), true).start).toEqual(Int32Array.of(0, 0))
  })

  it('refuse times that float64 cannot hold', () => {
    const now: TestCell = { row: 'r', family: 'f', qualifier: 'a', time: 1, value: '' }
    for (const time of [2 ** 53, -1]) {
      const late = { ...now, time }
      expect(() => decode([[late]], cellBytes(late), false)).toThrow(/time of a cell/)
    }
  })

  it('refuse more cells than can be, without going through them', () => {
    expect(() => new BlockWalk(Buffer.alloc(100), 0).skip(0x7fff_ffff)).toThrow(
      /2147483647 cells are claimed/,
    )
  })

  it('end in a typed error, or in cells inside of the block, whatever the bytes', () => {
    const good = ['one', 'two', 'three'].map((value, i) => ({
      row: 'r',
      family: 'f',
      qualifier: 'a',
      time: 9 - i,
      value,
    }))
    const block = Buffer.concat(good.map(cellBytes))
    const damage = fc.array(fc.tuple(fc.nat(block.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(damage, fc.nat(block.length), (changes, length) => {
        const bytes = Buffer.from(block.subarray(0, length))
        for (const [at, byte] of changes) if (at < length) bytes[at] = byte
        try {
          const cells = decode([good], bytes, true)
          for (const to of cells.valueTo) expect(to).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          if (error instanceof HindcastError) expect(error.code).toBe('reply-invalid')
          else expect(String(error)).toMatch(/AssertionError.*expected false to be true/)
        }
      }),
      cases(),
    )
  })
})
