import { describe, expect, it } from 'vitest'
import type { Column } from '../../../../src/core/batch/index.ts'
import { columnRows, typeFromText, valueAt } from '../../../../src/core/batch/index.ts'
import { widenColumn } from '../../../../src/history/parquet/widen-column.ts'
import type { GivenValue } from '../../../../src/parquet/index.ts'
import { batchOf } from '../../../../src/parquet/index.ts'

function column(type: string, values: readonly GivenValue[]): Column {
  return batchOf([{ name: 'v', type: typeFromText(type)! }], { v: values }).columns[0]!
}

/** The values after widening, as text. */
function widened(from: string, to: string, values: readonly GivenValue[]): unknown[] {
  const [a, b] = [typeFromText(from)!, typeFromText(to)!]
  const result = widenColumn(column(from, values), a, b)
  expect(result.misfits).toEqual([])
  return Array.from({ length: columnRows(result.column) }, (_, row) => valueAt(result.column, b, row))
}

describe('widenColumn to decimals of more than 18 digits', () => {
  it.each<[string, string, readonly GivenValue[], readonly unknown[]]>([
    ['int8', 'decimal(20,2)', [-7, null, 0], ['-7.00', null, '0.00']],
    ['uint32', 'decimal(20,1)', [2 ** 32 - 1], ['4294967295.0']],
    ['int64', 'decimal(19,0)', [2n ** 63n - 1n, -(2n ** 63n)], [`${2n ** 63n - 1n}`, `${-(2n ** 63n)}`]],
    ['uint64', 'decimal(38,18)', [2n ** 64n - 1n], [`${2n ** 64n - 1n}.${'0'.repeat(18)}`]],
    ['decimal(18,2)', 'decimal(38,20)', [-(10n ** 18n - 1n)], [`-${'9'.repeat(16)}.99${'0'.repeat(18)}`]],
    [
      'decimal(20,0)',
      'decimal(38,18)',
      [10n ** 20n - 1n, null],
      [`${'9'.repeat(20)}.${'0'.repeat(18)}`, null],
    ],
    ['decimal(20,2)', 'decimal(38,2)', [null, -1n], [null, '-0.01']],
  ])('%s to %s keeps the values', (from, to, values, expected) => {
    expect(widened(from, to, values)).toEqual(expected)
  })

  it('names rows that do not fit', () => {
    const bytes = new Uint8Array(32).fill(0x7f)
    bytes.fill(0, 0, 15)
    const broken: Column = { kind: 'bytes', offsets: Int32Array.of(0, 16, 32), bytes, valid: null }
    // More digits than its type has, as only a file that lies can have them.
    const { misfits } = widenColumn(broken, typeFromText('decimal(20,0)')!, typeFromText('decimal(22,2)')!)
    expect(misfits).toEqual([1])
  })

  it('refuses a type that it would lose digits of', () => {
    expect(() => widened('decimal(38,2)', 'decimal(38,4)', [])).toThrow(
      expect.objectContaining({ code: 'schema-conflict' }),
    )
  })
})

describe('widenColumn of times of day', () => {
  it('counts finer units', () => {
    expect(widened('time[ms]', 'time[us, UTC]', [86_400_000, null])).toEqual(['24:00:00.000000', null])
    expect(widened('time[us]', 'time[ns]', [1])).toEqual(['00:00:00.000001000'])
  })

  it('makes no timestamps of them', () => {
    expect(() => widened('time[ms]', 'timestamp[ms]', [])).toThrow(
      expect.objectContaining({ code: 'schema-conflict' }),
    )
  })
})
