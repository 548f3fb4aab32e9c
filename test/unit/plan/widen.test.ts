import { describe, expect, it } from 'vitest'
import { typeFromText, typeText } from '../../../src/core/batch/index.ts'
import { widensTo, widenTypes } from '../../../src/plan/index.ts'

const wide = (a: string, b: string): string | null => {
  const type = widenTypes(typeFromText(a)!, typeFromText(b)!)
  return type === null ? null : typeText(type)
}

describe('widenTypes', () => {
  it.each([
    ['int8', 'int64', 'int64'],
    ['int8', 'uint8', 'int16'],
    ['uint16', 'int8', 'int32'],
    ['uint32', 'int64', 'int64'],
    ['uint32', 'uint8', 'uint32'],
    ['uint64', 'int8', null],
    ['uint64', 'uint8', 'uint64'],
    ['float32', 'float64', 'float64'],
    ['int32', 'float64', 'float64'],
    ['uint32', 'float32', 'float64'],
    ['int8', 'float32', 'float64'],
    ['int64', 'float64', null],
    ['uint64', 'float64', null],
    ['decimal(9,2)', 'decimal(9,4)', 'decimal(11,4)'],
    ['decimal(18,0)', 'decimal(9,2)', 'decimal(20,2)'],
    ['decimal(38,0)', 'decimal(9,2)', null],
    ['decimal(38,10)', 'decimal(9,2)', 'decimal(38,10)'],
    ['int32', 'decimal(9,2)', 'decimal(12,2)'],
    ['int64', 'decimal(9,2)', 'decimal(21,2)'],
    ['uint64', 'decimal(38,18)', 'decimal(38,18)'],
    ['uint64', 'decimal(38,19)', null],
    ['float64', 'decimal(9,2)', null],
    ['timestamp[ms]', 'timestamp[ns]', 'timestamp[ns]'],
    ['timestamp[ms]', 'timestamp[us, UTC]', 'timestamp[us, UTC]'],
    ['date', 'timestamp[ms]', 'timestamp[ms]'],
    ['date', 'int32', null],
    ['time[ms]', 'time[ns]', 'time[ns]'],
    ['time[us, UTC]', 'time[ms]', 'time[us, UTC]'],
    ['time[ms]', 'timestamp[ms]', null],
    ['time[ms]', 'date', null],
    ['time[us]', 'int64', null],
    ['utf8', 'binary', null],
    ['utf8', 'int32', null],
    ['bool', 'int8', null],
  ])('%s with %s is %s', (a, b, expected) => {
    expect(wide(a, b)).toBe(expected)
    expect(wide(b, a)).toBe(expected)
  })

  it('knows when nothing has to change', () => {
    expect(widensTo({ name: 'int32' }, { name: 'int64' })).toBe(true)
    expect(widensTo({ name: 'int64' }, { name: 'int32' })).toBe(false)
    expect(widensTo({ name: 'utf8' }, { name: 'utf8' })).toBe(true)
  })
})
