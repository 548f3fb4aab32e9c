/** Tables of the report. */
import { describe, expect, it } from 'vitest'
import { gigabytes, markdownTable, millions } from '../../../../bench/harness/table.ts'

describe('markdownTable', () => {
  it('pads every cell to the width of its column', () => {
    expect(
      markdownTable(
        ['', 'seconds'],
        [
          ['Hindcast', '4.7'],
          ['a', '10.25'],
        ],
      ),
    ).toBe(
      [
        '|          | seconds |',
        '| -------- | ------- |',
        '| Hindcast | 4.7     |',
        '| a        | 10.25   |',
      ].join('\n'),
    )
  })

  it('shows a dash for what could not be measured', () => {
    expect([gigabytes(Number.NaN), gigabytes(1.26e9), millions(Number.NaN), millions(1_234_567)]).toEqual([
      '–',
      '1.26 GB',
      '–',
      '1.23',
    ])
  })
})
