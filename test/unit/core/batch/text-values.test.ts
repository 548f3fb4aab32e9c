import { describe, expect, it } from 'vitest'
import { ColumnBuilder, TextColumn, typeFromText, valueAt } from '../../../../src/core/batch/index.ts'

/** What a text is in a column of the type: the value, or the reason why there is none. */
function read(type: string, text: string | Uint8Array): unknown {
  const field = { name: 'c', type: typeFromText(type)! }
  const column = new TextColumn(new ColumnBuilder(field))
  column.builder.reserveRow(0)
  const bytes = Buffer.concat([Buffer.from('##'), Buffer.from(text), Buffer.from('##')])
  const reason = column.write(0, bytes, 2, bytes.length - 2)
  return reason ?? valueAt(column.builder.take(1), field.type, 0)
}

describe('TextColumn', () => {
  it.each([
    ['bool', 'TRUE', true],
    ['bool', ' f ', false],
    ['bool', '1', true],
    ['bool', 'yes', 'is not true or false'],
    ['int8', '+007', 7],
    ['int8', '-128', -128],
    ['int8', '128', 'is out of range'],
    ['int32', '1.0', 1],
    ['int32', '1.5', 'is not a whole number'],
    ['int32', '1e3', 1000],
    ['int32', '', 'is not of type int32'],
    ['int32', '-', 'is not of type int32'],
    ['int32', '1 2', 'is not of type int32'],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['uint64', '18446744073709551615', 18446744073709551615n],
    ['uint64', '-1', 'is out of range'],
    ['float64', '.5', 0.5],
    ['float64', '5.', 5],
    ['float64', ' -1.5e-3 ', -0.0015],
    ['float64', '0.1234567890123456789', 0.12345678901234568],
    ['float64', 'NaN', Number.NaN],
    ['float64', '-Inf', Number.NEGATIVE_INFINITY],
    ['float64', '1e999', 'is out of range'],
    ['float64', '1e', 'is not of type float64'],
    ['float32', 'infinity', Number.POSITIVE_INFINITY],
    ['decimal(9,2)', '-.5', '-0.50'],
    ['decimal(9,2)', '0.005', 'has digits finer than its scale'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '19782', '2024-02-29'],
    ['date', '2023-02-29', 'is not a date (YYYY-MM-DD)'],
    ['timestamp[ms]', '2024-01-01 01:00+01', '2024-01-01T00:00:00.000Z'],
    ['timestamp[s]', '60', '1970-01-01T00:01:00Z'],
    ['timestamp[ms]', 'soon', 'is not an ISO 8601 time'],
    ['utf8', ' ünï ', ' ünï '],
    ['utf8', '', ''],
    ['binary', 'YWI=', 'YWI='],
    ['binary', '!', 'is not base64'],
  ])('%s of %j', (type, text, expected) => {
    expect(read(type, text)).toEqual(expected)
  })

  it('refuses text that is not UTF-8', () => {
    expect(read('utf8', Uint8Array.of(0x61, 0xff))).toBe('is not UTF-8')
    expect(read('utf8', Uint8Array.of(0xed, 0xa0, 0x80))).toBe('is not UTF-8')
  })
})
