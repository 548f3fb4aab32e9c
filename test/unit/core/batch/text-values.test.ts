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
    ['timestamp[ms]', '2024-01-01T24:00', 'is not an ISO 8601 time'],
    ['time[us]', '07:08:09.000001', '07:08:09.000001'],
    ['time[ms]', ' 23:59 ', '23:59:00.000'],
    ['time[ns]', '00:00:00,123456789', '00:00:00.123456789'],
    ['time[ms]', '24:00:00', '24:00:00.000'],
    ['time[ns]', '24:00:00.000000001', 'is not a time (HH:MM:SS)'],
    ['time[ms]', '24:01', 'is not a time (HH:MM:SS)'],
    ['time[ms]', '12:00:00.0001', 'has digits finer than its unit (ms)'],
    ['time[ms]', '1:00', 'is not a time (HH:MM:SS)'],
    ['time[ms]', '12:00:0', 'is not a time (HH:MM:SS)'],
    ['time[ms]', '12:00:00Z', 'is not a time (HH:MM:SS)'],
    ['time[ms, UTC]', '12:00:00Z', '12:00:00.000'],
    ['time[ms, UTC]', '12:00:00+01', 'is not a time (HH:MM:SS)'],
    ['time[us]', '86400000000', '24:00:00.000000'],
    ['time[us]', '86400000001', 'is out of range'],
    ['time[us]', '-1', 'is out of range'],
    ['time[us]', '0.5', 'is not a whole number'],
    ['time[us]', '99999999999999999999', 'is out of range'],
    ['decimal(38,2)', '-.5', '-0.50'],
    ['decimal(38,2)', '0.005', 'has digits finer than its scale'],
    ['decimal(38,0)', '9'.repeat(38), '9'.repeat(38)],
    ['decimal(38,38)', `-0.${'9'.repeat(38)}`, `-0.${'9'.repeat(38)}`],
    ['decimal(38,0)', '1e38', 'is out of range'],
    ['decimal(38,0)', '-1e99', 'is out of range'],
    ['decimal(19,0)', '-9999999999999999999', '-9999999999999999999'],
    ['decimal(19,0)', '10000000000000000000', 'is out of range'],
    ['decimal(20,1)', '-0', '0.0'],
    ['decimal(20,1)', 'much', 'is not of type decimal(20,1)'],
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
